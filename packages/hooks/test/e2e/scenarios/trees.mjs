/** Several trees in one program, and what a tree can hold. */

export const scenarios = {
  async 'of one graph may import each other, and each raises events for its own modules'({ assert, log, program }) {
    const one = program(
      {
        '/a.mjs': `export * from '../two/b.mjs'; log.push('a')`,
        '/c.mjs': `export const v = 1; log.push('c')`,
      },
      { name: 'one' },
    )
    const two = program(
      { '/b.mjs': `export * from '../one/c.mjs'; log.push('b')` },
      {
        name: 'two',
        hook: { graph: one.hot.graph },
      },
    )
    for (const [name, { tree }] of Object.entries({ one, two })) {
      tree.on('moduleInvalidated', path => log.push(`${name} invalidated ${path}`))
      tree.on('filesUpdated', changes => log.push(`${name} updated ${changes.length}`))
    }
    assert.equal((await one.load('/a.mjs')).v, 1)
    log.length = 0
    await one.tree.write('/c.mjs', `export const v = 2; log.push('c')`)
    assert.deepEqual(log.slice(0, 3), ['one invalidated /a.mjs', 'two invalidated /b.mjs', 'one invalidated /c.mjs'])
    assert.deepEqual(log.slice(3).sort(), ['one updated 1', 'two updated 0'])
    log.length = 0
    assert.equal((await one.load('/a.mjs')).v, 2)
    assert.deepEqual(log, ['c', 'b', 'a'])
    assert.equal((await two.load('/b.mjs')).v, 2)
    assert.equal(log.length, 3)
  },

  async 'of two graphs do not affect each other, and nothing is warned of'({ assert, program }) {
    const one = program({ '/a.mjs': 'export const v = 1' }, { name: 'one' })
    const two = program({ '/a.mjs': 'export const v = 1' }, { name: 'two' })
    const [a, b] = [await one.load('/a.mjs'), await two.load('/a.mjs')]
    await one.tree.write('/a.mjs', 'export const v = 2')
    assert.deepEqual([(await one.load('/a.mjs')).v, await two.load('/a.mjs')], [2, b])
    await two.tree.write('/a.mjs', 'export const v = 3')
    assert.deepEqual([(await one.load('/a.mjs')).v, (await two.load('/a.mjs')).v, a.v], [2, 3, 1])
  },

  async 'may lie in another one’s folder: a file belongs to the innermost'({ assert, log, program, put, until }) {
    const outer = program(
      { '/a.mjs': `export * from './inner/b.mjs'; log.push('a')`, '/inner/b.mjs': `export const v = 1; log.push('b')` },
      { watch: true },
    )
    const inner = program({}, { name: 'app/inner', watch: true, hook: { graph: outer.hot.graph } })
    outer.tree.on('moduleInvalidated', path => log.push(`outer ${path}`))
    inner.tree.on('moduleInvalidated', path => log.push(`inner ${path}`))
    assert.equal((await outer.load('/a.mjs')).v, 1)
    const text = `export const v = 2; log.push('b')`
    put('app/inner/b.mjs', text)
    await until(() =>
      [outer.tree.files.get('/inner/b.mjs'), inner.tree.files.get('/b.mjs')].every(file => file.text === text),
    )
    await outer.tree.remove('/none')
    await inner.tree.remove('/none')
    assert.equal((await outer.load('/a.mjs')).v, 2)
    assert.deepEqual(log, ['b', 'a', 'outer /a.mjs', 'inner /b.mjs', 'b', 'a'])
  },

  async 'ignore a folder whose name only begins like theirs'({ assert, program, put }) {
    put('site2/x.mjs', 'export const url = import.meta.url')
    const { tree, load, hot } = program(
      {
        '/a.mjs': `export { url } from '../site2/x.mjs'`,
        '/site/b.mjs': 'export const v = 1',
        '/site2/b.mjs': 'export const v = 1',
      },
      { name: 'site' },
    )
    assert.equal(tree.pathOf(tree.root.replace(/site$/, 'site2/x.mjs')), undefined)
    assert.doesNotMatch((await load('/a.mjs')).url, /ver=/)
    assert.throws(() => hot.scope(tree.root.replace(/site$/, 'site2/x.mjs')), TypeError)
    const b = await load('/site2/b.mjs')
    await tree.remove('/site/b.mjs')
    await tree.write('/site/b.mjs', 'export const v = 2')
    assert.equal(await load('/site2/b.mjs'), b)
  },

  async 'load JSON and CommonJS with no package.json, and with one that says module'({ assert, program }) {
    for (const name of ['plain', 'typed']) {
      const files = {
        '/data.json': '{ "v": 1 }',
        '/c.cjs': 'exports.v = 1; exports.data = require("./data.json")',
        '/a.mjs': `import data from './data.json' with { type: 'json' }
          import c, { v } from './c.cjs'
          export const all = [data.v, c.v, v, c.data.v]`,
      }
      if (name === 'typed') files['/package.json'] = '{ "type": "module" }'
      else files['/d.js'] = 'exports.v = require("./c.cjs").v'
      const { tree, load, require } = program(files, { name })
      assert.deepEqual((await load('/a.mjs')).all, [1, 1, 1, 1])
      await tree.write('/data.json', '{ "v": 2 }')
      assert.deepEqual((await load('/a.mjs')).all, [2, 1, 1, 2])
      await tree.write('/c.cjs', 'exports.v = 3; exports.data = require("./data.json")')
      assert.deepEqual((await load('/a.mjs')).all, [2, 3, 3, 2])
      if (name === 'plain') assert.equal(require('/d.js').v, 3)
    }
  },

  async 'do not mix up foo.js, foo.mjs and foo.cjs'({ assert, log, program }) {
    const { tree, load } = program({
      '/package.json': '{ "type": "module" }',
      '/foo.js': `log.push('js')`,
      '/foo.mjs': `log.push('mjs')`,
      '/foo.cjs': `log.push('cjs')`,
      '/a.mjs': `import './foo.js'; import './foo.mjs'; import './foo.cjs'`,
    })
    await load('/a.mjs')
    for (const kind of ['js', 'mjs', 'cjs']) {
      log.length = 0
      await tree.write(`/foo.${kind}`, `log.push('${kind}'); 1`)
      await load('/a.mjs')
      assert.deepEqual(log, [kind])
    }
  },

  async 'give require() and import() one and the same instance, edit after edit'({ assert, program }) {
    const text = v => ({
      '/names.mjs': `export const v = ${v}`,
      '/exports.mjs': `const it = { v: ${v} }; export { it as 'module.exports' }`,
      '/default.mjs': `export default { v: ${v} }; export const v = ${v}`,
      '/c.cjs': `exports.v = ${v}`,
      '/fn.cjs': `module.exports = () => ${v}`,
      '/tree.json': `{ "v": ${v} }`,
    })
    const { tree, load, require } = program({
      ...text(1),
      '/importer.mjs': `export { default } from './tree.json' with { type: 'json' }`,
    })
    for (let v = 1; v < 4; v++) {
      await Promise.all(Object.entries(text(v)).map(([path, text]) => tree.write(path, text)))
      const names = await load('/names.mjs')
      assert.equal(require('/names.mjs'), names)
      assert.equal(names.v, v)
      assert.equal(require('/exports.mjs'), (await load('/exports.mjs'))['module.exports'])
      const required = require('/default.mjs')
      assert.equal(required.default, (await load('/default.mjs')).default)
      assert.equal(required.__esModule, true)
      assert.equal(required.v, v)
      assert.equal(require('/default.mjs'), required)
      assert.equal(require('/c.cjs'), (await load('/c.cjs')).default)
      assert.equal(require('/fn.cjs'), (await load('/fn.cjs')).default)
      assert.equal(require('/fn.cjs')(), v)
    }
  },

  async 'load files that are in memory only'({ assert, program }) {
    const { tree, load, require } = program()
    await Promise.all([
      tree.write(
        '/a.mjs',
        `import c, { v } from './lib/c.cjs'; import data from './d.json' with { type: 'json' }; export const all = [c.v, v, data.v]`,
      ),
      tree.write('/lib/c.cjs', `exports.v = require('./e').v`),
      tree.write('/lib/e/index.js', 'exports.v = 1'),
      tree.write('/d.json', '{ "v": 1 }'),
    ])
    assert.deepEqual((await load('/a.mjs')).all, [1, 1, 1])
    assert.equal(require('/lib/c.cjs').v, 1)
    await tree.write('/lib/e/index.js', 'exports.v = 2')
    assert.deepEqual((await load('/a.mjs')).all, [2, 2, 1])
    await tree.remove('/lib/e/index.js')
    await assert.rejects(load('/a.mjs'), { code: 'MODULE_NOT_FOUND' })
    await tree.write('/lib/e.js', 'exports.v = 3')
    assert.deepEqual((await load('/a.mjs')).all, [3, 3, 1])
  },

  async 'cannot load a file that was removed in memory only'({ assert, codeOf, program }) {
    const { tree, load, require } = program({
      '/a.mjs': `export const d = await import('./b.mjs').catch(error => error.code)`,
      '/b.mjs': '',
      '/c.cjs': `try { exports.d = require('./d.cjs') } catch (error) { exports.d = error.code }
        try { exports.r = require.resolve('./d.cjs') } catch (error) { exports.r = error.code }`,
      '/d.cjs': '',
      '/e.cjs': `require('./d.cjs')`,
    })
    await load('/a.mjs')
    require('/c.cjs')
    await Promise.all([tree.remove('/b.mjs'), tree.remove('/d.cjs')])
    assert.equal((await load('/a.mjs')).d, 'ERR_MODULE_NOT_FOUND')
    assert.deepEqual({ ...require('/c.cjs') }, { d: 'MODULE_NOT_FOUND', r: 'MODULE_NOT_FOUND' })
    assert.equal(await codeOf(load('/e.cjs')), 'MODULE_NOT_FOUND')
  },

  async 'find a missing file with a # in its name once it is created'({ assert, program }) {
    const { tree, load } = program({
      '/a.cjs': `try { exports.d = require('./b#1.cjs').v } catch (error) { exports.d = error.code }`,
    })
    assert.equal((await load('/a.cjs')).d, 'MODULE_NOT_FOUND')
    await tree.write('/b#1.cjs', 'exports.v = 1')
    assert.equal((await load('/a.cjs')).d, 1)
  },

  async 'show a CommonJS module, imported with and without a query, at one version'({ assert, program }) {
    const { tree, load } = program({
      '/a.cjs': `exports.d = require('./x.cjs').v`,
      '/e.mjs': `import a from './a.cjs'; import q from './a.cjs?q=1'; export const all = [a.d, q.d, a === q]`,
      '/x.cjs': 'exports.v = 1',
    })
    assert.deepEqual((await load('/e.mjs')).all, [1, 1, true])
    await tree.write('/x.cjs', 'exports.v = 2')
    assert.deepEqual((await load('/e.mjs')).all, [2, 2, true])
  },

  async 'know the dependencies of a CommonJS module, whichever query it was imported with'({ assert, program }) {
    const { tree, load } = program({
      '/e.mjs': `export { default } from './b.cjs?q=1'; export const other = await import('./b.cjs')`,
      '/b.cjs': `try { exports.d = require('./c/a') } catch (error) { exports.d = error.code ?? error.message }`,
      '/c/a.js': `throw new Error('x')`,
    })
    assert.equal((await load('/e.mjs')).default.d, 'x')
    await tree.remove('/c/a.js')
    const { default: b, other } = await load('/e.mjs')
    assert.deepEqual([b.d, other.default], ['MODULE_NOT_FOUND', b])
  },

  async 'give the same JSON object to CommonJS and to import, whoever imports that CommonJS'({ assert, program }) {
    const text = `exports.data = require('../data'); exports.same = require('../data.json') === exports.data`
    const { load } = program({
      '/c/package.json': '{ "type": "commonjs" }',
      '/c/a.js': text,
      '/c/t.ts': text,
      '/none/a.js': text,
      '/a.cjs': text.replaceAll('../', './'),
      '/data.json': '{ "v": 1 }',
      '/e.mjs': `export { default as data } from './data.json' with { type: 'json' }`,
    })
    const { data } = await load('/e.mjs')
    assert.deepEqual(data, { v: 1 })
    const paths = ['/c/a.js', '/none/a.js', '/a.cjs']
    if (process.features.typescript) paths.push('/c/t.ts')
    for (const path of paths) {
      const found = await load(path)
      assert.equal(found.default.same, true)
      assert.equal(found.default.data, data)
    }
  },

  async 'treat JSON with a query as another module than without'({ assert, program }) {
    const { load } = program({
      '/data.json': '{ "v": 1 }',
      '/e.mjs': `import a from './data.json' with { type: 'json' }; import b from './data.json?q=2' with { type: 'json' }
        export const all = [a.v, b.v, a === b]`,
    })
    assert.deepEqual((await load('/e.mjs')).all, [1, 1, false])
  },

  async 'let CommonJS TypeScript be imported, edit after edit'({ assert, codeOf, program }) {
    const { tree, load } = program({
      '/h.cts': 'const v: number = 0; exports.v = v',
      '/e.mjs': `export { default } from './h.cts'`,
    })
    if (!process.features.typescript) {
      assert.equal(await codeOf(load('/e.mjs')), 'ERR_UNKNOWN_FILE_EXTENSION')
      return
    }
    for (let v = 0; v < 3; v++) {
      await tree.write('/h.cts', `const v: number = ${v}; exports.v = v`)
      assert.equal((await load('/e.mjs')).default.v, v)
    }
  },

  async 'find the better of two names, also when one of them is in memory only'({ assert, program }) {
    const { tree, load } = program({ '/a.cjs': `exports.v = require('./d').v`, '/d/index.js': 'exports.v = 1' })
    assert.equal((await load('/a.cjs')).v, 1)
    await tree.write('/d.json', '{ "v": 2 }')
    assert.equal((await load('/a.cjs')).v, 2)
    await tree.write('/d.js', 'exports.v = 3')
    assert.equal((await load('/a.cjs')).v, 3)
    await tree.remove('/d.js')
    await tree.remove('/d.json')
    assert.equal((await load('/a.cjs')).v, 1)
  },

  async 'find a missing file that a package.json leads to once it is created, on the disk and in memory'({
    assert,
    codeOf,
    program,
  }) {
    const { tree, load, save } = program(
      {
        '/package.json': JSON.stringify({ name: 'self', exports: { './*': './*' }, imports: { '#*': './*' } }),
        '/a.mjs': `export * from '#x.mjs'`,
        '/b.mjs': `export * from 'self/y.mjs'`,
        '/c.mjs': `export * from '#z.cjs'`,
      },
      { watch: true },
    )
    for (const path of ['/a.mjs', '/b.mjs', '/c.mjs']) assert.equal(await codeOf(load(path)), 'ERR_MODULE_NOT_FOUND')
    await save('/x.mjs', 'export const v = 1')
    assert.equal((await load('/a.mjs')).v, 1)
    await save('/y.mjs', 'export const v = 2')
    assert.equal((await load('/b.mjs')).v, 2)
    await tree.write('/z.cjs', 'exports.v = 3')
    assert.equal((await load('/c.mjs')).v, 3)
  },

  async 'treat each query string as a module of its own, and make all of them stale with the file'({
    assert,
    log,
    program,
  }) {
    const { tree, load } = program({
      '/a.mjs': `log.push(new URL(import.meta.url).searchParams.get('q')); export const v = 1`,
    })
    const one = await load('/a.mjs?q=1')
    const two = await load('/a.mjs?q=2')
    assert.notEqual(one, two)
    assert.equal(await load('/a.mjs?q=1'), one)
    await tree.write('/a.mjs', `log.push(new URL(import.meta.url).searchParams.get('q')); export const v = 2`)
    assert.equal((await load('/a.mjs?q=1')).v + (await load('/a.mjs?q=2')).v, 4)
    assert.deepEqual(log, ['1', '2', '1', '2'])
  },

  async 'let the process end when they are closed, also when they are closed twice'({ assert, log, program, until }) {
    const { tree, hot, load } = program(
      { '/a.mjs': `globalThis.hot.onModuleInvalidated(import.meta.url, () => { log.push('closed') })` },
      { watch: true },
    )
    globalThis.hot = hot
    await load('/a.mjs')
    tree.close()
    tree.close()
    await hot.close()
    await hot.close()
    assert.deepEqual(log, ['closed'])
    await until(() => !process.getActiveResourcesInfo().includes('FSEventWrap'), 'nothing is watched')
  },

  async 'are closed without complaint when there is nothing to close'({ assert, program }) {
    const { tree, hot, load, errors } = program({ '/a.mjs': '' })
    await load('/a.mjs')
    await tree.write('/a.mjs', '1')
    await hot.close()
    tree.close()
    assert.deepEqual(errors, [])
  },

  async 'have modules that depend on files they read, once addDependency says so'({ assert, program }) {
    const { tree, hot, load, urlOf } = program({
      '/a.mjs': `globalThis.hot.addDependency(import.meta.url, new URL('./page.md', import.meta.url))
        export const text = globalThis.hot.tree.files.get('/page.md').text`,
      '/page.md': 'one',
    })
    globalThis.hot = hot
    assert.equal((await load('/a.mjs')).text, 'one')
    await tree.write('/page.md', 'two')
    assert.equal((await load('/a.mjs')).text, 'two')
    assert.throws(() => hot.addDependency(urlOf('/a.mjs'), 'file:///elsewhere'), TypeError)
  },

  async 'follow edits through a folder that is renamed, and one that becomes a file'({
    assert,
    codeOf,
    dir,
    join,
    program,
    renameSync,
    until,
  }) {
    const { tree, load } = program(
      {
        '/d/a.mjs': 'export const v = 1',
        '/e.mjs': `export const v = await Promise.allSettled([import('./d/a.mjs'), import('./f/a.mjs')]).then(all => all.map(one => one.value?.v ?? one.reason.code))`,
      },
      { watch: true },
    )
    assert.deepEqual((await load('/e.mjs')).v, [1, 'ERR_MODULE_NOT_FOUND'])
    renameSync(join(dir, 'app/d'), join(dir, 'app/f'))
    await until(() => tree.files.has('/f/a.mjs') && !tree.files.has('/d/a.mjs'))
    assert.deepEqual((await load('/e.mjs')).v, ['ERR_MODULE_NOT_FOUND', 1])
    renameSync(join(dir, 'app/f'), join(dir, 'app/d'))
    await until(() => tree.files.has('/d/a.mjs') && !tree.files.has('/f/a.mjs'))
    assert.deepEqual((await load('/e.mjs')).v, [1, 'ERR_MODULE_NOT_FOUND'])
    assert.equal(await codeOf(load('/f/a.mjs')), 'ERR_MODULE_NOT_FOUND')
  },
}
