/** `nodemon main.js`: the process starts again after each save. */
export const name = 'nodemon'
export const needs = 'nodemon'

export const command = ({ node, peers }) => [
  node,
  `${peers}/node_modules/nodemon/bin/nodemon.js`,
  '--quiet',
  '--delay',
  '0',
  '--exec',
  node,
  'main.js',
]
