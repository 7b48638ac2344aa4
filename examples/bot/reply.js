export const reply = text => `you said ${text}`
