/** The link check: does an update parse, resolve and link? It is known before anything is touched. */
import { registerHooks } from 'node:module'

/** A program whose updates are held if they do not link. `held` has the messages. */
function checked(program, files) {
  const parts = program(files)
  const held = []
  parts.hot.check(async update => {
    try {
      await update.link()
      return true
    } catch (error) {
      held.push(error.message)
      return false
    }
  })
  return { ...parts, held }
}

export const scenarios = {
  async 'holds a save that does not parse: nothing is disposed or evaluated, and the save that mends it publishes both'({
    assert,
    log,
    program,
  }) {
    const { tree, hot, load, urlOf, held } = checked(program, {
      '/a.mjs': `import { b } from './b.mjs'; export const a = 'a' + b; log.push(a)`,
      '/b.mjs': `export const b = 1`,
      '/c.mjs': `export const c = 1; log.push('c' + c)`,
    })
    const a = await load('/a.mjs')
    await load('/c.mjs')
    hot.onModuleInvalidated(urlOf('/a.mjs'), () => log.push('a ends'))
    void tree.write('/b.mjs', 'export const b = ;')
    await new Promise(resolve => setTimeout(resolve, 50))
    assert.deepEqual(held, ["Unexpected token ';'"])
    assert.equal(await load('/a.mjs'), a)
    assert.deepEqual(log, ['a1', 'c1'])
    await tree.write('/b.mjs', 'export const b = 3')
    assert.equal((await load('/a.mjs')).a, 'a3')
    assert.deepEqual(log, ['a1', 'c1', 'a ends', 'a3'])
  },

  async 'holds a save that removes a name that an unchanged module imports, through any number of export *'({
    assert,
    program,
    until,
  }) {
    const { tree, load, held } = checked(program, {
      '/entry.mjs': `export { a } from './a.mjs'`,
      '/a.mjs': `import { leaf } from './b.mjs'; export const a = leaf`,
      '/b.mjs': `export /* all */ * from './c.mjs'`,
      '/c.mjs': `export * from './leaf.mjs'`,
      '/leaf.mjs': `export const leaf = 1`,
    })
    const entry = await load('/entry.mjs')
    void tree.write('/leaf.mjs', 'export const other = 2')
    await until(() => held.length > 0)
    assert.match(held[0], /'\.\/b\.mjs' does not provide an export named 'leaf'/)
    assert.equal(await load('/entry.mjs'), entry)
    await tree.write('/leaf.mjs', 'export const leaf = 3')
    assert.equal((await load('/entry.mjs')).a, 3)
  },

  async 'passes when the import of a broken or a removed module is dropped'({ assert, program, until }) {
    const { tree, load, held } = checked(program, {
      '/a.mjs': `import './b.mjs'; import './c.mjs'; export const a = 1`,
      '/b.mjs': '',
      '/c.mjs': '',
    })
    await load('/a.mjs')
    void tree.write('/b.mjs', '(')
    await until(() => held.length === 1)
    void tree.remove('/c.mjs')
    await until(() => held.length === 2)
    await tree.write('/a.mjs', 'export const a = 2')
    assert.equal(held.length, 2)
    assert.equal((await load('/a.mjs')).a, 2)
  },

  async 'holds a save that breaks a module that unchanged CommonJS requires, or that was imported dynamically'({
    assert,
    program,
    until,
  }) {
    const { tree, load, held } = checked(program, {
      '/a.mjs': `export { default } from './b.cjs'; export const page = () => import('./page.mjs')`,
      '/b.cjs': `exports.c = require('./c.mjs').c`,
      '/c.mjs': `export const c = 1`,
      '/page.mjs': `export const title = 'one'`,
    })
    const a = await load('/a.mjs')
    const page = await a.page()
    void tree.write('/c.mjs', 'export const c = ')
    await until(() => held.length === 1)
    void tree.write('/page.mjs', 'export const title = ')
    await until(() => held.length === 2)
    assert.equal(await load('/a.mjs'), a)
    assert.equal(await a.page(), page)
    await tree.write('/c.mjs', 'export const c = 2')
    await until(() => held.length === 3)
    await tree.write('/page.mjs', `export const title = 'two'`)
    const now = await load('/a.mjs')
    assert.equal(now.default.c, 2)
    assert.equal((await now.page()).title, 'two')
  },

  async 'checks only what changed and what imports it, however much is stale'({ assert, log, program }) {
    const { tree, load, held } = checked(program, {
      '/a.mjs': `import './b.mjs'; export const a = {}`,
      '/b.mjs': `import './c.mjs'`,
      '/c.mjs': `import './d.mjs'`,
      '/d.mjs': '',
    })
    const first = await load('/a.mjs')
    registerHooks({
      load(url, context, nextLoad) {
        if (url.includes('hot-check=')) log.push(url.match(/\w+\.mjs/)[0])
        return nextLoad(url, context)
      },
    })
    await tree.write('/d.mjs', ';')
    assert.deepEqual(log.sort(), ['c.mjs', 'd.mjs'])
    assert.deepEqual(held, [])
    assert.notEqual((await load('/a.mjs')).a, first.a)
  },
}
