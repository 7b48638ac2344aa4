export const answer = name => `hello, ${name}`
