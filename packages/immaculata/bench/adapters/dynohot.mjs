/** `node --import dynohot/register` with a program that accepts its own updates. */
export const name = 'dynohot'
export const needs = 'dynohot'

export const program = {
  'dynohot.js': `import { few, value } from './entry.js'
console.log('@@' + JSON.stringify({ few, all: value }))
import.meta.hot.accept()
globalThis.alive ??= setInterval(() => {}, 1 << 30)
`,
}

export const command = ({ node, peers }) => [
  node,
  '--import',
  `file://${peers}/node_modules/dynohot/dist/loader/register.js`,
  'dynohot.js',
]
