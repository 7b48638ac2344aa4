/** What happens between a save and `filesUpdated`, in which order, and who sees what of it. */

const logged = (name, rest = '') =>
  `import.meta.hot.dispose(async () => { await null; log.push('dispose ${name}') })\nlog.push('evaluate ${name}')\n${rest}`

export const scenarios = {
  async 'disposes importers first, publishes, raises moduleInvalidated, calls accept callbacks, and raises filesUpdated last'({
    assert,
    log,
    program,
  }) {
    const { tree, load } = program({
      '/a.mjs': `import './b.mjs'\n${logged('a')}`,
      '/b.mjs': `import './c.mjs'\n${logged('b')}`,
      '/c.mjs': logged('c', 'export const v = 1'),
      '/boundary.mjs': `import './c.mjs'\n${logged('boundary')}\nimport.meta.hot.accept('./c.mjs', c => { log.push('accepted ' + c.v) })`,
    })
    await load('/a.mjs')
    await load('/boundary.mjs')
    const bytes = () => (tree.files.get('/c.mjs').text.includes('v = 2') ? 'new' : 'old')
    tree.beforeUpdate(() => void log.push(`after cleanup: ${bytes()}`))
    tree.on('moduleInvalidated', path => log.push(`invalidated ${path}: ${bytes()}`))
    tree.on('filesUpdated', changes => log.push(`filesUpdated ${JSON.stringify(changes)}`))
    log.length = 0
    await tree.write('/c.mjs', logged('c', 'export const v = 2'))
    assert.deepEqual(log, [
      'dispose a',
      'dispose b',
      'dispose c',
      'after cleanup: old',
      'invalidated /a.mjs: new',
      'invalidated /b.mjs: new',
      'invalidated /c.mjs: new',
      'evaluate c',
      'accepted 2',
      'filesUpdated [{"path":"/c.mjs","kind":"changed"}]',
    ])
  },

  async 'does not wait for a listener of filesUpdated'({ assert, gate, program }) {
    const { tree, load } = program({ '/a.mjs': 'export const v = 1' })
    const { passed } = gate()
    tree.on('filesUpdated', () => passed)
    await load('/a.mjs')
    await tree.write('/a.mjs', 'export const v = 2')
    await tree.write('/a.mjs', 'export const v = 3')
    assert.equal((await load('/a.mjs')).v, 3)
  },

  async 'is invisible to import() and require() before it is published'({ assert, gate, log, program }) {
    globalThis.gate = gate()
    const { tree, load, require } = program({
      '/a.mjs': `export { v } from './b.mjs'\nimport.meta.hot.dispose(() => { log.push('cleaning'); return gate.passed })`,
      '/b.mjs': 'export const v = 1',
      '/late.mjs': `export { v } from './b.mjs'`,
      '/c.cjs': `exports.v = 1; exports.d = require('./d.cjs').v`,
      '/d.cjs': 'exports.v = 1',
      '/e.cjs': `exports.v = require('./d.cjs').v`,
    })
    const a = await load('/a.mjs')
    const c = require('/c.cjs')
    const update = Promise.all([
      tree.write('/b.mjs', 'export const v = 2'),
      tree.write('/d.cjs', 'exports.v = 2'),
      tree.write('/new.mjs', ''),
    ])
    while (log.length === 0) await new Promise(setImmediate)
    assert.equal(await load('/a.mjs'), a)
    assert.equal(require('/c.cjs'), c)
    assert.equal((await load('/late.mjs')).v, 1)
    assert.equal(require('/e.cjs').v, 1)
    assert.equal(tree.files.has('/new.mjs'), false)
    await assert.rejects(load('/new.mjs'), { code: 'ERR_MODULE_NOT_FOUND' })
    globalThis.gate.open()
    await update
    // A module that was evaluated meanwhile, with the old bytes, is stale as well.
    assert.deepEqual([(await load('/a.mjs')).v, (await load('/late.mjs')).v], [2, 2])
    assert.deepEqual([require('/c.cjs').d, require('/e.cjs').v], [2, 2])
    await load('/new.mjs')
  },

  async 'leaves what is saved while it runs to the next update'({ assert, gate, log, program }) {
    globalThis.gate = gate()
    const text = v =>
      `export const v = ${v}\nimport.meta.hot.dispose(() => { log.push('cleaning ${v}'); return gate.passed })`
    const { tree, load } = program({ '/a.mjs': text(1) })
    await load('/a.mjs')
    tree.on('filesUpdated', () => {
      log.push(`updated to ${/v = (\d)/.exec(tree.files.get('/a.mjs').text)[1]}`)
    })
    const first = tree.write('/a.mjs', text(2))
    while (log.length === 0) await new Promise(setImmediate)
    const second = tree.write('/a.mjs', text(3))
    const third = tree.write('/a.mjs', text(4))
    globalThis.gate.open()
    await first
    await Promise.all([second, third])
    assert.deepEqual(log, ['cleaning 1', 'updated to 2', 'updated to 4'])
    assert.equal((await load('/a.mjs')).v, 4)
  },

  async 'evaluates the last of two saves in one millisecond, at a version never used before'({
    assert,
    program,
    versionIn,
  }) {
    const { tree, load } = program({ '/a.mjs': 'export const v = 1, url = import.meta.url' })
    const versions = [versionIn((await load('/a.mjs')).url)]
    const now = Date.now
    Date.now = () => 5 // even if the clock steps back
    for (const v of [2, 3, 4]) {
      void tree.write('/a.mjs', `export const v = ${v * 10}, url = import.meta.url`)
      await tree.write('/a.mjs', `export const v = ${v}, url = import.meta.url`)
      const a = await load('/a.mjs')
      assert.equal(a.v, v)
      versions.push(versionIn(a.url))
    }
    Date.now = now
    assert.deepEqual(
      versions,
      [...new Set(versions)].sort((a, b) => a - b),
    )
  },

  async 'keeps file.version equal to the number behind ?ver='({ assert, program, versionIn }) {
    const { tree, load } = program({
      '/a.mjs': `export const url = import.meta.url\nexport * as b from './b.mjs'`,
      '/b.mjs': 'export const v = 1, url = import.meta.url',
    })
    for (let v = 2; v < 5; v++) {
      const a = await load('/a.mjs')
      assert.equal(tree.files.get('/a.mjs').version, versionIn(a.url))
      assert.equal(tree.files.get('/b.mjs').version, versionIn(a.b.url))
      await tree.write('/b.mjs', `export const v = ${v}, url = import.meta.url`)
    }
  },

  async 'calls onModuleInvalidated once for each evaluation, and awaits it'({ assert, log, program }) {
    const { tree, hot, load } = program({
      '/a.mjs': `import './b.mjs'
        globalThis.hot.onModuleInvalidated(import.meta.url, async () => {
          await new Promise(resolve => setTimeout(resolve, 5))
          log.push('cleaned')
        })`,
      '/b.mjs': '',
    })
    globalThis.hot = hot
    tree.on('moduleInvalidated', path => log.push(path))
    await load('/a.mjs')
    await tree.write('/b.mjs', '1')
    assert.deepEqual(log.splice(0), ['cleaned', '/a.mjs', '/b.mjs'])
    await tree.write('/b.mjs', '2') // not evaluated since: nothing is there to be replaced
    assert.deepEqual(log.splice(0), [])
    await load('/a.mjs')
    await tree.write('/a.mjs', '')
    assert.deepEqual(log.splice(0), ['cleaned', '/a.mjs'])
  },

  async 'calls onModuleInvalidated for a module whose file is deleted'({ assert, log, program }) {
    const { tree, hot, load } = program({
      '/a.mjs': `globalThis.hot.onModuleInvalidated(import.meta.url, () => { log.push('cleaned') })`,
    })
    globalThis.hot = hot
    await load('/a.mjs')
    await tree.remove('/a.mjs')
    assert.deepEqual(log, ['cleaned'])
    await assert.rejects(load('/a.mjs'), { code: 'ERR_MODULE_NOT_FOUND' })
  },

  async 'calls onModuleInvalidated for a module that failed after it had registered'({ assert, log, program }) {
    const { tree, hot, load } = program({
      '/a.mjs': `globalThis.hot.onModuleInvalidated(import.meta.url, () => { log.push('cleaned') })\nthrow new Error('no')`,
    })
    globalThis.hot = hot
    await assert.rejects(load('/a.mjs'), { message: 'no' })
    await assert.rejects(load('/a.mjs'), { message: 'no' })
    await tree.write('/a.mjs', 'export const v = 1')
    assert.deepEqual(log, ['cleaned'])
    assert.equal((await load('/a.mjs')).v, 1)
  },

  async 'continues when a cleanup throws, and raises that as an error of the tree'({ assert, log, program }) {
    const { tree, hot, load, errors } = program({
      '/a.mjs': `import './b.mjs'\nglobalThis.hot.onModuleInvalidated(import.meta.url, () => { throw new Error('cleanup') })`,
      '/b.mjs': `globalThis.hot.onModuleInvalidated(import.meta.url, () => { log.push('b') })\nexport const v = 1`,
    })
    globalThis.hot = hot
    await load('/a.mjs')
    await tree.write('/b.mjs', 'export const v = 2')
    assert.deepEqual(log, ['b'])
    assert.equal(errors.length, 1)
    assert.equal(errors[0].errors[0].message, 'cleanup')
    assert.equal((await load('/b.mjs')).v, 2)
  },

  async 'survives a change of a dependency whose importer was deleted before'({ assert, program }) {
    const { tree, load, errors } = program({ '/a.mjs': `export * from './b.mjs'`, '/b.mjs': 'export const v = 1' })
    const invalidated = []
    await load('/a.mjs')
    await tree.remove('/a.mjs')
    tree.on('moduleInvalidated', path => invalidated.push(path))
    await tree.write('/b.mjs', 'export const v = 2')
    assert.deepEqual(invalidated, ['/b.mjs'])
    assert.equal((await load('/b.mjs')).v, 2)
    await tree.write('/a.mjs', `export * from './b.mjs'`)
    assert.equal((await load('/a.mjs')).v, 2)
    assert.deepEqual(errors, [])
  },

  async 'does not make importers of a removed module stale through its former dependencies'({ assert, log, program }) {
    const { tree, load } = program({
      '/a.mjs': `log.push('a'); export const d = await import('./b.mjs').catch(error => error.code)`,
      '/b.mjs': `import './c.mjs'`,
      '/c.mjs': '',
    })
    await load('/a.mjs')
    await tree.remove('/b.mjs')
    const a = await load('/a.mjs')
    assert.equal(a.d, 'ERR_MODULE_NOT_FOUND')
    await tree.write('/c.mjs', '1')
    assert.equal(await load('/a.mjs'), a)
    assert.deepEqual(log, ['a', 'a'])
  },

  async 'makes the importer of a missing file stale when that file is created'({ assert, codeOf, program }) {
    const { tree, load, require } = program({
      '/a.mjs': `export { v } from './missing.mjs'`,
      '/b.mjs': `export const d = await import('./missing.mjs').catch(error => error.code)`,
      '/c.cjs': `try { exports.v = require('./missing.cjs').v } catch (error) { exports.v = error.code }`,
    })
    assert.equal(await codeOf(load('/a.mjs')), 'ERR_MODULE_NOT_FOUND')
    assert.equal((await load('/b.mjs')).d, 'ERR_MODULE_NOT_FOUND')
    assert.equal(require('/c.cjs').v, 'MODULE_NOT_FOUND')
    await tree.write('/missing.mjs', 'export const v = 1')
    await tree.write('/missing.cjs', 'exports.v = 1')
    assert.equal((await load('/a.mjs')).v, 1)
    assert.equal((await load('/b.mjs')).d.v, 1)
    assert.equal(require('/c.cjs').v, 1)
  },

  async 'sees a missing file that is created on the disk'({ assert, codeOf, program }) {
    const { load, require, save } = program(
      {
        '/a.mjs': `export { v } from './missing.mjs'`,
        '/c.cjs': `try { exports.v = require('./lib').v } catch (error) { exports.v = error.code }`,
      },
      { watch: true },
    )
    assert.equal(await codeOf(load('/a.mjs')), 'ERR_MODULE_NOT_FOUND')
    assert.equal(require('/c.cjs').v, 'MODULE_NOT_FOUND')
    await save('/missing.mjs', 'export const v = 1')
    assert.equal((await load('/a.mjs')).v, 1)
    await save('/lib/index.js', 'exports.v = 1')
    assert.equal(require('/c.cjs').v, 1)
    await save('/lib.js', 'exports.v = 2')
    assert.equal(require('/c.cjs').v, 2)
  },

  async 'keeps the identical namespace of a module that did not change'({ assert, program }) {
    const { tree, load } = program({ '/a.mjs': `import './b.mjs'`, '/b.mjs': '', '/c.mjs': '' })
    const [a, b] = [await load('/a.mjs'), await load('/b.mjs')]
    await tree.write('/c.mjs', '1')
    await tree.write('/b.mjs', '') // no byte of it changed
    assert.equal(await load('/a.mjs'), a)
    assert.equal(await load('/b.mjs'), b)
    await tree.write('/a.mjs', `import './b.mjs'; 1`)
    assert.notEqual(await load('/a.mjs'), a)
    assert.equal(await load('/b.mjs'), b)
  },

  async 'does not forget that a CommonJS dependency failed, when only its importer is edited'({
    assert,
    codeOf,
    program,
  }) {
    const { tree, load } = program({
      '/e.mjs': `import { v } from './b.cjs'; export { v }`,
      '/b.cjs': `exports.v = 1; require('./nope')`,
    })
    assert.equal(await codeOf(load('/e.mjs')), 'MODULE_NOT_FOUND')
    await tree.write('/e.mjs', `import { v } from './b.cjs'; export { v }; 1`)
    assert.equal(await codeOf(load('/e.mjs')), 'MODULE_NOT_FOUND')
    await tree.write('/b.cjs', 'exports.v = 2')
    assert.equal((await load('/e.mjs')).v, 2)
  },

  async 'does not re-evaluate a CommonJS module because a require() failed above it'({ assert, codeOf, log, program }) {
    const { tree, require } = program({ '/s.cjs': `log.push('s')`, '/x.mjs': `import './s.cjs'; await null` })
    const s = require('/s.cjs')
    assert.equal(await codeOf((async () => require('/x.mjs'))()), 'ERR_REQUIRE_ASYNC_MODULE')
    await tree.write('/other.mjs', '')
    assert.equal(require('/s.cjs'), s)
    assert.deepEqual(log, ['s'])
  },

  async 'reports the error of a failed required ES module at every require() after an update'({
    assert,
    codeOf,
    program,
  }) {
    const { tree, require } = program({ '/a.mjs': `import { missing } from './b.mjs'`, '/b.mjs': '' })
    for (let i = 0; i < 3; i++) {
      assert.equal(await codeOf((async () => require('/a.mjs'))()), 'SyntaxError')
      await tree.write('/other.mjs', String(i))
    }
    await tree.write('/b.mjs', 'export const missing = 1')
    require('/a.mjs')
  },

  async 'reports what is missing when an ES module cannot be linked, to import() and then to require()'({
    assert,
    codeOf,
    program,
  }) {
    const { load, require } = program({ '/a.mjs': `import './s.js'`, '/h.cjs': `exports.d = require('./a.mjs')` })
    assert.equal(await codeOf(load('/a.mjs')), 'ERR_MODULE_NOT_FOUND')
    assert.equal(await codeOf((async () => require('/h.cjs'))()), 'ERR_MODULE_NOT_FOUND')
  },

  async 'requires all of a CommonJS module, although an ES module that imports it could not be linked'({
    assert,
    codeOf,
    program,
  }) {
    const { tree, require } = program({
      '/f.cjs': 'exports.v = 0',
      '/g.mjs': `import * as f from './f.cjs'; export { v } from './nope.js'; export { f }`,
    })
    for (let v = 0; v < 3; v++) {
      await tree.write('/f.cjs', `exports.v = ${v}`)
      assert.equal(await codeOf((async () => require('/g.mjs'))()), 'ERR_MODULE_NOT_FOUND')
      assert.deepEqual(require('/f.cjs'), { v })
    }
  },

  async 'handles ten thousand modules in one line, each depending on the next'({ assert, log, program }) {
    // Node itself fails at such a line of static imports, with or without hooks.
    const { tree, hot, load, urlOf } = program()
    const count = 10_000
    const depend = i => hot.addDependency(urlOf(`/${i}.mjs`), urlOf(`/${i - 1}.mjs`))
    for (let i = 1; i < count; i++) depend(i)
    tree.on('moduleInvalidated', path => log.push(path))
    await tree.write('/0.mjs', 'export const v = 0')
    await tree.write(`/${count - 1}.mjs`, 'export const v = 0')
    const first = [await load('/0.mjs'), await load(`/${count - 1}.mjs`)]
    depend(count - 1)
    await tree.write('/0.mjs', 'export const v = 1')
    assert.deepEqual(log, [`/${count - 1}.mjs`, '/0.mjs'])
    assert.notEqual(await load(`/${count - 1}.mjs`), first[1])
    assert.equal((await load('/0.mjs')).v, 1)
  },

  async 'evaluates each module of a ladder of a thousand diamonds once'({ assert, log, program }) {
    const count = 1000
    const files = { '/0.mjs': 'export const v = 1; log.push(0)' }
    for (let i = 1; i <= count; i++) {
      files[`/l${i}.mjs`] = `export const { v } = await import('./${i - 1}.mjs'); log.push('l')`
      files[`/r${i}.mjs`] = `await import('./${i - 1}.mjs'); log.push('r')`
      files[`/${i}.mjs`] =
        `export const { v } = await import('./l${i}.mjs'); await import('./r${i}.mjs'); log.push(${i})`
    }
    const { tree, load } = program(files)
    assert.equal((await load(`/${count}.mjs`)).v, 1)
    assert.equal(log.splice(0).length, 3 * count + 1)
    await tree.write('/0.mjs', 'export const v = 2; log.push(0)')
    assert.equal((await load(`/${count}.mjs`)).v, 2)
    assert.equal(log.length, 3 * count + 1)
  },
}
