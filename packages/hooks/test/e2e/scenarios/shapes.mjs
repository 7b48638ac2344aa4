/** What programs look like, what happens to their files, and what is wrong with them. */
import { renameSync, statSync, utimesSync, writeFileSync } from 'node:fs'

const failures = {
  'a syntax error': { text: 'export const v = = 1', code: 'SyntaxError' },
  'a missing export': { text: `import { nope } from './fine.mjs'; export const v = nope`, code: 'SyntaxError' },
  'a missing file': { text: `export { v } from './nowhere.mjs'`, code: 'ERR_MODULE_NOT_FOUND' },
  'a throwing top level': { text: `throw new RangeError('no'); export const v = 1`, code: 'RangeError' },
  'a rejected top-level await': {
    text: `await Promise.reject(new TypeError('no')); export const v = 1`,
    code: 'TypeError',
  },
}

const chain = {
  '/leaf.mjs': v => `export const v = ${v}`,
  '/middle.mjs': v => `export { v } from './leaf.mjs'; export const middle = ${v}`,
  '/entry.mjs': v => `export * from './middle.mjs'; export const entry = ${v}`,
}

const failing = Object.fromEntries(
  Object.entries(failures).map(([name, { text, code }]) => [
    `report ${name} in the leaf, the middle or the entry as Node does, and are cured by the one save that mends it`,
    async ({ assert, codeOf, program }) => {
      const files = Object.fromEntries(Object.entries(chain).map(([path, text]) => [path, text(0)]))
      const { tree, load } = program({ ...files, '/fine.mjs': '' })
      let life = 0
      for (const [path, sound] of Object.entries(chain)) {
        assert.equal(
          (await load('/entry.mjs')).entry,
          Number(/entry = (\d+)/.exec(tree.files.get('/entry.mjs').text)[1]),
        )
        await tree.write(path, text)
        assert.equal(await codeOf(load('/entry.mjs')), code)
        assert.equal(await codeOf(load('/entry.mjs')), code) // as often as it is asked
        await tree.write(path, sound(++life))
        const { v } = await load('/entry.mjs')
        assert.equal(v, Number(/v = (\d+)/.exec(tree.files.get('/leaf.mjs').text)[1]))
      }
    },
  ]),
)

