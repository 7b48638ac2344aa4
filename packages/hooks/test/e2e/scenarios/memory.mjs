/** What of superseded versions stays in memory. */
import { createHook } from 'node:async_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc')

/** A full garbage collection, which can also collect what WeakRefs were read for in this turn. */
async function collect() {
  for (let round = 0; round < 3; round++) {
    await wait(5)
    gc()
  }
  await wait(5)
}

export const scenarios = {
  async 'one version of each module is in memory, however often it was replaced'({ assert, program }) {
    const { tree, hot, load, urlOf } = program({
      '/a.mjs': `import './b.mjs'; import './c.cjs'; export const big = () => big`,
      '/b.mjs': `export const b = 0`,
      '/c.cjs': `exports.c = 0`,
    })
    await load('/a.mjs')
    for (let round = 1; round <= 20; round++) {
      await tree.write('/b.mjs', `export const b = ${round}`)
      await tree.write('/c.cjs', `exports.c = ${round}`)
      await load('/a.mjs')
    }
    await collect()
    assert.deepEqual([...hot.stats().versions].sort(), [
      [urlOf('/a.mjs'), 1],
      [urlOf('/b.mjs'), 1],
      [urlOf('/c.cjs'), 1],
    ])
    assert.equal(hot.stats().reclaimed >= 60, true)
  },

  async 'versions that something keeps alive are counted, and a warning names their file once'({
    assert,
    program,
    until,
  }) {
    const held = 'export const v = V; (globalThis.leak ??= []).push(() => v)'
    const { tree, hot, load, urlOf } = program({
      '/leaks.mjs': held.replace('V', 0),
      '/fine.mjs': 'export const v = 0',
      '/leaks.cjs': 'exports.v = 0; (globalThis.leak ??= []).push(exports)',
    })
    const warnings = []
    process.emitWarning = (message, { code }) => warnings.push({ message, code })
    for (let round = 1; round <= 12; round++) {
      for (const path of ['/leaks.mjs', '/fine.mjs', '/leaks.cjs']) await load(path)
      await tree.write('/leaks.mjs', held.replace('V', round))
      await tree.write('/fine.mjs', `export const v = ${round}`)
      await tree.write('/leaks.cjs', `exports.v = ${round}; (globalThis.leak ??= []).push(exports)`)
      await collect()
    }
    await load('/leaks.mjs')
    const { versions } = hot.stats()
    assert.equal(versions.get(urlOf('/leaks.mjs')), 13)
    assert.equal(versions.get(urlOf('/leaks.cjs')), 12)
    assert.equal(versions.has(urlOf('/fine.mjs')), false)
    await until(() => warnings.length >= 2)
    assert.deepEqual(
      warnings.map(({ code }) => code),
      ['HOT_MEMORY', 'HOT_MEMORY'],
    )
    assert.match(
      warnings
        .map(({ message }) => message)
        .sort()
        .join(),
      /^1\d superseded versions of \/leaks\.cjs .*,1\d superseded versions of \/leaks\.mjs /,
    )
  },

  async 'an import after a save takes no time for the modules below an unchanged one'({ assert, program, put }) {
    const count = 200
    const names = Array.from({ length: count }, (_, at) => at)
    put('app/node_modules/many/package.json', '{ "type": "module", "exports": "./index.js" }')
    put('app/node_modules/many/index.js', names.map(at => `import './m${at}.js'`).join('\n'))
    for (const at of names) put(`app/node_modules/many/m${at}.js`, '')
    const own = Object.fromEntries(names.map(at => [`/m${at}.mjs`, '']))
    const { tree, load } = program({
      '/entry.mjs': `export { leaf } from './leaf.mjs'; import './hub.mjs'`,
      '/leaf.mjs': 'export const leaf = 0',
      '/hub.mjs': `import 'many'; ${names.map(at => `import './m${at}.mjs'`).join(';')}`,
      ...own,
    })
    assert.equal((await load('/entry.mjs')).leaf, 0)
    // Node creates promises for every job that it looks at.
    let promises = 0
    const hook = createHook({
      init(_, type) {
        if (type === 'PROMISE') promises++
      },
    })
    for (let round = 1; round <= 3; round++) {
      await tree.write('/leaf.mjs', `export const leaf = ${round}`)
      promises = 0
      hook.enable()
      const { leaf } = await load('/entry.mjs')
      hook.disable()
      assert.equal(leaf, round)
      assert.equal(promises < count, true, `${promises} promises`)
    }
    // The modules that were not looked at any more are still there for a first import.
    await tree.write('/late.mjs', `import './hub.mjs'; import 'many'; import './m7.mjs'; export const late = true`)
    assert.equal((await load('/late.mjs')).late, true)
  },
}
