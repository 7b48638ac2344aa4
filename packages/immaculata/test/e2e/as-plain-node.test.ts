/** Programs that print, end and are ended: without a save, all of it is as under plain Node, which is run beside. */
import { describe, expect, it } from 'vitest'
import { folder, immaculata, nodes, Running, registered } from './running.ts'

const type = { 'package.json': '{ "type": "module" }' }

const programs: Record<string, Record<string, string>> = {
  'listeners of exit and beforeExit': {
    'main.js': `process.on('exit', code => console.log('exit', code))
      process.on('beforeExit', code => console.log('before', code))
      process.exitCode = 3`,
  },
  'new work that beforeExit begins, until there is none': {
    'main.js': `let rounds = 0
      process.on('beforeExit', () => { console.log('before', rounds); if (rounds++ < 3) setTimeout(() => console.log('work'), 5) })
      process.on('exit', () => console.log('bye', rounds))`,
  },
  "a server that is unref'd, looked at by beforeExit": {
    'main.js': `import { createServer } from 'node:http'
      const server = createServer().listen(0, () => server.unref())
      process.on('beforeExit', () => console.log(typeof server.address().port, server.listening))`,
  },
  'a child that lives longer than its starter': {
    'main.js': `import { spawn } from 'node:child_process'
      const child = spawn(process.execPath, ['child.js'], { detached: true, stdio: ['ignore', 'inherit', 'ignore'] })
      child.unref()
      console.log('started')`,
    'child.js': `setTimeout(() => console.log('the child goes on'), 300)`,
  },
  "the end of a worker, also of one that is unref'd": {
    'main.js': `import { Worker } from 'node:worker_threads'
      const worker = new Worker(new URL('./worker.js', import.meta.url))
      worker.on('message', message => console.log(message)).on('exit', code => console.log('worker', code))
      new Worker(new URL('./endless.js', import.meta.url)).unref()`,
    'worker.js': `import { parentPort } from 'node:worker_threads'
      parentPort.postMessage('hello')
      process.exitCode = 4`,
    'endless.js': `setInterval(() => {}, 1e6)`,
  },
  'a connection that is open at the end': {
    'main.js': `import { connect, createServer } from 'node:net'
      const started = performance.now()
      const server = createServer(socket => socket.unref()).listen(0, () => {
        const client = connect(server.address().port, () => { client.unref(); server.unref() })
      })
      process.on('exit', () => console.log('soon', performance.now() - started < 700))`,
  },
  'an error that nobody catches': {
    'main.js': `process.on('exit', code => console.log('exit', code))
      setTimeout(() => { throw new Error('no') }, 5)`,
  },
  'a top-level await that never settles': {
    'main.js': `process.on('exit', code => console.log('exit', code))
      await new Promise(() => {})`,
  },
  'children that are spawned with numbers and URLs': {
    'main.js': `import { spawnSync, spawn } from 'node:child_process'
      console.log(spawnSync(process.execPath, ['child.js', 4000]).stdout.toString().trim())
      const child = spawn(process.execPath, ['child.js', 3000], { stdio: 'inherit' })
      child.on('exit', code => console.log('child', code))`,
    'child.js': `console.log('port', process.argv[2]); process.exitCode = 2`,
  },
  'what is in require.cache, also of required ES modules, and what deleting or replacing it does': {
    'main.js': `import { createRequire } from 'node:module'
      import { basename } from 'node:path'
      const require = createRequire(import.meta.url)
      require('./run.cjs')`,
    'run.cjs': `const { basename } = require('node:path')
      const names = () => Object.keys(require.cache).map(file => basename(file)).join(' ')
      const x = require('./x.mjs')
      console.log(names(), require.cache[require.resolve('./x.mjs')].exports === x, module.children.map(({ filename }) => basename(filename)))
      delete require.cache[require.resolve('./x.mjs')]
      console.log(names(), require('./x.mjs') === x, names())
      const c = require('./c.cjs')
      delete require.cache[require.resolve('./c.cjs')]
      console.log(require('./c.cjs') === c, require('./d').default, names())
      try { require('./circle.mjs') } catch ({ code, message }) { console.log(code, message.replaceAll(__dirname, '')) }
      for (const file in require.cache) delete require.cache[file]
      require('./c.cjs')
      console.log(require('./x.mjs') === x, names())
      const file = require.resolve('./x.mjs')
      require.cache[file] = { id: file, filename: file, loaded: true, children: [], exports: 'stub' }
      console.log(require('./x.mjs'), require('./' + 'x.mjs'))`,
    'x.mjs': `console.log('x evaluated'); export const x = 1`,
    'c.cjs': `console.log('c evaluated'); exports.c = 1`,
    'd/package.json': '{ "type": "module", "main": "index.js" }',
    'd/index.js': 'export default 5',
    'circle.mjs': `import './back.cjs'`,
    'back.cjs': `require('./circle.mjs')`,
  },
  'what its async hooks are told of, while it does something and while it does nothing': {
    'main.js': `import { createHook } from 'node:async_hooks'
      import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
      const types = [], known = new Set(), unknown = []
      const ask = id => { if (!known.has(id)) unknown.push(id) }
      const hook = createHook({
        // On Node 22, undici makes two promises when it is loaded.
        init(id, type) { known.add(id); if (type !== 'PROMISE') types.push(type) },
        before: ask, after: ask,
        destroy(id) { known.delete(id) },
        promiseResolve: ask,
      })
      setTimeout(() => {
        hook.enable()
        const folder = mkdtempSync('made-')
        writeFileSync(folder + '/a.txt', 'a')
        rmSync(folder, { recursive: true })
        setTimeout(() => { hook.disable(); console.log(types.join(), unknown.length, this === undefined) }, 600)
      })`,
  },
  'what runs when the iterator of arrays is deleted, and with an empty file': {
    'package.json': '{}',
    'main.js': `delete Array.prototype[Symbol.iterator]
      require('./empty.js')
      import('./empty.js').then(() => require('node:net').createServer(socket => socket.end('x')).listen(0, function () {
        require('node:net').connect(this.address().port).on('data', data => { console.log(data.toString()); this.close() })
      }))`,
    'empty.js': '',
  },
  'an entry point that only its syntax makes an ES module': {
    'package.json': '{}',
    'main.js': `import { word } from './word.js'
      console.log(word, typeof require, import.meta.url.endsWith('/main.js'))`,
    'word.js': `export const word = 'one'`,
  },
  'what runs with --frozen-intrinsics': {
    'main.js': `// flags: --frozen-intrinsics
      import { createServer } from 'node:http'
      createServer().listen(0, function () { this.close(() => console.log('closed')) })
      console.log(Object.isFrozen(Array.prototype), (await import('./a.js')).a)`,
    'a.js': 'export const a = 1',
  },
  'what a program sees of how it was started': {
    'main.js': `console.log(JSON.stringify([process.argv.slice(2), process.execArgv, process.env.NODE_OPTIONS ?? '', typeof process.send]))`,
  },
}

const ways = { register: registered, 'the command': immaculata }

describe.each(nodes)('as plain Node, on $name:', ({ node }) => {
  for (const [name, files] of Object.entries(programs)) {
    it.each(Object.entries(ways))(`${name}, with %s`, async (_, start) => {
      const cwd = folder({ ...type, ...files })
      const flags = /^\/\/ flags: (.*)$/m.exec(files['main.js']!)?.[1]?.split(' ') ?? []
      const plain = new Running([...flags, 'main.js', 'argument', '--option'], { node, cwd })
      const wanted = await plain.ended
      const running = start({ node, cwd }, ...flags, 'main.js', 'argument', '--option')
      if (name === 'an error that nobody catches' && start === immaculata) {
        await running.prints('crashed')
        running.child.kill('SIGINT')
      }
      expect(await running.ended).toEqual(wanted)
      expect(running.stdout).toBe(plain.stdout)
    })
  }
})
