import { describe, expect, it } from 'vitest'
import { answers, folder, freePort, immaculata, nodes, type Running, request, write } from './running.ts'

const files = { 'package.json': '{ "type": "module" }', 'kept.js': 'export const kept = String(Math.random())' }

/** A server that answers with a value, and with the state of modules that nothing touches. */
const answering = (imports: string, value: string, others = 'kept') => `
import { createServer } from 'node:http'
import { kept } from './kept.js'
${imports}
createServer((request, response) => response.end(JSON.stringify(request.url === '/kept' ? ${others} : ${value})))
  .listen(process.env.PORT, () => console.log('listening'))`

describe.each(nodes)('what a module adds to others after its evaluation, on $name', ({ node }) => {
  async function start(program: Record<string, string>) {
    const cwd = folder({ ...files, ...program })
    const port = await freePort()
    const running: Running = immaculata({ node, cwd, env: { PORT: String(port) } }, 'server.js')
    const becomes = (value: unknown) =>
      answers(port, ({ status, text }) => status === 200 && text === JSON.stringify(value))
    return {
      running,
      becomes,
      async save(files: Record<string, string>, value: unknown) {
        write(cwd, files)
        await becomes(value)
        // It stays so: no old version answers in turn.
        for (let time = 0; time < 5; time++) expect((await request(port)).text).toBe(JSON.stringify(value))
      },
      state: async () => (await request(port, '/kept')).text,
    }
  }

  it('what an async function adds that nobody awaits leaves with the module, and what its loops gather stays', async () => {
    const a = (version: number) => ({
      'a.js': `import { setTimeout as sleep } from 'node:timers/promises'
        import { words } from './words.js'
        async function boot() {
          for (const part of ['a', 'b']) {
            await sleep(10)
            words.push(part + ${version})
            words.counts.set(part, (words.counts.get(part) ?? 0) + 1)
          }
        }
        boot()`,
    })
    const program = {
      ...a(1),
      'words.js': 'export const words = Object.assign([], { counts: new Map() })',
      'ticks.js': 'export const ticks = { born: Math.random(), log: [] }',
      'loop.js': `import { setTimeout as sleep } from 'node:timers/promises'
        import { ticks } from './ticks.js'
        export async function loop() { for (;;) { await sleep(5); ticks.log.push(1) } }`,
      'server.js': answering(
        `import './a.js'\nimport { loop } from './loop.js'\nimport { ticks } from './ticks.js'\nimport { words } from './words.js'\nloop()`,
        '[words, [...words.counts.values()]]',
        '[kept, ticks.born]',
      ),
    }
    const { becomes, save, state, running } = await start(program)
    await becomes([
      ['a1', 'b1'],
      [1, 1],
    ])
    const before = await state()
    await save(a(2), [
      ['a2', 'b2'],
      [1, 1],
    ])
    await running.prints('(words.js too: ')
    await save(a(3), [
      ['a3', 'b3'],
      [1, 1],
    ])
    expect(await state()).toBe(before)
    expect(running.output).not.toContain('restart')
    expect(running.output).not.toContain('ticks.js too')
  })

  it('what a module adds to data on globalThis needs a new process, and what it only uses there does not', async () => {
    const a = (version: number, key = 'one') => ({
      'a.js': `globalThis.plugins ??= new Map()
        globalThis.plugins.set('${key}', ${version})
        globalThis.client ??= { queries: new (class { list = [] })() }
        globalThis.client.queries.list.push(1)`,
    })
    const program = { ...a(1), 'server.js': answering(`import './a.js'`, '[...globalThis.plugins]') }
    const { becomes, save, state, running } = await start(program)
    await becomes([['one', 1]])
    const before = await state()
    await save(a(2), [['one', 2]])
    expect(await state()).toBe(before)
    await save(a(3, 'two'), [['two', 3]])
    await running.prints('a.js was re-evaluated, and adds to globalThis.plugins, which stays as it was')
  })
})
