/** Modules of types that Node does not know, or that are no source: what a hook compiles, WebAssembly, text. */

import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'

/** The tree of a program that reads what it imports, and nothing else. */
const onDemand = { onDemand: path => !/\.m?js$/.test(path) }

/** Compiles Markdown. `reads`: it reads the file itself; else it takes what the next hook says. */
function markdown({ reads, knows = url => url.endsWith('.md') }) {
  registerHooks({
    load(url, context, next) {
      if (!knows(url)) return next(url, context)
      const text = reads
        ? readFileSync(fileURLToPath(url.split('?')[0]), 'utf8')
        : String(next(url, { ...context, format: 'module' }).source)
      return { format: 'module', shortCircuit: true, source: `export default ${JSON.stringify(text)}` }
    },
  })
}

function page(first, hook) {
  return async ({ assert, log, program, put }) => {
    if (first) markdown(hook)
    const { hot, tree, load, save } = program(
      {
        '/app.mjs': `import page from './page.md'; log.push(page); export { page }`,
        '/page.md': 'one',
        '/other.md': 'nobody imports it',
      },
      { watch: true, tree: onDemand },
    )
    if (!first) markdown(hook)
    await load('/app.mjs')
    assert.deepEqual([...tree.files.keys()].sort(), ['/app.mjs', '/page.md'])
    hot.check(async update => {
      await update.link()
      return true
    })
    await save('/page.md', 'two')
    await load('/app.mjs')
    await save('/page.md', 'three')
    await load('/app.mjs')
    assert.deepEqual(log, ['one', 'two', 'three'])
    put('app/other.md', 'still nobody')
    await save('/app.mjs', `import page from './page.md'; log.push('again ' + page)`)
    await load('/app.mjs')
    assert.deepEqual(log.slice(3), ['again three'])
  }
}

const onPath = url => new URL(url).pathname.endsWith('.md')

export const scenarios = {
  'a type that a hook compiles which was registered later, and which reads the file': page(false, { reads: true }),
  'a type that a hook compiles which was registered before, and which reads the file': page(true, { reads: true }),
  'a type that a hook compiles from what our hook says': page(false, { reads: false }),
  'a type whose hook knows it by its path': page(false, { reads: true, knows: onPath }),

  async 'a file of such a type that appears makes the modules stale that looked for it'({
    assert,
    codeOf,
    load: _,
    program,
    put,
  }) {
    markdown({ reads: true })
    const { load, tree } = program(
      { '/app.mjs': `export { default } from './page.md'` },
      { watch: true, tree: onDemand },
    )
    assert.equal(await codeOf(load('/app.mjs')), 'ERR_MODULE_NOT_FOUND')
    const told = new Promise(resolve => tree.once('filesUpdated', resolve))
    put('app/page.md', 'here')
    await told
    assert.equal((await load('/app.mjs')).default, 'here')
  },

  async 'a module that another hook compiles has no version in its URL, and leaves no old version in memory'({
    assert,
    log,
    program,
  }) {
    registerHooks({
      load: (url, context, next) =>
        url.endsWith('.md')
          ? { format: 'module', shortCircuit: true, source: 'log.push(import.meta.url); export default {}' }
          : next(url, context),
    })
    const { load, save, urlOf } = program(
      { '/app.mjs': `export { default } from './page.md'`, '/page.md': 'one' },
      { watch: true, tree: onDemand },
    )
    const first = await load('/app.mjs')
    await save('/page.md', 'two')
    assert.notEqual((await load('/app.mjs')).default, first.default)
    assert.deepEqual(log, [urlOf('/page.md'), urlOf('/page.md')])
  },

  async 'a file in an excluded folder is left to Node'({ assert, program, put }) {
    markdown({ reads: true })
    put('app/left-out/page.md', 'one')
    const { load, tree } = program(
      { '/app.mjs': `export { default } from './left-out/page.md'` },
      { tree: { ...onDemand, exclude: path => path === '/left-out' } },
    )
    assert.equal((await load('/app.mjs')).default, 'one')
    assert.deepEqual([...tree.files.keys()], ['/app.mjs'])
  },

  async 'an addon is loaded once, so a change of it needs a restart'({ assert, program, put, codeOf }) {
    const { hot, load, tree } = program(
      { '/app.mjs': `import { createRequire } from 'node:module'; createRequire(import.meta.url)('./no.node')` },
      { watch: true, tree: onDemand },
    )
    put('app/no.node', 'no addon at all')
    const reasons = []
    hot.on('restartNeeded', reason => reasons.push(reason))
    assert.equal(await codeOf(load('/app.mjs')), 'ERR_DLOPEN_FAILED')
    const told = new Promise(resolve => tree.once('filesUpdated', resolve))
    put('app/no.node', 'another one')
    await told
    assert.deepEqual(reasons, ['no.node changed, and an addon is loaded once for each process'])
  },
}
