/** What modules read while they are evaluated: files, folders, and names that nothing has yet. */
import { createRequire } from 'node:module'

const onlyModules = { exclude: path => path === '/left-out', onDemand: path => !/\.[cm]?js$/.test(path) }

/** A program whose tree holds only its modules, so that whatever else is read is no part of it. */
function reading({ program, put, dir }, files, others = {}) {
  for (const [path, text] of Object.entries(others)) put(path, text)
  process.chdir(dir)
  const parts = program(files, { watch: true, tree: onlyModules })
  return {
    ...parts,
    /** Does something to the disk, and resolves when it is told. */
    async after(change) {
      const told = new Promise(resolve => parts.tree.once('filesUpdated', resolve))
      change()
      await told
    },
  }
}

/** One scenario: `reader` has `value` in it; after a change it has another, and what did not read is the same as before. */
function rereads(
  reader,
  before,
  after,
  { change = text => text.put('data/a.txt', 'two'), others, name = 'reader.mjs' } = {},
) {
  return async lab => {
    const { assert, log } = lab
    const parts = reading(
      lab,
      { [`/${name}`]: reader, '/kept.mjs': `log.push('kept')` },
      { 'data/a.txt': 'one', ...others },
    )
    const value = async () => {
      const namespace = await parts.load(`/${name}`)
      const { value } = namespace.default ?? namespace
      return typeof value === 'function' ? value() : value
    }
    await parts.load('/kept.mjs')
    /** What an evaluation goes on to read when it is over comes a little later. */
    const becomes = async wanted => {
      const end = performance.now() + 3000
      while (JSON.stringify(await value()) !== JSON.stringify(wanted) && performance.now() < end)
        await new Promise(resolve => setTimeout(resolve, 1))
      assert.deepEqual(await value(), wanted)
    }
    await becomes(before)
    await parts.after(() => change(lab))
    await becomes(after)
    await parts.load('/kept.mjs')
    assert.deepEqual(log, ['kept'])
    assert.deepEqual(parts.errors, [])
  }
}

const promised = `import { access, glob, open, opendir, readdir, readFile, stat } from 'node:fs/promises'\n`
const plain = `import fs from 'node:fs'\nimport path from 'node:path'\n`

