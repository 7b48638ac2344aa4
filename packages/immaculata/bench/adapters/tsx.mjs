/** `tsx watch main.js`: the process starts again after each save. */
export const name = 'tsx watch'
export const needs = 'tsx'

export const command = ({ node, peers }) => [
  node,
  `${peers}/node_modules/tsx/dist/cli.mjs`,
  'watch',
  '--clear-screen=false',
  'main.js',
]
