/** `node --import immaculata/register`: the program itself is re-evaluated. It has to have something that keeps it alive. */
export const name = 'immaculata/register'

const register = new URL('../../dist/register.js', import.meta.url).href

export const program = {
  'register.js': `import { few, value } from './entry.js'
console.log('@@' + JSON.stringify({ few, all: value }))
setInterval(() => {}, 1 << 30)
`,
}

export const command = ({ node }) => [node, '--import', register, 'register.js']
