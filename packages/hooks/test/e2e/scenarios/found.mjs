/** What random programs came upon, made small: each once broke the law that hot equals cold. */

export const scenarios = {
  async 'a module that requires, in the middle of its evaluation, what import() could not link stays one instance'({
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

  async 'a required ES module imports CommonJS TypeScript whole, edit after edit'({ assert, program }) {
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
}
