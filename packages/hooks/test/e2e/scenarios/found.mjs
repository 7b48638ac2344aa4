/** Programs that the fuzzer found, made small. Each of them once broke the law that hot equals cold. */

import { execFileSync } from 'node:child_process'
export const scenarios = {
  async 'a module that requires, during its evaluation, a module that import() could not link stays one instance'({
    assert,
    codeOf,
    log,
    program,
  }) {
    const { tree, load, require } = program({
      '/root.mjs': `import './d.mjs'`,
      '/d.mjs': `import './missing.cjs'`,
      '/f.mjs': `import { createRequire } from 'node:module'
        export const v = 1
        try { createRequire(import.meta.url)('./d.mjs') } catch (error) { log.push('f ' + error.code) }`,
      '/e.cjs': `exports.both = [require('./f.mjs'), require('./f.mjs')]`,
      '/i.cjs': `try { require('./d.mjs') } catch (error) { log.push('i ' + error.code) }`,
    })
    assert.equal(await codeOf(load('/root.mjs')), 'ERR_MODULE_NOT_FOUND')
    const [one, other] = require('/e.cjs').both
    assert.equal(one, other)
    const i = await load('/i.cjs')
    const expected = ['f ERR_MODULE_NOT_FOUND', 'i ERR_MODULE_NOT_FOUND']
    assert.deepEqual(log, expected)
    await tree.write('/unrelated.mjs', '')
    assert.equal(await load('/i.cjs'), i)
    assert.deepEqual(log, expected)
  },

  async 'a required ES module imports all exports of CommonJS TypeScript, edit after edit'({ assert, program }) {
    if (!process.features.typescript) return
    const { tree, require } = program({
      '/h.cts': `const v: number = 0; exports.v = v; exports.d = require('./d.cjs').v`,
      '/d.cjs': 'exports.v = 0',
      '/f.mjs': `export { v, d } from './h.cts'`,
    })
    for (let v = 0; v < 3; v++) {
      await tree.write('/d.cjs', `exports.v = ${v}`)
      assert.deepEqual({ ...require('/f.mjs') }, { v: 0, d: v })
    }
  },

  async 'a missing file that is imported through a symbolic link is found once it is created, on the disk and in memory'({
    assert,
    dir,
    join,
    program,
    symlinkSync,
  }) {
    const { tree, load, save } = program(
      {
        '/a.mjs': `import { createRequire } from 'node:module'
          const require = createRequire(import.meta.url)
          const name = error => error.code
          export const imported = await import('../link/b.mjs').then(b => b.v, name)
          const attempt = f => { try { return f() } catch (error) { return error.code } }
          export const required = attempt(() => require('../link/c').v)
          export const resolved = attempt(() => require.resolve('../link/c').slice(-5))`,
      },
      { watch: true },
    )
    symlinkSync('app', join(dir, 'link'))
    const seen = async () => Object.values({ ...(await load('/a.mjs')) })
    assert.deepEqual(await seen(), ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'])
    await save('/b.mjs', 'export const v = 1')
    assert.equal((await seen())[0], 1)
    await tree.write('/c.cjs', 'exports.v = 2')
    assert.equal((await seen())[1], 'MODULE_NOT_FOUND') // require() does not try .cjs
    await tree.write('/c.js', 'exports.v = 2')
    assert.deepEqual(await seen(), [1, 2, '/c.js'])
    await tree.remove('/b.mjs')
    assert.equal((await seen())[0], 'ERR_MODULE_NOT_FOUND')
  },

  async 'a module that threw when it was required throws when it is imported after an update'({
    assert,
    codeOf,
    program,
  }) {
    const { tree, load, require } = program({ '/a.mjs': `throw new RangeError('own')` })
    assert.equal(await codeOf((async () => require('/a.mjs'))()), 'RangeError')
    await tree.write('/other.mjs', '')
    assert.equal(await codeOf(load('/a.mjs')), 'RangeError')
    await tree.write('/other.mjs', '// once more')
    assert.equal(await codeOf((async () => require('/a.mjs'))()), 'RangeError')
  },

  async 'a module of an unknown extension is re-evaluated by require() after an edit'({ assert, codeOf, program }) {
    const { tree, require } = program({ '/a.odd': '' })
    for (let v = 0; v < 3; v++) {
      await tree.write('/a.odd', `export const v = ${v}`)
      assert.equal(require('/a.odd').v, v)
    }
    await tree.write('/a.odd', `await 0`)
    assert.equal(await codeOf((async () => require('/a.odd'))()), 'ERR_REQUIRE_ASYNC_MODULE')
    await tree.write('/a.odd', `import './b.mjs'; await 0`)
    assert.equal(await codeOf((async () => require('/a.odd'))()), 'ERR_MODULE_NOT_FOUND')
  },

  async 'CommonJS TypeScript that was required can be imported by a required ES module'({ assert, program }) {
    if (!process.features.typescript) return
    const { tree, require } = program({
      '/f.ts': 'const v: number = 1; exports.v = v',
      '/m.ts': 'export const v: number = 1',
      '/a.mjs': `export { v } from './f.ts'; export { v as m } from './m.ts'`,
    })
    for (let i = 0; i < 2; i++) {
      assert.equal(require('/f.ts').v, 1)
      assert.deepEqual({ ...require('/a.mjs') }, { m: 1, v: 1 })
      await tree.write('/f.ts', 'const v: number = 1; exports.v = v //')
    }
  },

  async 'a circle through require() of an ES module gives the same error as in plain Node, edit after edit'({
    assert,
    log,
    program,
  }) {
    const { tree, load, require } = program({
      '/a.mjs': `export * as c from './c.cjs'; log.push('a')`,
      '/c.cjs': `try { exports.a = require('./a.mjs') } catch (error) { exports.code = error.code }; log.push('c')`,
    })
    for (let i = 0; i < 3; i++) {
      await tree.write('/c.cjs', `${tree.files.get('/c.cjs').text}; exports.v = ${i}`)
      const a = await load('/a.mjs')
      assert.deepEqual([a.c.default.code, a.c.default.v], ['ERR_REQUIRE_CYCLE_MODULE', i])
      assert.equal(require('/a.mjs'), a)
      assert.deepEqual(log.splice(0), ['c', 'a'])
    }
  },

  async 'a CommonJS module that failed when it was required fails every ES module that imports it later'({
    assert,
    codeOf,
    program,
  }) {
    const { tree, load, require } = program({ '/b.cjs': `exports.v = require('./none.cjs')` })
    const failed = 'MODULE_NOT_FOUND'
    assert.equal(await codeOf((async () => require('/b.cjs'))()), failed)
    for (let v = 0; v < 3; v++) {
      await tree.write('/d.mjs', `import b from './b.cjs'; export const v = ${v}; export { b }`)
      assert.equal(await codeOf((async () => require('/d.mjs'))()), failed)
      assert.equal(await codeOf((async () => require('/b.cjs'))()), failed)
    }
    await tree.write('/none.cjs', 'module.exports = 1')
    assert.deepEqual((await load('/d.mjs')).b, { v: 1 })
  },

  async 'require() of a module with a top-level await throws what its import() threw, where plain Node does so'({
    assert,
    join,
    program,
    dir,
  }) {
    const files = {
      '/a.mjs': `import { createRequire } from 'node:module'
        export const imported = await import('./b.mjs').catch(error => error.message)
        export let required
        try { createRequire(import.meta.url)('./b.mjs') } catch (error) { required = error.code ?? error.message }`,
      '/b.mjs': `await Promise.reject(new Error('no'))`,
    }
    const plain = program(files, { name: 'plain', register: false })
    const fresh = execFileSync(
      process.execPath,
      ['-e', `import(${JSON.stringify(plain.urlOf('/a.mjs'))}).then(a => console.log(a.imported, a.required))`],
      { cwd: join(dir), encoding: 'utf8' },
    )
    const { load } = program(files)
    const { imported, required } = await load('/a.mjs')
    const [first, second] = fresh.trim().split(' ')
    assert.equal(imported, first)
    // 22.15.0 and 24.0.0 ask to report this as a bug of Node.
    if (second === 'ERR_INTERNAL_ASSERTION') assert.match(required, /^(?:no|ERR_REQUIRE_ASYNC_MODULE)$/)
    else assert.equal(required, second)
  },

  async "a file that a package's imports lead to, removed in memory only, is evaluated as soon as it is back"({
    assert,
    codeOf,
    program,
  }) {
    const { tree, load } = program({
      '/package.json': '{ "imports": { "#x": "./x.mjs" } }',
      '/a.cjs': `exports.x = import('#x').catch(error => error.code)`,
      '/x.mjs': `export const v = 1`,
    })
    const x = async () => (await load('/a.cjs')).default.x
    assert.equal((await x()).v, 1)
    await tree.remove('/x.mjs')
    assert.equal(await x(), 'ERR_MODULE_NOT_FOUND')
    await tree.write('/x.mjs', 'export const v = 2')
    assert.equal((await x()).v, 2)
    assert.equal(await codeOf(load('/x.mjs')), 'no error')
  },

  async 'the import of a folder fails as the import of a folder, also with a slash at its end'({
    assert,
    codeOf,
    program,
  }) {
    const { load } = program({
      '/dir/a.mjs': `export * from './'`,
      '/dir/b.mjs': `export * from '../dir'`,
    })
    for (const path of ['/dir/a.mjs', '/dir/b.mjs']) {
      assert.equal(await codeOf(load(path)), 'ERR_UNSUPPORTED_DIR_IMPORT')
    }
  },

  async 'a former dependency of an edited module does not make stale a module that only resolves its name'({
    assert,
    log,
    program,
  }) {
    const { tree, load } = program({
      '/s.cjs': `log.push('s'); exports.a = require('./a.cjs')`,
      '/a.cjs': `exports.p = require('./p.cjs')`,
      '/p.cjs': `try { exports.h = require('./h.cjs') } catch {}`,
    })
    await load('/s.cjs')
    await tree.write('/p.cjs', 'exports.v = 1')
    await tree.write('/a.cjs', `exports.p = require.resolve('./p.cjs')`)
    await load('/s.cjs')
    assert.deepEqual(log.splice(0), ['s', 's'])
    await tree.write('/h.cjs', 'exports.v = 1')
    await load('/s.cjs')
    assert.deepEqual(log, [])
    await tree.write('/p.cjs', 'exports.v = 2')
    await load('/s.cjs')
    assert.deepEqual(log, ['s'])
  },

  async 'CommonJS TypeScript that does not parse fails when it is loaded, and below a required ES module as in plain Node'({
    assert,
    codeOf,
    program,
  }) {
    if (!process.features.typescript) return
    const files = {
      '/a.mjs': `import b from './b.mjs'; export { b }`,
      '/b.mjs': `import * as c from './c.cts'; export { c }`,
      '/c.cts': 'exports.v = 1; const = 1',
      '/d.mjs': `import { v, v as same } from './c.cts'; export { v, same }`,
    }
    const plain = program(files, { name: 'plain', register: false })
    const fresh = await codeOf((async () => plain.require('/a.mjs'))())
    const { tree, load, require } = program(files)
    for (let i = 0; i < 2; i++) {
      assert.equal(await codeOf((async () => require('/a.mjs'))()), fresh)
      await tree.write('/c.cts', `exports.v = -1; const = ${i}`)
      assert.equal(await codeOf((async () => require('/d.mjs'))()), 'ERR_INVALID_TYPESCRIPT_SYNTAX')
      await tree.write('/c.cts', `exports.v = -2; const = ${i}`)
      // Node notices later that something else is missing.
      assert.equal(await codeOf(load('/a.mjs')), 'ERR_INVALID_TYPESCRIPT_SYNTAX')
      await tree.write('/c.cts', `exports.v = ${i}; const = 1`)
    }
    await tree.write('/c.cts', 'const v: number = 7; exports.v = v')
    assert.equal((await load('/b.mjs')).c.v, 7)
  },

  async 'the import of a folder gives another error once the folder is gone, and the first one when it is back'({
    assert,
    log,
    program,
  }) {
    const { tree, load } = program({
      '/a.mjs': `log.push('a'); export const code = await import('./s').catch(error => error.code)`,
      '/s/one.txt': '',
      '/s/t/two.txt': '',
    })
    const code = async () => (await load('/a.mjs')).code
    assert.equal(await code(), 'ERR_UNSUPPORTED_DIR_IMPORT')
    await tree.remove('/s/one.txt')
    assert.equal(await code(), 'ERR_UNSUPPORTED_DIR_IMPORT')
    assert.deepEqual(log.splice(0), ['a'])
    await tree.remove('/s/t/two.txt')
    assert.equal(await code(), 'ERR_MODULE_NOT_FOUND')
    await tree.write('/s/t/two.txt', '2')
    assert.equal(await code(), 'ERR_UNSUPPORTED_DIR_IMPORT')
    assert.deepEqual(log, ['a', 'a'])
  },

  async 'imported CommonJS packages may require packages that are ES modules, which import CommonJS in turn'({
    assert,
    program,
    put,
  }) {
    put('node_modules/outer/index.js', `exports.inner = require('inner')`)
    const exported = { 'module-sync': './require.mjs', default: './index.js' }
    put('node_modules/inner/package.json', JSON.stringify({ exports: exported }))
    put('node_modules/inner/require.mjs', `import inner from './index.js'; export { inner as 'module.exports' }`)
    put('node_modules/inner/index.js', 'module.exports = () => 7')
    const { tree, load } = program({ '/a.mjs': `import { inner } from 'outer'; export const v = inner()` })
    const { v } = await load('/a.mjs')
    assert.equal(v, 7)
    await tree.write('/a.mjs', `import outer, { inner } from 'outer'; export const v = inner() + outer.inner()`)
    assert.equal((await load('/a.mjs')).v, 14)
  },

  async 'a module that does not link reports the reason at every require(), and after an import() where plain Node does'({
    assert,
    codeOf,
    program,
  }) {
    const files = {
      '/a.mjs': `export { x } from './b.mjs'`,
      '/b.mjs': '',
      '/c.mjs': `export { x } from './b.mjs'`,
    }
    const plain = program(files, { name: 'plain', register: false })
    const name = JSON.stringify(plain.urlOf('/a.mjs'))
    const script = `import(${name}).catch(() => require(url.fileURLToPath(${name}))).catch(e => console.log(e.name))`
    const fresh = execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' }).trim()

    const { tree, load, require } = program(files)
    const failed = path => codeOf((async () => require(path))())
    // 22.15.0 and 24.0.0 ask to report this as a bug of Node.
    if (fresh === 'SyntaxError') assert.equal(await codeOf(load('/a.mjs')), fresh)
    for (let i = 0; i < 3; i++) {
      assert.deepEqual([await failed('/a.mjs'), await failed('/c.mjs')], ['SyntaxError', 'SyntaxError'])
    }
    await tree.write('/b.mjs', 'export const x = 1')
    assert.deepEqual([require('/a.mjs').x, require('/c.mjs').x], [1, 1])
  },

  async 'the syntax of ES modules fails in CommonJS TypeScript as in plain Node'({ assert, codeOf, program }) {
    if (!process.features.typescript) return
    process.removeAllListeners('warning') // Node has one for it, with hooks and without
    const files = {
      '/a.mjs': `export * as b from './b.cts'`,
      '/b.cts': 'export const v: string = import.meta.url',
      '/c.mjs': `export * as d from './d.cts'`,
      '/d.cts': 'exports.text = `\nexport 1` as string',
    }
    const plain = program(files, { name: 'plain', register: false })
    const { load, require } = program(files)
    const failed = async f => codeOf((async () => f('/a.mjs'))())
    const fresh = await failed(plain.require)
    // 24.0.0 asks to report this as a bug of Node.
    if (fresh !== 'ERR_INTERNAL_ASSERTION') assert.equal(await failed(require), fresh)
    assert.equal(await failed(load), 'SyntaxError')
    assert.equal(require('/c.mjs').d.text, '\nexport 1')
  },

  async "require.resolve() finds a memory-only file that a package's imports lead to"({ assert, codeOf, program }) {
    const { tree, load } = program({
      '/package.json': '{ "imports": { "#x": "./x.cjs" } }',
      '/a.cjs': `exports.x = require.resolve('#x').slice(-6)`,
    })
    assert.equal(await codeOf(load('/a.cjs')), 'MODULE_NOT_FOUND')
    await tree.write('/x.cjs', '')
    assert.equal((await load('/a.cjs')).x, '/x.cjs')
    await tree.remove('/x.cjs')
    assert.equal(await codeOf(load('/a.cjs')), 'MODULE_NOT_FOUND')
  },

  async 'require.resolve() prefers a memory-only file to a worse name on the disk'({ assert, program }) {
    const { tree, load } = program({
      '/a.cjs': `exports.x = require('node:path').basename(require.resolve('./x'))`,
      '/x.json': '{}',
    })
    const found = async () => (await load('/a.cjs')).x
    assert.equal(await found(), 'x.json')
    await tree.write('/x.js', '')
    assert.equal(await found(), 'x.js')
    await tree.remove('/x.js')
    assert.equal(await found(), 'x.json')
  },

  async 'CommonJS that was required stays one instance when its importer and its dependency do not link'({
    assert,
    codeOf,
    log,
    program,
  }) {
    const { tree, load, require } = program({
      '/one.mjs': `import './two.mjs'`,
      '/two.mjs': `import './missing.json'; import './a.cjs'`,
      '/a.cjs': `log.push('a'); exports.one = () => import('./one.mjs')`,
    })
    for (let i = 0; i < 3; i++) {
      assert.equal(await codeOf(require('/a.cjs').one()), 'ERR_MODULE_NOT_FOUND')
      assert.equal(await codeOf((async () => require('/two.mjs'))()), 'ERR_MODULE_NOT_FOUND')
      assert.equal(await codeOf(load('/one.mjs')), 'ERR_MODULE_NOT_FOUND')
      await tree.write('/unrelated.cjs', `${i}`)
    }
    assert.deepEqual(log, ['a'])
  },

  async 'what an ES module imports beside a missing file can be imported by itself, although require() asked first'({
    assert,
    codeOf,
    log,
    program,
  }) {
    const { tree, load, require } = program({
      '/one.cjs': `exports.lost = () => require('./two.mjs')`,
      '/two.mjs': `import './data.json' with { type: 'json' }; import './a.cjs'; import './b.mjs'; import './c.cjs'; import 'dep'; import './missing.mjs'`,
      '/data.json': '{}',
      '/a.cjs': `log.push('a')`,
      '/b.mjs': `log.push('b'); export default 1`,
      '/c.cjs': `log.push('c'); exports.c = 2`,
      '/all.mjs': `const get = async load => { try { return (await load()).default } catch (error) { return error.code } }
        export const data = await get(() => import('./data.json', { with: { type: 'json' } }))
        export const a = await get(() => import('./a.cjs'))
        export const b = await get(() => import('./b.mjs'))
        export const c = await get(() => import('./c.cjs'))
        export const dep = await get(() => import('dep'))`,
      '/node_modules/dep/package.json': '{ "type": "module", "exports": "./index.js" }',
      '/node_modules/dep/index.js': `log.push('dep'); export default 3`,
    })
    const required = { data: require('/data.json'), c: require('/c.cjs') }
    assert.equal(await codeOf((async () => require('/one.cjs').lost())()), 'ERR_MODULE_NOT_FOUND')
    await tree.write('/unrelated.cjs', '')
    const { data, a, b, c, dep } = await load('/all.mjs')
    assert.deepEqual({ a, b, dep }, { a: {}, b: 1, dep: 3 })
    assert.equal(data, required.data)
    assert.equal(c, required.c)
    assert.deepEqual(log, ['c', 'a', 'b', 'dep'])
  },

  async 'of two modules that fail, the one that failed first is reported, as in plain Node, until it is edited'({
    assert,
    log,
    program,
  }) {
    const files = {
      '/waits.mjs': `globalThis.log?.push('waits'); await null; throw new Error('waits')`,
      '/broken.mjs': `throw new Error('broken')`,
      '/before.mjs': `import './waits.mjs'`,
    }
    const both = `import './waits.mjs'; import './broken.mjs'`
    const plain = program({ ...files, '/both.mjs': both }, { name: 'plain', register: false })
    const told = (...paths) => {
      const attempts = paths.map(path => `await import('${plain.urlOf(path)}').catch(error => last = error)`)
      const script = `let last; ${attempts.join('; ')}; console.log(last.message)`
      return execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }).trim()
    }
    assert.deepEqual([told('/both.mjs'), told('/before.mjs', '/both.mjs')], ['broken', 'waits'])

    const failure = promise => promise.catch(error => error.message)
    const { tree, load } = program(files)
    assert.equal(await failure(load('/before.mjs')), 'waits')
    await tree.write('/both.mjs', both)
    // On 22.15.0 and 24.0.0, a failed module is re-evaluated after every save.
    const remembers = !/^v(?:22\.15|24\.0)\./.test(process.version)
    assert.equal(await failure(load('/both.mjs')), remembers ? 'waits' : 'broken')
    assert.deepEqual(log, remembers ? ['waits'] : ['waits', 'waits'])
    await tree.write('/waits.mjs', `${files['/waits.mjs']} // edited`)
    assert.equal(await failure(load('/both.mjs')), 'broken')
  },

  async 'CommonJS in a circle with an ES module is evaluated once, also when imported TypeScript requires it'({
    assert,
    log,
    program,
  }) {
    if (!process.features.typescript) return
    const { tree, load } = program({
      '/u.cts': `exports.a = require('./a.cjs')`,
      '/a.cjs': `log.push('a'); exports.v = 0; exports.b = require('./b.mjs')`,
      '/b.mjs': `import { createRequire } from 'node:module'
        log.push('b')
        export const a = createRequire(import.meta.url)('./a.cjs')`,
    })
    for (let v = 0; v < 3; v++) {
      await tree.write('/a.cjs', `log.push('a'); exports.v = ${v}; exports.b = require('./b.mjs')`)
      const { a } = await load('/u.cts')
      assert.equal(a.v, v)
      assert.equal(a.b.a, a)
      assert.deepEqual(log.splice(0), ['a', 'b'])
    }
  },

  async 'an ES module without an extension is one instance for import and require, on the disk and in memory'({
    assert,
    log,
    program,
  }) {
    for (const type of ['{}', '{ "type": "module" }']) {
      const { tree, load, require } = program(
        {
          '/package.json': type,
          '/bin': `import { v } from './v.mjs'; log.push('bin'); export { v }`,
          '/v.mjs': 'export const v = 0',
          '/required.cjs': `exports.bin = require('./bin'); exports.other = () => require('./other')`,
          '/imported.mjs': `export * as bin from './bin'; export const other = () => import('./other')`,
        },
        { name: `app ${type.length}` },
      )
      for (let v = 1; v < 4; v++) {
        await tree.write('/v.mjs', `export const v = ${v}`)
        await tree.write('/other', `import { bin } from './imported.mjs'; log.push('other'); export { bin }`)
        const [first, second] = v % 2 ? [require('/required.cjs'), await load('/imported.mjs')] : []
        const imported = second ?? (await load('/imported.mjs'))
        const required = first ?? require('/required.cjs')
        assert.equal(imported.bin, required.bin)
        assert.equal(required.bin.v, v)
        const other = await imported.other()
        assert.equal(required.other(), other)
        assert.equal(other.bin, required.bin)
        assert.deepEqual(log.splice(0), ['bin', 'other'])
      }
    }
  },

  async 'a required ES module of an unknown extension gets the same current instances as other importers'({
    assert,
    log,
    program,
  }) {
    const { tree, load, require } = program({
      '/notes.txt': `import c from './c.cjs'; import { v } from './v.mjs'; log.push('notes'); export { c, v }`,
      '/c.cjs': `exports.c = 0; exports.notes = () => require('./notes.txt')`,
      '/v.mjs': 'export const v = 0',
    })
    for (let v = 1; v < 4; v++) {
      await tree.write('/v.mjs', `export const v = ${v}`)
      await tree.write('/c.cjs', `exports.c = ${v}; exports.notes = () => require('./notes.txt')`)
      const { default: c } = await load('/c.cjs')
      const notes = c.notes()
      assert.deepEqual({ v: notes.v, c: notes.c.c }, { v, c: v })
      assert.equal(notes.c, c)
      assert.equal(require('/notes.txt'), notes)
      assert.deepEqual(log.splice(0), ['notes'])
    }
  },

  async 'in a circle of re-exports, whether a name is ambiguous depends on which module is imported first, as in plain Node'({
    assert,
    program,
  }) {
    const files = {
      '/e.mjs': `export * from './one.mjs'; export * from './g.mjs'`,
      '/g.mjs': `export * from './two.mjs'`,
      '/one.mjs': `export * from './e.mjs'; export const name = 1`,
      '/two.mjs': `export * from './e.mjs'; export const name = 2`,
    }
    const plain = program(files, { name: 'plain', register: false })
    const namesIn = (...paths) => {
      const loads = paths.map(path => `last = await import('${plain.urlOf(path)}')`).join('; ')
      const script = `let last; ${loads}; console.log(Object.keys(last).join())`
      return execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }).trim()
    }
    const { tree, load } = program(files)
    for (const first of ['/e.mjs', '/g.mjs', '/one.mjs', '/two.mjs']) {
      await tree.write('/one.mjs', `${files['/one.mjs']} // ${first}`)
      await load(first)
      assert.equal(Object.keys(await load('/e.mjs')).join(), namesIn(first, '/e.mjs'), first)
    }
  },
}
