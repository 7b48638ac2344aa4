/** import.meta.hot, as Vite's. */

export const scenarios = {
  async 'is there in every module of the tree, and undefined outside'({ assert, program, put }) {
    put('outside.mjs', 'export const hot = import.meta.hot')
    const { load } = program({
      '/a.mjs': `export { hot as outer } from '../outside.mjs'; export const hot = import.meta.hot`,
      '/strict.mjs': `'use strict'\nexport const hot = import.meta.hot`,
      '/bang.mjs': `#!/usr/bin/env node\nexport const hot = import.meta.hot`,
      '/one line.mjs': `export const hot = import.meta.hot`,
      '/taken-apart.mjs': 'export const { hot } = import.meta',
      '/in-parts.mjs': `export const hot = import.meta\n  ['hot']`,
    })
    const { hot, outer } = await load('/a.mjs')
    assert.equal(outer, undefined)
    assert.equal(typeof hot.accept, 'function')
    for (const path of ['/strict.mjs', '/bang.mjs', '/one%20line.mjs', '/taken-apart.mjs', '/in-parts.mjs'])
      assert.equal(typeof (await load(path)).hot.accept, 'function')
  },

  async 'accept() keeps importers as they are, and re-evaluates only the module'({ assert, log, program }) {
    const text = v =>
      `export const v = ${v}\nlog.push('b${v}')\nimport.meta.hot.accept(b => { log.push('accepted ' + b?.v) })`
    const { tree, load } = program({ '/a.mjs': `export * as b from './b.mjs'; log.push('a')`, '/b.mjs': text(1) })
    const a = await load('/a.mjs')
    await tree.write('/b.mjs', text(2))
    assert.equal(await load('/a.mjs'), a)
    assert.equal(a.b.v, 1)
    assert.equal((await load('/b.mjs')).v, 2)
    await tree.write('/b.mjs', text(3))
    assert.deepEqual(log, ['b1', 'a', 'b2', 'accepted 2', 'b3', 'accepted 3'])
  },

  async 'accept() without a callback re-evaluates the module'({ assert, log, program }) {
    const { tree, load } = program({ '/a.mjs': `import './b.mjs'`, '/b.mjs': `log.push(1); import.meta.hot.accept()` })
    const a = await load('/a.mjs')
    await tree.write('/b.mjs', `log.push(2); import.meta.hot.accept()`)
    assert.deepEqual(log, [1, 2])
    assert.equal(await load('/a.mjs'), a)
    await tree.write('/b.mjs', `log.push(3)`) // accepts no more
    await tree.write('/b.mjs', `log.push(4)`)
    assert.notEqual(await load('/a.mjs'), a)
    assert.deepEqual(log, [1, 2, 3, 4])
  },

  async 'a self-accepting module that fails raises an error, and recovers at the next save'({ assert, log, program }) {
    const text = v => `export const v = ${v}\nimport.meta.hot.accept(b => { log.push(b?.v ?? 'failed') })`
    const { tree, load, errors } = program({ '/a.mjs': `import './b.mjs'`, '/b.mjs': text(1) })
    const a = await load('/a.mjs')
    await tree.write('/b.mjs', `throw new Error('no')`)
    assert.equal(errors.length, 1)
    await tree.write('/b.mjs', text(3))
    assert.equal(log.at(-1), 3)
    assert.equal(await load('/a.mjs'), a)
  },

  async 'accept(dependency) gets the new instance, also when a dependency of that one changed'({
    assert,
    log,
    program,
  }) {
    const { tree, load } = program({
      '/a.mjs': `import { v } from './b.mjs'\nlog.push('a' + v)\nimport.meta.hot.accept('./b.mjs', b => { log.push('accepted ' + b.v) })`,
      '/b.mjs': `export { v } from './c.mjs'; log.push('b')`,
      '/c.mjs': 'export const v = 1',
    })
    const a = await load('/a.mjs')
    await tree.write('/c.mjs', 'export const v = 2')
    assert.deepEqual(log, ['b', 'a1', 'b', 'accepted 2'])
    assert.equal(await load('/a.mjs'), a)
  },

  async 'accept([dependencies]) gets an array with the updated ones only'({ assert, log, program }) {
    const { tree, load } = program({
      '/a.mjs': `import './b.mjs'; import './c.mjs'
        import.meta.hot.accept(['./b.mjs', './c.mjs'], all => { log.push(all.map(one => one?.v ?? null)) })`,
      '/b.mjs': 'export const v = 1',
      '/c.mjs': 'export const v = 1',
    })
    await load('/a.mjs')
    await tree.write('/b.mjs', 'export const v = 2')
    await tree.write('/c.mjs', 'export const v = 3')
    await Promise.all([tree.write('/b.mjs', 'export const v = 4'), tree.write('/c.mjs', 'export const v = 5')])
    assert.deepEqual(log, [
      [2, null],
      [null, 3],
      [4, 5],
    ])
  },

  async 'a module that accepts a dependency is still stale when it is edited itself'({ assert, log, program }) {
    const text = v =>
      `import './b.mjs'\nexport const v = ${v}\nimport.meta.hot.accept('./b.mjs', () => { log.push('accepted by ${v}') })`
    const { tree, load } = program({ '/a.mjs': text(1), '/b.mjs': '' })
    await load('/a.mjs')
    await Promise.all([tree.write('/a.mjs', text(2)), tree.write('/b.mjs', '1')])
    assert.deepEqual(log, [])
    assert.equal((await load('/a.mjs')).v, 2)
    await tree.write('/b.mjs', '2')
    assert.deepEqual(log, ['accepted by 2'])
  },

  async 'dispose() is awaited and hands data to the next evaluation'({ assert, log, program }) {
    const text = v => `export const before = import.meta.hot.data.v\nexport const v = ${v}
      import.meta.hot.dispose(async data => { await null; data.v = ${v}; log.push('disposed ${v}') })`
    const { tree, load } = program({ '/a.mjs': text(1) })
    assert.equal((await load('/a.mjs')).before, undefined)
    await tree.write('/a.mjs', text(2))
    assert.deepEqual(log, ['disposed 1'])
    assert.equal((await load('/a.mjs')).before, 1)
    await tree.write('/a.mjs', text(3))
    assert.equal((await load('/a.mjs')).before, 2)
  },

  async 'prune() runs for a module that nobody imports any more, and not before'({ assert, log, program, until }) {
    const { tree, load } = program({
      '/a.mjs': `import './b.mjs'`,
      '/b.mjs': `import.meta.hot.prune(() => { log.push('pruned') })\nimport.meta.hot.dispose(() => { log.push('disposed') })`,
    })
    await load('/a.mjs')
    await tree.write('/a.mjs', `import './b.mjs'; 1`)
    await load('/a.mjs')
    await tree.write('/c.mjs', '')
    assert.deepEqual(log, [])
    await tree.write('/a.mjs', '')
    await load('/a.mjs')
    await until(() => log.length === 2, 'pruned and disposed')
    assert.deepEqual(log.sort(), ['disposed', 'pruned'])
  },

  async 'prune() runs when the file is removed'({ assert, log, program, until }) {
    const { tree, load } = program({ '/b.mjs': `import.meta.hot.prune(() => { log.push('pruned') })` })
    await load('/b.mjs')
    await tree.remove('/b.mjs')
    await until(() => log.length > 0, 'pruned')
    assert.deepEqual(log, ['pruned'])
  },

  async 'invalidate() passes a change on to the importers'({ assert, log, program, until }) {
    const text = v =>
      `export const v = ${v}\nimport.meta.hot.accept(b => { if (b.v === 2) import.meta.hot.invalidate() })`
    const { tree, load } = program({ '/a.mjs': `export * as b from './b.mjs'; log.push('a')`, '/b.mjs': text(1) })
    const updated = new Promise(resolve => tree.on('moduleInvalidated', path => path === '/a.mjs' && resolve()))
    const a = await load('/a.mjs')
    await tree.write('/b.mjs', text(2))
    await updated
    await until(async () => (await load('/a.mjs')) !== a)
    assert.equal((await load('/a.mjs')).b.v, 2)
    assert.deepEqual(log, ['a', 'a'])
  },

  async 'on() listens to updates until off()'({ assert, log, program }) {
    const { tree, load } = program({
      '/a.mjs': `export const hear = () => { log.push('before') }
        import.meta.hot.on('vite:beforeUpdate', hear)
        import.meta.hot.on('vite:afterUpdate', () => { log.push('after') })
        export const stop = () => import.meta.hot.off('vite:beforeUpdate', hear)`,
    })
    const { stop } = await load('/a.mjs')
    await tree.write('/b.mjs', '1')
    stop()
    await tree.write('/b.mjs', '2')
    assert.deepEqual(log, ['before', 'after', 'after'])
  },

  async 'on() listens to the events that Vite documents, with their payloads'({ assert, log, program, until }) {
    const names = ['beforeUpdate', 'afterUpdate', 'beforeFullReload', 'beforePrune', 'invalidate', 'error']
    const { hot, tree, load } = program({
      '/ears.mjs': `for (const name of ${JSON.stringify(names)})
          import.meta.hot.on('vite:' + name, ({ changes, updates, err, ...rest }) => {
            log.push([name, rest, updates?.map(({ path, acceptedPath }) => [path, acceptedPath])])
          })
        import.meta.hot.on('mine', payload => { log.push(payload) })
        import.meta.hot.accept()`,
      '/root.mjs': `import './ears.mjs'; import './boundary.mjs'`,
      '/boundary.mjs': `import './dependency.mjs'; import.meta.hot.accept('./dependency.mjs')`,
      '/dependency.mjs': `import.meta.hot.accept(() => {}); import './pruned.mjs'`,
      '/pruned.mjs': `import.meta.hot.prune(() => {})`,
      '/own.mjs': `import.meta.hot.accept(own => own?.invalid && import.meta.hot.invalidate('not so')); export const invalid = false`,
    })
    const heard = () => log.splice(0)
    await load('/root.mjs')
    await load('/own.mjs')
    await tree.write('/dependency.mjs', `import.meta.hot.accept(() => {})`)
    await until(() => log.length === 3, 'a prune as well')
    const update = [['/dependency.mjs', '/dependency.mjs']]
    assert.deepEqual(heard(), [
      ['beforeUpdate', { type: 'update' }, update],
      ['afterUpdate', { type: 'update' }, update],
      ['beforePrune', { type: 'prune', paths: ['/pruned.mjs'] }, undefined],
    ])
    await tree.write('/root.mjs', `import './ears.mjs'`)
    assert.deepEqual(heard(), [
      ['beforeUpdate', { type: 'update' }, []],
      ['beforeFullReload', { type: 'full-reload', triggeredBy: '/root.mjs' }, undefined],
      ['afterUpdate', { type: 'update' }, []],
    ])
    await tree.write('/own.mjs', 'export const invalid = true')
    const invalidated = { path: '/own.mjs', message: 'not so', firstInvalidatedBy: '/own.mjs' }
    assert.deepEqual(heard().find(([name]) => name === 'invalidate')?.[1], invalidated)
    const remove = hot.check(({ link }) =>
      link().then(
        () => true,
        () => false,
      ),
    )
    await until(() => log.length > 0, 'the update that the module asked for')
    heard()
    await tree.write('/own.mjs', 'export const broken = = true')
    assert.deepEqual(heard(), [['error', { type: 'error' }, undefined]])
    remove()
    await hot.send('mine', { v: 1 })
    assert.deepEqual(heard(), [{ v: 1 }])
  },

  async 'prune() runs when the tree is closed, after dispose()'({ assert, log, program }) {
    const { hot, load } = program({
      '/a.mjs': `import.meta.hot.keep('kept', () => 1, () => { log.push('kept') })
        import.meta.hot.prune(data => { log.push('pruned ' + data.v) })
        import.meta.hot.dispose(data => { data.v = 1; log.push('disposed') })`,
    })
    await load('/a.mjs')
    await hot.close()
    assert.deepEqual(log, ['disposed', 'pruned 1', 'kept'])
  },

  async 'send() raises an event on the handle'({ assert, log, program }) {
    const { hot, load } = program({ '/a.mjs': `import.meta.hot.send('mine', { v: 1 })` })
    hot.on('mine', payload => log.push(payload))
    await load('/a.mjs')
    assert.deepEqual(log, [{ v: 1 }])
  },

  async 'keep() hands one value on, and disposes it when an evaluation no longer asks for it'({
    assert,
    log,
    program,
    until,
  }) {
    const text = v =>
      `export const kept = import.meta.hot.keep('k', () => ({ made: ${v} }), () => { log.push('disposed') }); export const v = ${v}`
    const { tree, load } = program({ '/a.mjs': text(1) })
    const { kept } = await load('/a.mjs')
    await tree.write('/a.mjs', text(2))
    assert.equal((await load('/a.mjs')).kept, kept)
    await tree.write('/a.mjs', `throw new Error('no')`)
    await load('/a.mjs').catch(() => {})
    await tree.write('/a.mjs', text(3))
    assert.equal((await load('/a.mjs')).kept, kept)
    assert.deepEqual(log, [])
    await tree.write('/a.mjs', 'export const hot = import.meta.hot')
    await load('/a.mjs')
    await until(() => log.length > 0, 'disposed')
    assert.deepEqual(log, ['disposed'])
  },

  async 'use() disposes its resource and signal aborts, last in first out'({ assert, log, program }) {
    const { tree, load } = program({
      '/a.mjs': `const hot = import.meta.hot
        export const { signal } = hot
        hot.use({ [Symbol.dispose]() { log.push('first') } })
        hot.use({ async [Symbol.asyncDispose]() { log.push('second ' + hot.signal.aborted) } })`,
    })
    const { signal } = await load('/a.mjs')
    assert.equal(signal.aborted, false)
    await tree.write('/a.mjs', '')
    assert.equal(signal.aborted, true)
    assert.deepEqual(log, ['second true', 'first'])
  },

  async 'what a superseded evaluation gives to its scope late is disposed at once'({ assert, log, program }) {
    const { tree, load } = program({
      '/a.mjs':
        'export const hot = import.meta.hot; export const later = () => hot.dispose(() => { log.push("late") })',
    })
    const { later } = await load('/a.mjs')
    await tree.write('/a.mjs', '')
    later()
    assert.deepEqual(log, ['late'])
  },
}
