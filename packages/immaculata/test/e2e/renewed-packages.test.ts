import { describe, expect, it } from 'vitest'
import { answers, folder, freePort, immaculata, nodes, request, write } from './running.ts'

/** A package that keeps names, and takes none twice. */
const taking = (exporting: (name: string) => string) => `
const taken = new Map()
const take = (name, value) => {
  if (taken.has(name)) throw new Error('there is a ' + name + ' already')
  taken.set(name, value)
}
${exporting('taken')}; ${exporting('take')}`

const esModule = taking(name => `export { ${name} }`)
const commonjs = taking(name => `exports.${name} = ${name}`)

describe.each(nodes)('a package that refuses what it was given before, on $name', ({ node }) => {
  const program = (used: (value: string) => Record<string, string>) => ({
    'node_modules/flags/package.json': '{ "name": "flags", "type": "module", "exports": "./index.js" }',
    'node_modules/flags/index.js': esModule,
    'node_modules/options/package.json': '{ "name": "options", "main": "lib/index.js" }',
    'node_modules/options/index.js': '',
    'node_modules/options/lib/index.js': `module.exports = require('./options.js')`,
    'node_modules/options/lib/options.js': commonjs,
    'package.json': '{ "type": "module" }',
    'kept.js': 'export const kept = String(Math.random())',
    'shown.js': `import { taken } from 'flags'\nexport const shown = () => [...taken.keys()]`,
    'server.js': `
      import { createServer } from 'node:http'
      import { kept } from './kept.js'
      import { one } from './flag.js'
      import { two } from './option.cjs'
      import { shown } from './shown.js'
      createServer(({ url }, response) => response.end(url === '/kept' ? kept : JSON.stringify([one(), two(), shown()])))
        .listen(process.env.PORT)`,
    ...used('first'),
  })
  const flag = (value: string) => ({
    'flag.js': `import { take, taken } from 'flags'\ntake('flag', '${value}')\nexport const one = () => taken.get('flag')`,
  })
  const option = (value: string) => ({
    'option.cjs': `const { take, taken } = require('options')\ntake('option', () => '${value}')\nexports.two = () => taken.get('option')()`,
  })

  it('is re-evaluated with its importers, and others keep their state', async () => {
    const cwd = folder(program(value => ({ ...flag(value), ...option(value) })))
    const port = await freePort()
    const running = immaculata({ node, cwd, env: { PORT: String(port) } }, 'server.js')
    const is = (one: string, two: string) => answers(port, ({ text }) => text === JSON.stringify([one, two, ['flag']]))
    await is('first', 'first')
    const kept = (await request(port, '/kept')).text
    write(cwd, flag('second'))
    await is('second', 'first')
    write(cwd, option('second'))
    await is('second', 'second')
    await running.prints('options too: option.cjs gave it something')
    // What was learned is known at the next save.
    write(cwd, { ...flag('third'), ...option('third') })
    await is('third', 'third')
    await running.prints('flags too: flag.js gave it something')
    expect((await request(port, '/kept')).text).toBe(kept)
    expect(running.output).not.toContain('restart')
  })

  it('stays as it is if another package imports it: the process starts again', async () => {
    const cwd = folder({
      ...program(value => ({ ...flag(value), ...option(value) })),
      'node_modules/more/package.json': '{ "name": "more", "type": "module", "exports": "./index.js" }',
      'node_modules/more/index.js': `import { take } from 'flags'\ntake('more')`,
      'kept.js': `import 'more'\nexport const kept = String(Math.random())`,
    })
    const port = await freePort()
    const running = immaculata({ node, cwd, env: { PORT: String(port) } }, 'server.js')
    const is = (one: string) => answers(port, ({ text }) => text === JSON.stringify([one, 'first', ['more', 'flag']]))
    await is('first')
    write(cwd, flag('second'))
    await is('second')
    await running.prints('flag.js is refused by flags')
  })
})