export const scenarios = {
  ...failing,

  async 'show the place of an error that names none, with a code frame'({ assert, program }) {
    const { tree, hot, load, errors: told } = program({ '/a.mjs': `import './b.mjs'`, '/b.mjs': 'export const ok = 1' })
    await load('/a.mjs')
    tree.on('filesUpdated', () => load('/a.mjs'))
    await tree.write('/b.mjs', '\n  export const v = = 1')
    while (told.length === 0) await new Promise(setImmediate)
    const [error] = told
    const { file, line, column, frame } = hot.placeOf(error)
    assert.deepEqual([line, column, frame], [2, 20, '  export const v = = 1\n                   ^'])
    assert.ok(file.endsWith('/b.mjs'))
    assert.ok(error.stack.startsWith(`${file}:2\n${frame}\n\nSyntaxError: `))
  },

  async 'load the newest version of a module that was edited ten times before its first import'({
    assert,
    log,
    program,
    versionIn,
  }) {
    const { tree, load } = program({ '/a.mjs': '', '/c.cjs': '' })
    for (let v = 1; v <= 10; v++) {
      await tree.write('/a.mjs', `log.push('a'); export const v = ${v}, url = import.meta.url`)
      await tree.write('/c.cjs', `log.push('c'); exports.v = ${v}`)
    }
    const a = await load('/a.mjs')
    assert.deepEqual([a.v, (await load('/c.cjs')).v], [10, 10])
    assert.equal(versionIn(a.url), tree.files.get('/a.mjs').version)
    assert.deepEqual(log, ['a', 'c'])
  },

  async 'evaluate each module of a cycle once: ES modules, CommonJS, both, and a module that imports itself'({
    assert,
    log,
    program,
  }) {
    const texts = {
      '/a.mjs': v =>
        `import { b } from './b.mjs'; log.push('a'); export const a = ${v}; export const all = () => a + b()`,
      '/b.mjs': v => `import { a } from './a.mjs'; log.push('b'); export const b = () => a + ${v}`,
      '/c.cjs': v => `exports.c = ${v}; log.push('c'); const { d } = require('./d.cjs'); exports.all = () => d()`,
      '/d.cjs': v => `const c = require('./c.cjs'); log.push('d'); exports.d = () => c.c + ${v}`,
      '/e.mjs': v =>
        `import f from './f.cjs'; log.push('e'); export const e = ${v}; export const all = () => f.f() + e`,
      '/f.cjs': v => `log.push('f'); exports.f = () => ${v}; exports.later = () => import('./e.mjs')`,
      '/self.mjs': v =>
        `import * as self from './self.mjs'; log.push('self'); export const v = ${v}; export const all = () => self.v`,
    }
    const { tree, load } = program(Object.fromEntries(Object.entries(texts).map(([path, text]) => [path, text(1)])))
    const read = async () => {
      const found = []
      for (const path of ['/a.mjs', '/c.cjs', '/e.mjs', '/self.mjs']) {
        const module = await load(path)
        found.push((module.all ?? module.default.all)())
      }
      const { later } = (await load('/f.cjs')).default
      assert.equal(await later(), await load('/e.mjs'))
      return found
    }
    assert.deepEqual(await read(), [3, 2, 2, 1])
    assert.equal(log.splice(0).length, 7)
    const cycles = { '/b.mjs': ['b', 'a'], '/d.cjs': ['c', 'd'], '/f.cjs': ['f', 'e'], '/self.mjs': ['self'] }
    for (const [path, evaluated] of Object.entries(cycles)) {
      await tree.write(path, texts[path](2))
      await read()
      assert.deepEqual(log.splice(0), evaluated)
    }
    assert.deepEqual(await read(), [4, 3, 3, 2])
  },

  async 'leave modules in node_modules and outside the tree as they are, evaluated once'({
    assert,
    log,
    program,
    put,
  }) {
    const text = name => `log.push('${name}'); export const url = import.meta.url`
    put('outside.mjs', text('outside'))
    put('app/node_modules/package/package.json', '{ "type": "module", "exports": "./index.js" }')
    put('app/node_modules/package/index.js', text('package'))
    const { tree, load } = program({
      '/a.mjs': `import { url as one } from 'package'; import { url as two } from '../outside.mjs'; export const urls = [one, two]`,
    })
    for (let edit = 0; edit < 3; edit++) {
      const { urls } = await load('/a.mjs')
      assert.doesNotMatch(urls.join(), /ver=/)
      await tree.write('/a.mjs', `${tree.files.get('/a.mjs').text}\n// ${edit}`)
      await load('/a.mjs')
    }
    assert.deepEqual(log, ['package', 'outside'])
  },

  async 'need a restart when a package.json in any of their folders changes'({ assert, program }) {
    const { tree, hot, load } = program({
      '/m/package.json': '{ "type": "module" }',
      '/m/a.js': 'export const v = 1',
      '/c/package.json': '{ "type": "commonjs" }',
      '/c/a.js': 'exports.v = 1',
    })
    const reasons = []
    hot.on('restartNeeded', reason => reasons.push(reason))
    tree.on('restartNeeded', reason => reasons.push(reason))
    assert.deepEqual([(await load('/m/a.js')).v, (await load('/c/a.js')).v], [1, 1])
    await tree.write('/m/a.js', 'export const v = 2')
    assert.deepEqual(reasons, [])
    await tree.write('/c/package.json', '{ "type": "module" }')
    assert.equal(reasons.length, 2)
    assert.match(reasons[0], /^\/c\/package\.json changed/)
    assert.equal((await load('/m/a.js')).v, 2)
  },

  async 'take a checkout of 2,000 files as one update, and evaluate each module once'({
    assert,
    log,
    program,
    put,
    until,
  }) {
    const count = 2000
    const text = v => `globalThis.evaluated++; export const v = ${v}`
    const files = {}
    for (let i = 0; i < count; i++) files[`/files/${i}.mjs`] = text(1)
    files['/all.mjs'] = Array.from({ length: count }, (_, i) => `import { v as v${i} } from './files/${i}.mjs'`).join(
      '\n',
    )
    files['/all.mjs'] += `\nexport const sum = ${Array.from({ length: count }, (_, i) => `v${i}`).join('+')}`
    globalThis.evaluated = 0
    const { tree, load } = program(files, { watch: true })
    assert.equal((await load('/all.mjs')).sum, count)
    for (let i = 0; i < count; i++) put(`app/files/${i}.mjs`, text(2))
    await until(() => tree.files.get(`/files/${count - 1}.mjs`).text === text(2), 'the last file is published')
    await until(() => [...tree.files.values()].every(({ path, text }) => path === '/all.mjs' || text.endsWith('2')))
    assert.equal((await load('/all.mjs')).sum, 2 * count)
    assert.equal(globalThis.evaluated, 2 * count)
    assert.deepEqual(log, [])
  },

  async 'see a file that is replaced by one of the same size and time, and re-evaluate nothing for a touch'({
    assert,
    dir,
    join,
    log,
    program,
    until,
  }) {
    const text = v => `log.push(${v}); export const v = ${v}`
    const { tree, load } = program({ '/a.mjs': text(1), '/b.mjs': '' }, { watch: true })
    assert.equal((await load('/a.mjs')).v, 1)
    const file = join(dir, 'app/a.mjs')
    const { atime, mtime } = statSync(file)
    writeFileSync(`${file}~`, text(2))
    utimesSync(`${file}~`, atime, mtime)
    renameSync(`${file}~`, file)
    await until(() => tree.files.get('/a.mjs').text === text(2), 'the replacement is published')
    const a = await load('/a.mjs')
    assert.equal(a.v, 2)
    utimesSync(file, new Date(), new Date())
    writeFileSync(file, text(2))
    writeFileSync(join(dir, 'app/b.mjs'), '1')
    await until(() => tree.files.get('/b.mjs').text === '1')
    assert.equal(await load('/a.mjs'), a)
    assert.deepEqual(log, [1, 2])
  },
}
