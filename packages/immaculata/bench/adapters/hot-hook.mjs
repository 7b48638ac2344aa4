/** `node --import hot-hook/register`, with a program that imports the entry point anew when it is told of a change. */
export const name = 'hot-hook'
export const needs = 'hot-hook'

// hot-hook tells a parent process what it invalidated, if there is one: the program takes the message itself.
export const program = {
  'hot-hook.js': `async function show() {
  const { few, value } = await import('./entry.js', { with: { hot: 'true' } })
  console.log('@@' + JSON.stringify({ few, all: value }))
}
process.send = ({ type }) => type === 'hot-hook:invalidated' && show()
await show()
setInterval(() => {}, 1 << 30)
`,
}

export const command = ({ node, peers }) => [
  node,
  '--import',
  `file://${peers}/node_modules/hot-hook/build/src/register.js`,
  'hot-hook.js',
]
