/** `deno run --watch main.js`: the program starts again after each save. Not Node. */
export const name = 'deno --watch'
export const needs = 'deno'

export const command = ({ peers }) => [
  `${peers}/node_modules/deno/deno`,
  'run',
  '--allow-all',
  '--no-check',
  '--watch',
  '--no-clear-screen',
  'main.js',
]
