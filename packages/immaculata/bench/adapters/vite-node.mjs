/** `vite-node --watch main.js`, which evaluates the program again after each save. */
export const name = 'vite-node --watch'
export const needs = 'vite-node'

export const command = ({ node, peers }) => [node, `${peers}/node_modules/vite-node/dist/cli.mjs`, '--watch', 'main.js']
