import { describe, expect, it } from 'vitest'
import { answers, folder, freePort, immaculata, nodes, Running, request, write } from './running.ts'

const type = { 'package.json': '{ "type": "module" }' }

const server = `
import { createServer } from 'node:http'
import { greeting } from './greeting.js'
import { state } from './state.js'
createServer((_, response) => response.end(greeting + ' ' + state.born)).listen(process.env.PORT, () => console.log('listening'))
`

const program = {
  ...type,
  'server.js': server,
  'greeting.js': `export const greeting = 'one'\n`,
  'state.js': `export const state = { born: process.hrtime.bigint() }\n`,
}

describe.each(nodes)('immaculata on $name', ({ node }) => {
  async function start(files: Record<string, string>, ...args: string[]) {
    const cwd = folder(files)
    const port = await freePort()
    const running = immaculata({ node, cwd, env: { PORT: String(port) } }, ...args)
    return { cwd, port, running }
  }

  it('makes a save live, keeps the state of what did not change, and reports it in one line', async () => {
    const { cwd, port, running } = await start(program, 'server.js')
    await running.prints('listening')
    const { text: before } = await request(port)
    expect(before).toMatch(/^one \d+$/)
    write(cwd, { 'greeting.js': `export const greeting = 'two'\n` })
    const { text: after } = await answers(port, ({ text }) => text.startsWith('two'))
    expect(after.slice(4)).toBe(before.slice(4))
    await running.prints('re-evaluated')
    expect(running.stderr).toMatch(/^immaculata greeting\.js changed · 2 of 3 modules re-evaluated · [\d.]+ ms\n$/)
  })

  it('keeps the old version running when a save does not parse, and shows the place', async () => {
    const { cwd, port, running } = await start(program, 'server.js')
    await running.prints('listening')
    const { text: before } = await request(port)
    write(cwd, { 'greeting.js': `\nexport const greeting = = 'two'\n` })
    await running.prints('Not live')
    expect(running.stderr).toContain(
      `greeting.js:2:25\n    export const greeting = = 'two'\n${' '.repeat(28)}^\nSyntaxError`,
    )
    expect(await request(port)).toEqual({ status: 200, text: before })
    write(cwd, { 'greeting.js': `export const greeting = 'three'\n` })
    await answers(port, ({ text }) => text === `three${before.slice(3)}`)
  })

  it('keeps the old version running when an import leads nowhere or an export is missing', async () => {
    const { cwd, port, running } = await start(program, 'server.js')
    await running.prints('listening')
    const { text: before } = await request(port)
    write(cwd, { 'greeting.js': `import './nowhere.js'\nexport const greeting = 'two'\n` })
    await running.prints('Not live')
    expect(running.stderr).toContain('ERR_MODULE_NOT_FOUND')
    write(cwd, { 'greeting.js': `export const renamed = 'two'\n` })
    await running.prints('Not live', 2)
    expect(running.stderr).toContain(`does not provide an export named 'greeting'`)
    expect(await request(port)).toEqual({ status: 200, text: before })
    write(cwd, { 'nowhere.js': '', 'greeting.js': `import './nowhere.js'\nexport const greeting = 'three'\n` })
    await answers(port, ({ text }) => text === `three${before.slice(3)}`)
  })

  it('keeps the old version running when a CommonJS file does not parse', async () => {
    const { cwd, port, running } = await start(
      {
        'server.cjs': `const { greeting } = require('./greeting.cjs')
          require('node:http').createServer((_, response) => response.end(greeting())).listen(process.env.PORT, () => console.log('listening'))`,
        'greeting.cjs': `exports.greeting = () => 'one'`,
      },
      'server.cjs',
    )
    await running.prints('listening')
    write(cwd, { 'greeting.cjs': `exports.greeting = () => 'two` })
    await running.prints('Not live')
    expect(await request(port)).toEqual({ status: 200, text: 'one' })
    write(cwd, { 'greeting.cjs': `exports.greeting = () => 'three'` })
    await answers(port, ({ text }) => text === 'three')
  })

  it('shows an error of the evaluation, tries again at the next save of any file, and leaves nothing open', async () => {
    const { cwd, port, running } = await start({ ...program, 'other.js': '' }, 'server.js')
    await running.prints('listening')
    write(cwd, {
      'greeting.js': `globalThis.tries = (globalThis.tries ?? 0) + 1
      if (globalThis.tries < 2) throw new Error('too early')
      export const greeting = 'try ' + globalThis.tries`,
    })
    await running.prints('Error: too early')
    expect(running.stderr).toContain('greeting.js:2:')
    write(cwd, { 'other.js': '// saved' })
    await answers(port, ({ text }) => text.startsWith('try 2'))
  })

  it('stacks no timers: those of a replaced module stop, those of the others keep running', async () => {
    const { cwd, port, running } = await start(
      {
        ...type,
        'server.js': `${server}\nimport './jobs.js'`,
        'greeting.js': program['greeting.js'],
        'state.js': program['state.js'],
        'jobs.js': `console.log('jobs started'); let n = 0; setInterval(() => console.log('tick ' + ++n), 30)`,
      },
      'server.js',
    )
    await running.prints('tick 2')
    write(cwd, { 'greeting.js': `export const greeting = 'two'` })
    await answers(port, ({ text }) => text.startsWith('two'))
    await running.prints('tick 12')
    expect(running.stdout.split('jobs started')).toHaveLength(2)
    write(cwd, { 'jobs.js': `setInterval(() => console.log('tock'), 30)` })
    await running.prints('tock')
    const before = running.stdout.split('tick').length
    await running.prints('tock', 5)
    expect(running.stdout.split('tick')).toHaveLength(before)
  })

  it('restarts when package.json is edited, and everything has its new state', async () => {
    const { cwd, port, running } = await start(program, 'server.js')
    await running.prints('listening')
    const { text: before } = await request(port)
    write(cwd, { 'package.json': '{ "type": "module", "version": "2.0.0" }' })
    await running.prints('listening', 2)
    expect(running.stderr).toMatch(/restarts: .*package\.json changed/)
    expect((await request(port)).text).not.toBe(before)
  })

  it('restarts when .env is edited', async () => {
    const { cwd, running } = await start(
      { ...type, '.env': 'COLOUR=red', 'server.js': `console.log(process.env.COLOUR); setInterval(() => {}, 1e6)` },
      '--env-file=.env',
      'server.js',
    )
    await running.prints('red')
    write(cwd, { '.env': 'COLOUR=blue' })
    await running.prints('blue')
    expect(running.stderr).toContain('.env changed')
  })

  it('starts a crashed program again at the next save', async () => {
    const { cwd, running } = await start({ ...type, 'a.js': `throw new Error('first')` }, 'a.js')
    await running.prints('crashed')
    expect(running.stderr).toContain('Error: first')
    write(cwd, { 'a.js': `console.log('second')` })
    await running.prints('second')
    expect(await running.ended).toEqual({ code: 0, signal: null })
  })

  it('starts a program that did not parse at first once a save mends it', async () => {
    const { cwd, running } = await start({ ...type, 'a.js': `const a = = 1` }, 'a.js')
    await running.prints('crashed')
    write(cwd, { 'a.js': `console.log('second')` })
    await running.prints('second')
    expect(await running.ended).toEqual({ code: 0, signal: null })
  })

  it('re-evaluates a CommonJS entry point as the main module', async () => {
    const { cwd, running } = await start(
      {
        'main.js': `console.log('main', require.main === module, __filename.endsWith('main.js'), require('./a.js')); setInterval(() => {}, 1e6)`,
        'a.js': `module.exports = 'one'`,
      },
      'main.js',
    )
    await running.prints('main true true one')
    write(cwd, { 'a.js': `module.exports = 'two'` })
    await running.prints('main true true two')
  })

  it('gives the entry point the same import.meta and process in every life as plain Node does', async () => {
    const { cwd, running } = await start(
      {
        ...type,
        'main.js': `import { a } from './a.js'
          const { url, main, filename, dirname } = import.meta
          console.log(a, JSON.stringify([url, main, filename, dirname, process.argv, process.execArgv, typeof process.send]))
          setInterval(() => {}, 1e6)`,
        'a.js': `export const a = 'one'`,
      },
      '--no-deprecation',
      'main.js',
      '--explain',
      'x y',
    )
    const plain = new Running(['--no-deprecation', 'main.js', '--explain', 'x y'], { node, cwd })
    await plain.prints('one')
    await running.prints('one')
    write(cwd, { 'a.js': `export const a = 'two'` })
    await running.prints('two')
    const [one, two] = running.stdout.trim().split('\n')
    expect(one).toBe(plain.stdout.trim())
    expect(two!.slice(4)).toBe(one!.slice(4))
  })

  it('explains a save with --explain, and says nothing about a good save with --quiet', async () => {
    const loud = await start(program, '--explain', 'server.js')
    await loud.running.prints('listening')
    write(loud.cwd, { 'greeting.js': `export const greeting = 'two'` })
    await loud.running.prints('re-evaluated')
    expect(loud.running.stderr).toContain('  server.js → greeting.js changed\n')
    const quiet = await start(program, '--quiet', 'server.js')
    await quiet.running.prints('listening')
    write(quiet.cwd, { 'greeting.js': `export const greeting = 'two'` })
    await answers(quiet.port, ({ text }) => text.startsWith('two'))
    expect(quiet.running.stderr).toBe('')
  })
})
