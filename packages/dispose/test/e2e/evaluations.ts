/** Whose is what was opened: seen by the listeners of `process` that are left, each on an event named after its place. */
import assert from 'node:assert/strict'
import { AsyncLocalStorage, AsyncResource, createHook } from 'node:async_hooks'
import http from 'node:http'
import { Program, until } from './program.ts'

const events = () =>
  process
    .eventNames()
    .filter(name => typeof name === 'string' && name.startsWith('at '))
    .sort()

const places = {
  'node_modules/helper/package.json': '{ "type": "module", "exports": "./index.js" }',
  'node_modules/helper/index.js': `
    process.on('at the body of a package', () => {})
    export const open = place => void process.on('at ' + place, () => {})`,
  'node_modules/old/package.json': '{ "main": "index.js" }',
  'node_modules/old/index.js': `process.on('at the body of a CommonJS package', () => {})`,
  'lib.mjs': `
    export const start = place => void process.on('at ' + place, () => {})
    export async function main(place) { await 0; process.on('at ' + place, () => {}) }`,
  'nested.cjs': `
    process.on('at nested CommonJS', () => {})
    require('./required.mjs')
    require('old')
    setTimeout(() => process.on('at later: a timer of CommonJS', () => {}), 1)`,
  'required.mjs': `process.on('at a module that is required', () => {})`,
  'old.cjs': `process.on('at CommonJS', () => {}); require('./nested.cjs')`,
}

const entry = `
  import './old.cjs'
  import { open } from 'helper'
  import { start, main } from './lib.mjs'
  const at = place => process.on('at ' + place, () => {})
  at('top level')
  open('a helper in a package')
  start('a function of another module')
  ;[1].forEach(() => at('a callback that is called at once'))
  await 0
  at('after an await')
  open('a helper, after an await')
  await main('an async function that is awaited')
  await Promise.all([main('an async function that is awaited with others')])
  await (async () => { await 0; at('an async arrow that is awaited') })()
  class Opens { static { at('a static block') } }
  process.once('at once', () => {})
  process.prependListener('at prepended', () => {})
  queueMicrotask(() => at('later: a microtask'))
  Promise.resolve().then(() => at('later: a promise'))
  process.nextTick(() => at('later: a tick'))
  setTimeout(() => at('later: a timer'), 1)
  setImmediate(function () { at('later: an immediate') })
  globalThis.inHandler = () => at('later: a request')
  await new Promise(resolve => setTimeout(resolve, 10))
  at('after a timer')`

const left = [
  'at later: a microtask',
  'at later: a promise',
  'at later: a request',
  'at later: a tick',
  'at later: a timer',
  'at later: a timer of CommonJS',
  'at later: an immediate',
  'at the body of a CommonJS package',
  'at the body of a package',
]

async function check(around: <T>(run: () => T) => T = run => run()): Promise<void> {
  const program = new Program()
  for (const [name, source] of Object.entries(places)) program.write(name, source)
  const server = http.createServer((_request, response) => {
    ;(globalThis as unknown as { inHandler(): void }).inHandler()
    response.end()
  })
  await around(() => program.load('entry.mjs', entry))
  await new Promise<void>(resolve => server.listen(0, resolve))
  await fetch(`http://127.0.0.1:${(server.address() as { port: number }).port}`).then(response => response.text())
  server.closeAllConnections()
  server.close()
  await until(() => events().includes('at later: a timer of CommonJS'), 'the last timer')
  const owned = events().filter(name => !left.includes(String(name)))
  assert.equal(owned.length, 16, owned.join(', '))

  await program.scopes.dispose([program.id('entry.mjs')])
  const ofOthers = ['at CommonJS', 'at a module that is required', 'at nested CommonJS']
  assert.deepEqual(events(), [...left, ...ofOthers].sort())
  await program.scopes.dispose([program.id('old.cjs')])
  assert.deepEqual(events(), [...left, ...ofOthers.slice(1)].sort())
  await program.end()
  assert.deepEqual(events(), left)
}

export const evaluations: Record<string, () => Promise<void>> = {
  'belongs to the module that is being evaluated, and to nobody after the evaluation': () => check(),

  'gets the right owner while async hooks are in use': () => {
    createHook({ init() {}, before() {}, after() {}, destroy() {}, promiseResolve() {} }).enable()
    return check()
  },

  'gets the right owner under an AsyncLocalStorage': () => {
    const storage = new AsyncLocalStorage()
    return check(run => storage.run({}, run))
  },

  'gets the right owner in an AsyncResource of the program': async () => {
    const program = new Program()
    ;(globalThis as { AsyncResource?: unknown }).AsyncResource = AsyncResource
    await program.load(
      'm.mjs',
      `new AsyncResource('own').runInAsyncScope(() => process.on('at own resource', () => {}))`,
    )
    assert.deepEqual(program.open, { listeners: 1 })
    await program.end()
  },

  'belongs to the required module when a request requires it': async () => {
    const program = new Program()
    program.write('lazy.cjs', `process.on('at lazy', () => {})`)
    await program.load(
      'm.mjs',
      `import { createRequire } from 'node:module'; globalThis.lazily = createRequire(import.meta.url)`,
    )
    await new Promise<void>(resolve =>
      setTimeout(() => {
        ;(globalThis as unknown as { lazily(name: string): void }).lazily('./lazy.cjs')
        resolve()
      }, 1),
    )
    assert.deepEqual(program.open, { listeners: 1 })
    await program.scopes.dispose([program.id('lazy.cjs')])
    assert.deepEqual(program.open, {})
    await program.end()
  },

  'belongs to nobody in a module that opted out': async () => {
    const program = new Program()
    await program.load('opted-out.mjs', `setInterval(() => {}, 1000).unref()`)
    assert.deepEqual(program.open, {})
    await program.end()
  },

  'belongs to nobody when Node opens it for itself': async () => {
    const program = new Program()
    const server = http.createServer((_request, response) => response.end('still here')).listen(0)
    await new Promise(resolve => server.once('listening', resolve))
    const url = `http://127.0.0.1:${(server.address() as { port: number }).port}`
    await program.load('m.mjs', `export const text = await (await fetch(${JSON.stringify(url)})).text()`)
    assert.deepEqual(program.open, {})
    await program.save('m.mjs', '')
    assert.equal(await (await fetch(url)).text(), 'still here')
    server.closeAllConnections()
    server.close()
    await program.end()
  },
}
