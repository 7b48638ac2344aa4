/** `node --watch main.js`: the process starts again after each save. */
export const name = 'node --watch'

export const command = ({ node }) => [node, '--watch', '--watch-preserve-output', 'main.js']
