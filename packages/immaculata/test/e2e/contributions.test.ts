import { mkdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { answers, folder, freePort, immaculata, nodes, type Running, request, write } from './running.ts'

const modules = fileURLToPath(new URL('../../node_modules', import.meta.url))
const type = { 'package.json': '{ "type": "module" }' }
const kept = { 'kept.js': 'export const kept = String(Math.random())' }
const list = { 'list.js': 'export const list = []' }

/** A server that answers with a value, and with the state of modules that nothing touches. */
const answering = (imports: string, value: string, others = 'kept') => `
import { createServer } from 'node:http'
import { kept } from './kept.js'
${imports}
createServer((request, response) => response.end(JSON.stringify(request.url === '/kept' ? ${others} : ${value})))
  .listen(process.env.PORT, () => console.log('listening'))`

interface Program {
  cwd: string
  running: Running
  save(files: Record<string, string>, value: unknown): Promise<void>
  state(): Promise<string>
}

describe.each(nodes)('what a module leaves on others, on $name', ({ node }) => {
  async function start(files: Record<string, string>, value: unknown, packages: string[] = []): Promise<Program> {
    const cwd = folder({ ...type, ...kept, ...files })
    if (packages.length > 0) mkdirSync(join(cwd, 'node_modules'))
    for (const name of packages) symlinkSync(realpathSync(join(modules, name)), join(cwd, 'node_modules', name))
    const port = await freePort()
    const running = immaculata({ node, cwd, env: { PORT: String(port) } }, 'server.js')
    const right = ({ status, text }: { status: number; text: string }) =>
      status === 200 && text === JSON.stringify(value)
    await answers(port, right)
    return {
      cwd,
      running,
      async save(files, value) {
        write(cwd, files)
        const wanted = JSON.stringify(value)
        await answers(port, ({ status, text }) => status === 200 && text === wanted)
        // It stays so: no old version answers in turn.
        for (let time = 0; time < 5; time++) expect((await request(port)).text).toBe(wanted)
      },
      state: async () => (await request(port, '/kept')).text,
    }
  }

  const add = (value: string) => ({ 'a.js': `import { list } from './list.js'\nlist.push('${value}')` })

  it('an element pushed into an array of another module leaves with the module', async () => {
    const server = answering(`import { list } from './list.js'\nimport './a.js'`, 'list')
    const { save, state, running } = await start({ ...list, ...add('one'), 'server.js': server }, ['one'])
    const before = await state()
    await save(add('two'), ['two'])
    await save(add('three'), ['three'])
    await save({ 'a.js': '' }, [])
    expect(await state()).toBe(before)
    await running.prints('(list.js too: a.js adds to its "list"')
    expect(running.output).not.toContain('restart')
  })

  it('a route leaves with the first save that only takes it away', async () => {
    const app = { 'app.js': `export const routes = new Map()` }
    const a = `import { routes } from './app.js'\nroutes.set('/a', () => 'a')`
    const server = answering(`import { routes } from './app.js'\nimport './a.js'`, '[...routes.keys()]')
    const { save, state } = await start({ ...app, 'a.js': a, 'server.js': server }, ['/a'])
    const before = await state()
    await save({ 'a.js': 'export {}' }, [])
    expect(await state()).toBe(before)
  })

  it('what a module hides in a variable or a private field is seen', async () => {
    const hidden = `
      const words = []
      class Box { #all = new Set(); add(word) { this.#all.add(word) } get all() { return [...this.#all] } }
      export const box = new Box()
      export const say = word => void words.push(word)
      export const said = () => words`
    const a = (version: number) => ({
      'a.js': `import { box, say } from './hidden.js'\nbox.add('box ${version}')\nsay('word ${version}')`,
    })
    const server = answering(`import { box, said } from './hidden.js'\nimport './a.js'`, '[box.all, said()]')
    const { save } = await start({ 'hidden.js': hidden, ...a(1), 'server.js': server }, [['box 1'], ['word 1']])
    await save(a(2), [['box 2'], ['word 2']])
    await save(a(3), [['box 3'], ['word 3']])
  })

  it('a counter that a module moves counts from the beginning', async () => {
    const a = (version: number) => ({
      'a.js': `import { ids } from './ids.js'\nids.next++\nexport const a = 'a${version} ' + ids.next`,
    })
    const ids = { 'ids.js': 'export const ids = { next: 0 }' }
    const { save } = await start({ ...ids, ...a(1), 'server.js': answering(`import { a } from './a.js'`, 'a') }, 'a1 1')
    await save(a(2), 'a2 1')
    await save(a(3), 'a3 1')
  })

  it('a method that wraps the one before it is not wrapped twice', async () => {
    const mixin = (version: number) => ({
      'mixin.js': `import { User } from './user.js'
        const { name } = User.prototype
        User.prototype.name = function () { return '${version}' + name.call(this) }`,
    })
    const user = { 'user.js': `export class User { name() { return 'user' } }` }
    const server = answering(`import { User } from './user.js'\nimport './mixin.js'`, 'new User().name()')
    const { save } = await start({ ...user, ...mixin(1), 'server.js': server }, '1user')
    await save(mixin(2), '2user')
    await save(mixin(3), '3user')
  })

  it('the same holds in CommonJS, after a top-level await, and for an object that an importer hands over', async () => {
    const files = (version: number) => ({
      'a.cjs': `require('./list.cjs').list.push('cjs ${version}')`,
      'b.js': `import { list } from './list.cjs'\nawait new Promise(resolve => setTimeout(resolve, 5))\nlist.push('awaited ${version}')`,
      'c.js': `export const init = list => void list.push('handed ${version}')`,
    })
    const imports = `import { list } from './list.cjs'\nimport './a.cjs'\nimport './b.js'\nimport { init } from './c.js'\ninit(list)`
    const all = (version: number) => ['cjs', 'awaited', 'handed'].map(name => `${name} ${version}`)
    const receiver = { 'list.cjs': 'exports.list = []' }
    const { save } = await start({ ...receiver, ...files(1), 'server.js': answering(imports, 'list') }, all(1))
    await save(files(2), all(2))
    await save({ 'b.js': files(3)['b.js'] }, ['cjs 2', 'awaited 3', 'handed 2'])
    await save({ 'a.cjs': '' }, ['awaited 3', 'handed 2'])
  })

  it('what a module added that is not imported any more is gone', async () => {
    const server = (imported: string) => ({
      'plugins.js': imported,
      'server.js': answering(`import { list } from './list.js'\nimport './plugins.js'`, 'list'),
    })
    const { save } = await start({ ...list, ...add('one'), ...server(`import './a.js'`) }, ['one'])
    await save(add('two'), ['two'])
    await save({ 'plugins.js': '' }, [])
  })

  it('data of a file that is removed is gone, once something was learned of its receiver', async () => {
    const plugin = (name: string) => `import { names } from '../names.js'\nnames.set('${name}', true)`
    const load = `import { readdirSync } from 'node:fs'
      for (const name of readdirSync(new URL('plugins/', import.meta.url))) await import('./plugins/' + name)`
    const server = answering(`import { names } from './names.js'\nimport './load.js'`, '[...names.keys()]')
    const files = { 'names.js': 'export const names = new Map()', 'load.js': load, 'server.js': server }
    const plugins = { 'plugins/a.js': plugin('a'), 'plugins/b.js': plugin('b') }
    const { cwd, save, state } = await start({ ...files, ...plugins }, ['a', 'b'])
    const before = await state()
    await save({ 'plugins/c.js': plugin('c') }, ['a', 'b', 'c'])
    rmSync(join(cwd, 'plugins/b.js'))
    await save({}, ['a', 'c'])
    rmSync(join(cwd, 'plugins/c.js'))
    await save({}, ['a'])
    expect(await state()).toBe(before)
  })

  it('a registry in which the last one wins, and what timers and requests gather, keep their state', async () => {
    const registry = `
      export const id = String(Math.random())
      export const handlers = new Map()
      export const seen = []
      export let ticks = 0
      export const cleared = []
      setInterval(() => { ticks++; seen.push(ticks) }, 2)`
    const a = (version: number) => ({
      'a.js': `import { handlers, cleared } from './registry.js'
        handlers.set('word', () => 'a${version}')
        cleared.length = 0
        cleared.push('a${version}')
        globalThis.parked ??= { cleared }
        await new Promise(resolve => setTimeout(resolve, 10))`,
    })
    const imports = `import { handlers, id, seen } from './registry.js'\nimport './a.js'`
    const server = answering(imports, `(seen.push(() => request), handlers.get('word')())`, '[kept, id]')
    const { save, state, running } = await start({ 'registry.js': registry, ...a(1), 'server.js': server }, 'a1')
    const before = await state()
    for (let version = 2; version < 6; version++) await save(a(version), `a${version}`)
    expect(await state()).toBe(before)
    expect(running.output).not.toContain('too:')
  })

  it('a promise that remembers the async context it was made in costs the module that keeps it no state', async () => {
    const pool = `export const born = String(Math.random())
      const last = new Map()
      export const query = () => new Promise(resolve => {
        setTimeout(() => {
          last.set('query', Promise.resolve('answer'))
          resolve(last.get('query'))
        }, 1)
      })`
    const word = (text: string) => ({ 'word.js': `export const word = '${text}'` })
    const imports = `import { word } from './word.js'\nimport { born, query } from './pool.js'\nconst first = await query()`
    const server = answering(imports, '[word, first]', '[kept, born]')
    const { save, state } = await start({ 'pool.js': pool, ...word('one'), 'server.js': server }, ['one', 'answer'])
    const before = await state()
    for (const text of ['two', 'three', 'four']) await save(word(text), [text, 'answer'])
    expect(await state()).toBe(before)
  })

  it('an error of a package that is in the way of a second evaluation only is not believed', async () => {
    const app = { 'app.js': `import { Hono } from 'hono'\nexport const app = new Hono()` }
    const a = (version: number) => ({
      'a.js': `import { app } from './app.js'\napp.get('/', c => c.json('a${version}'))`,
    })
    const server = `
      import { serve } from '@hono/node-server'
      import { app } from './app.js'
      import { kept } from './kept.js'
      import './a.js'
      app.get('/kept', c => c.text(kept))
      serve({ fetch: app.fetch, port: Number(process.env.PORT), hostname: '127.0.0.1' })`
    const packages = ['hono', '@hono']
    const { save, state, running } = await start({ ...app, ...a(1), 'server.js': server }, 'a1', packages)
    const before = await state()
    await save(a(2), 'a2')
    await save(a(3), 'a3')
    expect(await state()).toBe(before)
    expect(running.output).not.toContain('already built')
  })

  it('what a package knows already starts the process again, with a reason that names both', async () => {
    const user = (field: string) => ({
      'user.js': `import mongoose from 'mongoose'
        export const User = mongoose.model('User', new mongoose.Schema({ ${field}: String }, { _id: false }))`,
    })
    const server = answering(`import { User } from './user.js'`, 'Object.keys(User.schema.paths)[0]')
    const { save, running } = await start({ ...user('name'), 'server.js': server }, 'name', ['mongoose'])
    await save(user('email'), 'email')
    await running.prints('user.js is refused by mongoose')
  })

  it('a wrong value that any process refuses is shown, and costs nobody his state', async () => {
    const state = `export const born = String(Math.random())\nexport const visits = []`
    const config = (text: string) => ({ 'config.js': `export const config = JSON.parse('${text}')` })
    const server = answering(
      `import { config } from './config.js'\nimport { born } from './state.js'`,
      'config',
      'born',
    )
    const program = await start({ 'state.js': state, ...config('1'), 'server.js': server }, 1)
    const before = await program.state()
    write(program.cwd, config('{'))
    await program.running.prints('SyntaxError')
    await program.save(config('2'), 2)
    expect(await program.state()).toBe(before)
    expect(program.running.output).not.toContain('restart')
  })

  it('a function of Node that a module wraps starts the process again', async () => {
    const log = (version: number) => ({
      'log.js': `import util from 'node:util'\nconst { format } = util\nutil.format = value => format(value) + '${version}'`,
    })
    const server = `
      import { createServer } from 'node:http'
      import util from 'node:util'
      import './log.js'
      createServer((_, response) => response.end(util.format('x').slice(1))).listen(process.env.PORT)`
    const cwd = folder({ ...type, ...log(1), 'server.js': server })
    const port = await freePort()
    const running = immaculata({ node, cwd, env: { PORT: String(port) } }, 'server.js')
    await answers(port, ({ text }) => text === '1')
    write(cwd, log(2))
    await answers(port, ({ text }) => text === '2')
    await running.prints('util.format still leads to its old version')
  })

  it('what may be done once for each process is done once again, and the rest keeps its state', async () => {
    const source = {
      'source.js': `let open
        export const source = { async initialize() { if (open) throw new Error('already'); open = true }, word: 'open' }`,
    }
    const a = (version: number) => ({ 'a.js': `export const a = 'a${version}'` })
    const server = `
      import { createServer } from 'node:http'
      import { kept } from './kept.js'
      import { source } from './source.js'
      import { a } from './a.js'
      source.initialize()
        .then(() => createServer((request, response) => response.end(request.url === '/kept' ? kept : JSON.stringify(a + source.word))).listen(process.env.PORT))
        .catch(error => console.log(error.message))`
    const { save, state, running } = await start({ ...source, ...a(1), 'server.js': server }, 'a1open')
    const before = await state()
    await save(a(2), 'a2open')
    expect(await state()).toBe(before)
    expect(running.output).not.toContain('restart')
  })

  it('a save waits until everything is known that it may add something to, however much that is', async () => {
    const data = {
      // Only the debugger can look into a closure.
      'data.js': `export const closures = Array.from({ length: 3000 }, (_, n) => () => n)`,
      'list.js': `import { closures } from './data.js'
        const holder = { a: { b: { c: { d: { e: { f: { closures, last: { list: [] } } } } } } } }
        export const { list } = holder.a.b.c.d.e.f.last
        export const add = value => void holder.a.b.c.d.e.f.last.list.push(value)`,
    }
    const add = (value: string) => ({ 'a.js': `import { add } from './list.js'\nadd('${value}')` })
    const server = answering(`import { list } from './list.js'\nimport './a.js'`, 'list')
    const { save, state } = await start({ ...data, ...add('one'), 'server.js': server }, ['one'])
    const before = await state()
    await save(add('two'), ['two'])
    await save({ 'a.js': '' }, [])
    expect(await state()).toBe(before)
  })

  it('variables that are built up are seen: a counter, a text, a chain of handlers, a list by its head, a copied array', async () => {
    const state = {
      'state.js': `
        let count = 0
        let text = ''
        let handler = x => x
        let head = null
        let all = []
        export const leave = word => {
          count++
          text += word
          const next = handler
          handler = x => next(x + word)
          head = { word, next: head }
          all = [...all, word]
        }
        export const read = () => [count, text, handler('>'), head.word, head.next?.word, all]`,
    }
    const leave = (word: string) => ({ 'a.js': `import { leave } from './state.js'\nleave('${word}')` })
    const server = answering(`import { read } from './state.js'\nimport './a.js'`, 'read()')
    const right = (word: string) => [1, word, `>${word}`, word, null, [word]]
    const { save, state: kept, running } = await start({ ...state, ...leave('one'), 'server.js': server }, right('one'))
    const before = await kept()
    await save(leave('two'), right('two'))
    await save(leave('three'), right('three'))
    expect(await kept()).toBe(before)
    expect(running.output).not.toContain('restart')
  })

  it('what changes in place is seen: taken out, put in another order, toggled, counted in an entry or a private field', async () => {
    // Each has a module of its own: one that is seen must not renew the others.
    const holders: Record<string, string> = {
      'features.js': `export const features = new Set(['one', 'two', 'three'])`,
      'order.js': `export const order = [1, 2, 3]`,
      'flag.js': `export const flag = { isOn: false }`,
      'left.js': `export const state = { left: 10 }`,
      'counts.js': `export const counts = {}
        export const count = word => { counts[word] = (counts[word] ?? 0) + 1 }`,
      'by.js': `export const by = new Map()
        export const note = word => { by.set(word, (by.get(word) ?? 0) + 1) }`,
      'numbers.js': `export const numbers = new Int32Array(2)`,
      'base.js': `export const base = {}`,
      'plugins.js': `export function plugins() { return plugins.list ?? [] }`,
      'chain.js': `export let chain = Promise.resolve([])
        export const follow = next => { chain = chain.then(next) }`,
      'box.js': `class Box { #n = 0; add() { this.#n -= 1 } get n() { return this.#n } }
        export const box = new Box()`,
      'boxes.js': `export class Boxes { static #all = 0; static add() { Boxes.#all += 1 } static get all() { return Boxes.#all } }`,
    }
    const imports = `
      import { base } from './base.js'
      import { box } from './box.js'
      import { Boxes } from './boxes.js'
      import { by, note } from './by.js'
      import { chain, follow } from './chain.js'
      import { count, counts } from './counts.js'
      import { features } from './features.js'
      import { flag } from './flag.js'
      import { state } from './left.js'
      import { numbers } from './numbers.js'
      import { order } from './order.js'
      import { plugins } from './plugins.js'`
    const a = (word: string) => `${imports}
      features.delete('${word}')
      order.reverse()
      flag.isOn = !flag.isOn
      state.left -= 1
      count('word')
      note('word')
      numbers[0] += 1
      const { words = [] } = Object.getPrototypeOf(base)
      Object.setPrototypeOf(base, { words: [...words, '${word}'], __proto__: Object.getPrototypeOf(base) })
      ;(plugins.list ??= []).push('${word}')
      follow(words => [...words, '${word}'])
      box.add()
      Boxes.add()`
    const all = `[[...features], order, flag, state, counts, [...by], [...numbers],
      Object.getPrototypeOf(base).words ?? [], plugins(), chained, box.n, Boxes.all]`
    const server = answering(`${imports}\nimport './a.js'\nconst chained = await chain`, all)
    const is = (word: string) => {
      const features = ['one', 'two', 'three'].filter(feature => feature !== word)
      const counted = [{ isOn: true }, { left: 9 }, { word: 1 }, [['word', 1]], [1, 0]]
      return [features, [3, 2, 1], ...counted, [word], [word], [word], -1, 1]
    }
    const { save, state } = await start({ ...holders, 'a.js': a('one'), 'server.js': server }, is('one'))
    const before = await state()
    await save({ 'a.js': a('two') }, is('two'))
    await save({ 'a.js': a('three') }, is('three'))
    const none = [{ isOn: false }, { left: 10 }, {}, [], [0, 0], [], [], []]
    await save({ 'a.js': '' }, [['one', 'two', 'three'], [1, 2, 3], ...none, 0, 0])
    expect(await state()).toBe(before)
  })

  it('what is sorted again, or assigned again, costs nobody his state', async () => {
    const core = `
      export const state = String(Math.random())
      export const order = [3, 1, 2]
      export const flags = { isOn: false }
      export const bytes = new Uint8Array(2)`
    const a = (value: number) => `
      import { bytes, flags, order } from './core.js'
      order.sort()
      flags.isOn = true
      bytes[0] = ${value}`
    const imports = `import { bytes, flags, order, state } from './core.js'\nimport './a.js'`
    const server = answering(imports, '[order, flags, [...bytes]]', 'state')
    const is = (value: number) => [[1, 2, 3], { isOn: true }, [value, 0]]
    const { save, state } = await start({ 'core.js': core, 'a.js': a(1), 'server.js': server }, is(1))
    const before = await state()
    await save({ 'a.js': a(2) }, is(2))
    await save({ 'a.js': a(3) }, is(3))
    expect(await state()).toBe(before)
  })

  it('a variable that a timer counts up costs nobody his state', async () => {
    const ticks = {
      'ticks.js': `let count = 0\nlet text = ''\nsetInterval(() => { count++; text += '.' }, 1)
        export const born = String(Math.random())\nexport const read = () => [count, text]`,
    }
    const a = (version: number) => ({ 'a.js': `export const a = ${version}` })
    const server = answering(
      `import { a } from './a.js'\nimport { born, read } from './ticks.js'`,
      'a',
      '[born, read().length]',
    )
    const { save, state } = await start({ ...ticks, ...a(1), 'server.js': server }, 1)
    const before = await state()
    for (let version = 2; version < 8; version++) await save(a(version), version)
    expect(await state()).toBe(before)
  })

  it('what is done only once is done once again: a flag, and a function that is not replaced', async () => {
    const once = {
      'once.js': `let started = false\nlet run
        export const start = fn => { if (started) return; started = true; run = fn }\nexport const answer = () => run()`,
    }
    const a = (version: number) => ({ 'a.js': `import { start } from './once.js'\nstart(() => ${version})` })
    const server = answering(`import { answer } from './once.js'\nimport './a.js'`, 'answer()')
    const { save, state } = await start({ ...once, ...a(1), 'server.js': server }, 1)
    const before = await state()
    await save(a(2), 2)
    await save(a(3), 3)
    expect(await state()).toBe(before)
  })

  it('a method that is wrapped by what the entry point hands on is wrapped once', async () => {
    const kind = {
      'kind.js': `export class Kind { say() { return [] } }
        export const add = word => { const { say } = Kind.prototype; Kind.prototype.say = function () { return [...say.call(this), word] } }`,
      'a.js': 'export const install = add => add("a")',
    }
    const other = (version: number) => ({ 'other.js': `export const other = ${version}` })
    const server = answering(
      `import { Kind, add } from './kind.js'\nimport { install } from './a.js'\nimport { other } from './other.js'\ninstall(add)`,
      '[other, ...new Kind().say()]',
    )
    const { save, state } = await start({ ...kind, ...other(1), 'server.js': server }, [1, 'a'])
    const before = await state()
    await save(other(2), [2, 'a'])
    await save(other(3), [3, 'a'])
    expect(await state()).toBe(before)
  })

  it('a function that a package hides in a variable of its own starts the process again, with a reason', async () => {
    const scheduler = {
      'node_modules/scheduler/package.json': '{ "main": "index.js" }',
      'node_modules/scheduler/index.js': `const jobs = []\nexports.schedule = job => void jobs.push({ job })\nexports.run = () => jobs.map(({ job }) => job())`,
    }
    const job = (version: number) => ({ 'job.js': `import { schedule } from 'scheduler'\nschedule(() => ${version})` })
    const server = `
      import { createServer } from 'node:http'
      import { run } from 'scheduler'
      import './job.js'
      createServer((_, response) => response.end(JSON.stringify(run()))).listen(process.env.PORT)`
    const cwd = folder({ ...type, ...scheduler, ...job(1), 'server.js': server })
    const port = await freePort()
    const running = immaculata({ node, cwd, env: { PORT: String(port) } }, 'server.js')
    await answers(port, ({ text }) => text === '[1]')
    write(cwd, job(2))
    await running.prints('job.js was re-evaluated, and scheduler still holds its old version')
    await answers(port, ({ text }) => text === '[2]')
  })

  it('a look that fails is told once, and what is left is seen when looks succeed again', async () => {
    // For a while, nobody can look at an object: the builtin throws.
    const broken = `const { ownKeys } = Reflect
      setImmediate(() => { Reflect.ownKeys = () => { throw new Error('nobody may look') } })
      export const mend = () => { Reflect.ownKeys = ownKeys }`
    const server = answering(
      `import { list } from './list.js'\nimport './a.js'\nimport { mend } from './broken.js'`,
      'list',
      '(mend(), kept)',
    )
    const { save, state, running } = await start(
      { ...list, ...add('one'), 'broken.js': broken, 'other.js': '', 'server.js': `${server}\nimport './other.js'` },
      ['one'],
    )
    await running.prints('HOT_CONTRIBUTIONS')
    await save({ 'other.js': 'export {}' }, ['one'])
    const before = await state()
    await save({ 'other.js': 'export const a = 1' }, ['one'])
    await save(add('two'), ['two'])
    await save(add('three'), ['three'])
    expect(await state()).toBe(before)
    expect(running.output.split('HOT_CONTRIBUTIONS')).toHaveLength(2)
    expect(running.output).toContain('Error: nobody may look')
  })

  it('an object whose prototype is a Proxy is not asked, and what stands beside it is seen', async () => {
    const strange = `
      const refuse = () => { throw new Error('the traps of a Proxy ran') }
      export const strange = Object.create(new Proxy({}, { getOwnPropertyDescriptor: refuse, get: refuse, ownKeys: refuse }))
      export const list = [strange]
      export const read = () => list.slice(1)`
    const a = (word: string) => ({ 'a.js': `import { list } from './strange.js'\nlist.push('${word}')` })
    const server = answering(`import { read } from './strange.js'\nimport './a.js'`, 'read()')
    const { save, running } = await start({ 'strange.js': strange, ...a('one'), 'server.js': server }, ['one'])
    await save(a('two'), ['two'])
    await save(a('three'), ['three'])
    expect(running.output).not.toContain('Proxy')
  })

  it('an EventTarget of another module keeps its state, also when an evaluation failed in between', async () => {
    const bus = `
      export const bus = new EventTarget()
      export const born = String(Math.random())
      export const ask = () => {
        const event = Object.assign(new Event('ask'), { out: [] })
        bus.dispatchEvent(event)
        return event.out
      }`
    const a = (word: string, more = '') => ({
      'a.js': `import { bus } from './bus.js'\nbus.addEventListener('ask', event => event.out.push('${word}'))\n${more}`,
    })
    const server = answering(`import { ask, born } from './bus.js'\nimport './a.js'`, 'ask()', 'born')
    const { cwd, save, state, running } = await start({ 'bus.js': bus, ...a('one'), 'server.js': server }, ['one'])
    const before = await state()
    write(cwd, a('two', `throw new Error('broken')`))
    await running.prints('Failed while it was evaluated')
    await save(a('three'), ['three'])
    await save(a('four'), ['four'])
    expect(await state()).toBe(before)
  })
})