export const scenarios = {
  'a file that was read at once': rereads(
    `${plain}export const value = fs.readFileSync('data/a.txt', 'utf8')`,
    'one',
    'two',
  ),
  'a file that CommonJS read beside itself': rereads(
    `const fs = require('node:fs'); exports.value = fs.readFileSync(__dirname + '/../data/a.txt').toString()`,
    'one',
    'two',
    { name: 'reader.cjs' },
  ),
  'a file that was read by its URL, after a top-level await': rereads(
    `${promised}await null\nexport const value = await readFile(new URL('../data/a.txt', import.meta.url), 'utf8')`,
    'one',
    'two',
  ),
  'a file that was read with a callback': rereads(
    `${plain}export const value = await new Promise(done => fs.readFile('data/a.txt', 'utf8', (_, text) => done(text)))`,
    'one',
    'two',
  ),
  'a file that came as a stream': rereads(
    `${plain}let text = ''; for await (const part of fs.createReadStream('data/a.txt')) text += part; export const value = text`,
    'one',
    'two',
  ),
  'a file that was opened': rereads(
    `${promised}const file = await open('data/a.txt'); export const value = String(await file.readFile()); await file.close()`,
    'one',
    'two',
  ),
  'a file that an async function read which nobody waits for': rereads(
    `${promised}let text; async function begin() { await null; text = await readFile('data/a.txt', 'utf8') }\nbegin(); export const value = () => text`,
    'one',
    'two',
  ),
  'a file that is read after another one, by a function which nobody waits for': rereads(
    `${promised}let text; async function begin() { const name = await readFile('data/name.txt', 'utf8'); text = await readFile(name, 'utf8') }\nbegin(); export const value = () => text`,
    'one',
    'two',
    { others: { 'data/name.txt': 'data/a.txt' } },
  ),
  'a file that a package read for the module': rereads(
    `import { read } from 'pkg'; export const value = read('data/a.txt')`,
    'one',
    'two',
    {
      others: {
        'node_modules/pkg/package.json': '{ "exports": "./index.js", "type": "module" }',
        'node_modules/pkg/index.js': `import { readFileSync } from 'node:fs'; export const read = name => readFileSync(name, 'utf8')`,
      },
    },
  ),
  'a file that the editor replaces by another one': rereads(
    `${plain}export const value = fs.readFileSync('data/a.txt', 'utf8')`,
    'one',
    'two',
    {
      change({ put, renameSync, dir }) {
        put('data/a.txt.new', 'two')
        renameSync(`${dir}/data/a.txt.new`, `${dir}/data/a.txt`)
      },
    },
  ),
  'a file that was looked for and was not there': rereads(
    `${plain}export const value = fs.existsSync('data/local.txt') ? fs.readFileSync('data/local.txt', 'utf8') : 'none'`,
    'none',
    'here',
    { change: ({ put }) => put('data/local.txt', 'here') },
  ),
  'a file that could not be read, as it was not there': rereads(
    `${promised}export const value = await readFile('data/more/local.txt', 'utf8').catch(error => error.code)`,
    'ENOENT',
    'here',
    { change: ({ put }) => put('data/more/local.txt', 'here') },
  ),
  'the names in a folder': rereads(
    `${plain}export const value = fs.readdirSync('data')`,
    ['a.txt'],
    ['a.txt', 'b.txt'],
    { change: ({ put }) => put('data/b.txt', '') },
  ),
  'the names in a folder and below, deeper ones too': rereads(
    `${promised}export const value = (await readdir('data', { recursive: true })).sort()`,
    ['a.txt', 'deep', 'deep/b.txt'],
    ['a.txt', 'deep', 'deep/b.txt', 'deep/c.txt'],
    { others: { 'data/deep/b.txt': '' }, change: ({ put }) => put('data/deep/c.txt', '') },
  ),
  'a folder that was walked with opendir': rereads(
    `${promised}const names = []; for await (const entry of await opendir('data')) names.push(entry.name)\nexport const value = names.sort()`,
    ['a.txt'],
    ['a.txt', 'b.txt'],
    { change: ({ put }) => put('data/b.txt', '') },
  ),
  'the files that a glob found': rereads(
    `${plain}export const value = fs.globSync('data/**/*.txt').map(name => name.replaceAll(path.sep, '/')).sort()`,
    ['data/a.txt', 'data/deep/b.txt'],
    ['data/a.txt', 'data/deep/b.txt', 'data/deep/c.txt'],
    { others: { 'data/deep/b.txt': '' }, change: ({ put }) => put('data/deep/c.txt', '') },
  ),
  'the files that an async glob found': rereads(
    `${promised}const names = []; for await (const name of glob('data/*.txt')) names.push(name.replaceAll('\\\\', '/'))\nexport const value = names.sort()`,
    ['data/a.txt'],
    ['data/a.txt', 'data/b.txt'],
    { change: ({ put }) => put('data/b.txt', '') },
  ),

  async 'two modules that read one file are both stale, and their importer'(lab) {
    const { assert, put } = lab
    const read = `import { readFileSync } from 'node:fs'; export const value = readFileSync('data/a.txt', 'utf8')`
    const { load, after } = reading(
      lab,
      {
        '/all.mjs': `import * as a from './a.mjs'; import * as b from './b.mjs'; export const all = a.value + b.value`,
        '/a.mjs': read,
        '/b.mjs': read,
      },
      { 'data/a.txt': 'one' },
    )
    assert.equal((await load('/all.mjs')).all, 'oneone')
    await after(() => put('data/a.txt', 'two'))
    assert.equal((await load('/all.mjs')).all, 'twotwo')
  },

  async 'a file of the tree that a module reads is its dependency, like one that it imports'(lab) {
    const { assert } = lab
    const { load, save } = lab.program(
      {
        '/reader.mjs': `import fs from 'node:fs'; export const value = fs.readFileSync(new URL('./a.txt', import.meta.url), 'utf8')`,
        '/a.txt': 'one',
      },
      { watch: true },
    )
    assert.equal((await load('/reader.mjs')).value, 'one')
    await save('/a.txt', 'two')
    assert.equal((await load('/reader.mjs')).value, 'two')
  },

  async 'what the tree leaves out is not a dependency, although a module reads it'(lab) {
    const { assert, put, log } = lab
    const { load, save } = reading(lab, {
      '/reader.mjs': `import fs from 'node:fs'; fs.readFileSync(new URL('./left-out/a.txt', import.meta.url)); log.push('reads')`,
      '/left-out/a.txt': 'one',
      '/other.mjs': '',
    })
    await load('/reader.mjs')
    put('app/left-out/a.txt', 'two')
    await save('/other.mjs', '1')
    await load('/reader.mjs')
    assert.deepEqual(log, ['reads'])
  },

  async 'a file that is read later, in a request, is not a dependency'(lab) {
    const { assert, put, log } = lab
    const { load, save } = reading(
      lab,
      {
        '/server.mjs': `import fs from 'node:fs'; import http from 'node:http'
          log.push('evaluated')
          export const server = http.createServer((_, response) => response.end(fs.readFileSync('data/a.txt', 'utf8'))).listen(0)
          await new Promise(done => server.on('listening', done))`,
        '/other.mjs': '',
      },
      { 'data/a.txt': 'one' },
    )
    const { server } = await load('/server.mjs')
    const ask = async () => (await fetch(`http://localhost:${server.address().port}`)).text()
    assert.equal(await ask(), 'one')
    put('data/a.txt', 'two')
    await save('/other.mjs', '1')
    await load('/server.mjs')
    assert.equal(await ask(), 'two')
    assert.deepEqual(log, ['evaluated'])
    server.close()
  },

  async 'a file that the newest evaluation did not read is not a dependency any more'(lab) {
    const { assert, put, log } = lab
    const { load, save } = reading(
      lab,
      { '/reader.mjs': `import fs from 'node:fs'; fs.readFileSync('data/a.txt'); log.push('reads')`, '/other.mjs': '' },
      { 'data/a.txt': 'one' },
    )
    await load('/reader.mjs')
    await save('/reader.mjs', `log.push('reads no more')`)
    await load('/reader.mjs')
    put('data/a.txt', 'two')
    await save('/other.mjs', '1')
    await load('/reader.mjs')
    assert.deepEqual(log, ['reads', 'reads no more'])
  },

  async 'a touch that leaves the bytes of a file as they are makes nothing stale'(lab) {
    const { assert, put, log } = lab
    const { after, load, save } = reading(
      lab,
      { '/reader.mjs': `import fs from 'node:fs'; fs.readFileSync('data/a.txt'); log.push('reads')`, '/other.mjs': '' },
      { 'data/a.txt': 'one' },
    )
    await load('/reader.mjs')
    await after(() => put('data/a.txt', 'two'))
    await load('/reader.mjs')
    put('data/a.txt', 'two')
    await save('/other.mjs', '1')
    await load('/reader.mjs')
    assert.deepEqual(log, ['reads', 'reads'])
  },

  async 'a change of a file that a package read when it was loaded needs a restart, and the reason names both'(lab) {
    const { assert, put } = lab
    const { hot, load, after } = reading(
      lab,
      { '/a.mjs': `import { createRequire } from 'node:module'; createRequire(import.meta.url)('settings')` },
      {
        'data/a.txt': 'one',
        'node_modules/settings/index.js': `exports.text = require('node:fs').readFileSync('data/a.txt', 'utf8')`,
      },
    )
    const reasons = []
    hot.on('restartNeeded', reason => reasons.push(reason))
    await load('/a.mjs')
    await after(() => put('data/a.txt', 'two'))
    assert.deepEqual(reasons, ['../data/a.txt changed, and settings read it when it was loaded'])
  },

  async 'the stack of an error of a file function begins with the call in the program'(lab) {
    const { assert } = lab
    const { load } = reading(lab, {
      '/reader.mjs': `import fs from 'node:fs'; export let stack; try { fs.readFileSync('nowhere') } catch (error) { ({ stack } = error) }`,
    })
    const { stack } = await load('/reader.mjs')
    assert.match(stack.split('\n')[1], /reader\.mjs:1:\d+/)
    assert.ok(createRequire(import.meta.url)('node:fs').readFileSync.name === 'readFileSync')
  },
}
