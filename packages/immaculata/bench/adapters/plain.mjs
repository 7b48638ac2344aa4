/** `node main.js`: for the cold start only. */
export const name = 'node'

export const command = ({ node }) => [node, 'main.js']
export const once = true
