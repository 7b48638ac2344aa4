/** Listeners that modules add to what others made, and what is left when those modules are replaced. */
import assert from 'node:assert/strict'
import diagnostics from 'node:diagnostics_channel'
import { EventEmitter } from 'node:events'
import type http from 'node:http'
import { PassThrough } from 'node:stream'
import { Program, said, until } from './program.ts'

const bus = new EventEmitter()
const share = (values: Record<string, unknown>) => Object.assign(globalThis, values)

export const listeners: Record<string, () => Promise<void>> = {
  'leaves an emitter of another module, and its successor takes its place': async () => {
    const program = new Program()
    share({ bus })
    bus.on('ask', () => say('first'))
    const source = (n: number) => `
      bus.on('ask', () => say('v${n}'))
      bus.once('ask', () => say('once v${n}'))
      bus.prependListener('ask', () => say('front v${n}'))`
    await program.load('m.mjs', source(1))
    bus.on('ask', () => say('last'))
    bus.emit('ask')
    assert.deepEqual(said.splice(0), ['front v1', 'first', 'v1', 'once v1', 'last'])
    await program.save('m.mjs', source(2))
    bus.emit('ask')
    assert.deepEqual(said.splice(0), ['front v2', 'first', 'v2', 'once v2', 'last'])
    await program.save('m.mjs', '')
    bus.emit('ask')
    assert.deepEqual(said, ['first', 'last'])
    await program.end()
  },

  'keeps its place between those of other modules, whichever of them are saved': async () => {
    const program = new Program()
    share({ bus })
    const source = (module: string, n: number) => `bus.on('ask', () => say('${module}${n}'))\n`
    const heard = () => {
      bus.emit('ask')
      return said.splice(0).join(' ')
    }
    for (const module of ['a', 'b', 'c']) await program.load(`${module}.mjs`, source(module, 1))
    assert.equal(heard(), 'a1 b1 c1')
    await program.save('b.mjs', source('b', 2) + source('b', 3))
    assert.equal(heard(), 'a1 b2 b3 c1')
    await program.save('a.mjs', source('a', 2))
    assert.equal(heard(), 'a2 b2 b3 c1')
    await program.save('b.mjs', source('b', 4))
    await program.save('a.mjs', '')
    assert.equal(heard(), 'b4 c1')
    await program.save('a.mjs', source('a', 3))
    await program.save('c.mjs', source('c', 2))
    assert.equal(heard(), 'a3 b4 c2')
    await program.end()
  },

  'is not removed a second time when the program has removed it': async () => {
    const program = new Program()
    share({ bus })
    const shared = () => say('shared')
    share({ shared })
    bus.on('ask', shared)
    await program.load('m.mjs', `bus.on('ask', shared); bus.off('ask', shared)`)
    assert.deepEqual(program.open, {})
    await program.save('m.mjs', '')
    bus.emit('ask')
    assert.deepEqual(said, ['shared'])
    await program.end()
  },

  'that was added twice is removed twice': async () => {
    const program = new Program()
    share({ bus })
    await program.load('m.mjs', `const twice = () => say('twice'); bus.on('ask', twice); bus.on('ask', twice)`)
    bus.emit('ask')
    assert.deepEqual(said.splice(0), ['twice', 'twice'])
    await program.save('m.mjs', '')
    bus.emit('ask')
    assert.deepEqual(said, [])
    await program.end()
  },

  'stays where a request added it': async () => {
    const program = new Program({ knowsModules: true })
    share({ bus })
    const { server } = (await program.load(
      'm.mjs',
      `import http from 'node:http'
      export const server = http.createServer(async (request, response) => {
        await null
        bus.on('ask', () => say('of a request'))
        response.end()
      }).listen(0)
      await new Promise(resolve => server.once('listening', resolve))`,
    )) as { server: http.Server }
    await fetch(`http://127.0.0.1:${(server.address() as { port: number }).port}`).then(response => response.text())
    assert.deepEqual(program.open, { servers: 1 })
    await program.save('m.mjs', '')
    bus.emit('ask')
    assert.deepEqual(said, ['of a request'])
    await program.end()
  },

  'of an emitter that its own module made is still called at the end': async () => {
    const program = new Program()
    await program.load(
      'm.mjs',
      `import { EventEmitter } from 'node:events'
      const own = new EventEmitter()
      scope(import.meta.url).defer(() => own.emit('end'))
      own.on('end', () => say('heard'))`,
    )
    assert.deepEqual(program.open, {})
    await program.save('m.mjs', '')
    assert.deepEqual(said, ['heard'])
    await program.end()
  },

  'leaves event targets and diagnostics channels': async () => {
    const program = new Program()
    const target = new EventTarget()
    share({ target })
    const source = (n: number) => `
      import diagnostics from 'node:diagnostics_channel'
      import { AsyncLocalStorage } from 'node:async_hooks'
      target.addEventListener('ask', () => say('target v${n}'))
      target.addEventListener('ask', { handleEvent: () => say('captured v${n}') }, { capture: true })
      diagnostics.subscribe('asked', () => say('function v${n}'))
      diagnostics.channel('asked').subscribe(() => say('channel v${n}'))
      diagnostics.channel('asked').bindStore(new AsyncLocalStorage(), () => say('store v${n}'))
      diagnostics.tracingChannel('asked').subscribe({ start: () => say('tracing v${n}') })`
    const ask = () => {
      target.dispatchEvent(new Event('ask'))
      // The types of Node 22 know no `runStores` of a channel with one argument.
      ;(diagnostics.channel('asked') as unknown as { runStores(message: object, run: () => void): void }).runStores(
        {},
        () => {},
      )
      diagnostics.tracingChannel('asked').traceSync(() => {}, {})
    }
    for (const n of [1, 2, 3]) await program.save('m.mjs', source(n))
    ask()
    const kinds = ['captured', 'channel', 'function', 'store', 'target', 'tracing']
    assert.deepEqual(
      said.splice(0).sort(),
      kinds.map(kind => `${kind} v3`),
    )
    await program.save('m.mjs', '')
    ask()
    assert.deepEqual(said, [])
    assert.equal(diagnostics.hasSubscribers('asked'), false)
    await program.end()
  },

  'of an iterator, of readline and of a pipe leaves the stream that it reads': async () => {
    const program = new Program({ knowsModules: true })
    const [input, output] = [new PassThrough(), new PassThrough()]
    share({ bus, input, output })
    const source = (n: number) => `
      import { on } from 'node:events'
      import { createInterface } from 'node:readline'
      import { PassThrough } from 'node:stream'
      async function consume() { for await (const [word] of on(bus, 'word')) say('v${n} ' + word) }
      consume()
      createInterface({ input }).on('line', line => say('v${n} line ' + line))
      new PassThrough().pipe(output)`
    const counts = () => [
      bus.listenerCount('word'),
      ...[input, output].map(stream => stream.eventNames().reduce((sum, name) => sum + stream.listenerCount(name), 0)),
    ]
    await program.load('m.mjs', source(1))
    const before = counts()
    for (const n of [2, 3]) await program.save('m.mjs', source(n))
    assert.deepEqual(counts(), before)
    bus.emit('word', 'one')
    input.write('two\n')
    await until(() => said.length === 2, 'both words')
    await new Promise(resolve => setImmediate(resolve))
    assert.deepEqual(said.sort(), ['v3 line two', 'v3 one'])
    await program.end()
  },
}

function say(word: string): void {
  said.push(word)
}
