import { mkdirSync, realpathSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { nodes } from '../../../../.ci/nodes.ts'
import { folder } from './folder.ts'
import { run } from './scenarios.ts'

const modules = fileURLToPath(new URL('../../node_modules', import.meta.url))
const esbuild = JSON.stringify(createRequire(import.meta.url).resolve('esbuild'))

/** A hook of ten lines that compiles TypeScript and TSX, as programs have it. */
const hook = (wait: string) => `
  ${wait && 'async'} function load(url, context, nextLoad) {
    const [path] = url.split('?')
    if (!/\\.[cm]?tsx?$/.test(path)) return nextLoad(url, context)
    const format = /\\.cts$|\\/cjs\\//.test(path) ? 'commonjs' : 'module'
    const { source } = ${wait} nextLoad(url, { ...context, format })
    const options = { loader: 'tsx', format: format === 'module' ? 'esm' : 'cjs', jsxFactory: 'h', sourcefile: path }
    return { format, source: esbuild.transformSync(String(source), options).code, shortCircuit: true }
  }`

const peers: Record<string, string> = {
  tsx: `await import('tsx')`,
  'oxc-node': `await import('@oxc-node/core/register')`,
  '@swc-node/register': `await import('@swc-node/register/esm-register'); await import('@swc-node/register')`,
  'a hook with esbuild': `{
    const esbuild = createRequire(import.meta.url)(${esbuild})
    registerHooks({ load })
    ${hook('')}
  }`,
}

/** A hook that runs off the main thread. It is called for imported modules, not for those that CommonJS requires. */
const offThread = `register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(`
  import { createRequire } from 'node:module'
  const esbuild = createRequire(${JSON.stringify(import.meta.url)})(${esbuild})
  export ${hook('await')}`)}))`

const app = {
  'package.json': '{ "type": "module" }',
  'tsconfig.json': JSON.stringify({
    compilerOptions: { jsx: 'react', jsxFactory: 'h', module: 'nodenext', target: 'es2022' },
  }),
  'app/page.tsx': `import { Colour } from './colour.ts'; import { text } from './text.ts'; log.push('page')
    export const html: string = <b>{Colour[1]} {text}</b>`,
  'app/colour.ts': `export enum Colour { Red = 1 }; log.push('colour')`,
  'app/text.ts': `export const text: string = 'hello'; log.push('text')`,
  'app/leaf.cts': `enum Leaf { Green = 1 }; exports.html = Leaf[1] as string; log.push('leaf')`,
}

/** TSX and TypeScript that `require` compiles as CommonJS. */
const commonjs = {
  'app/cjs/package.json': '{ "type": "commonjs" }',
  'app/cjs/view.tsx': `const { Size } = require('./size.ts'); log.push('view'); exports.html = <i>{Size[1] as string}</i>`,
  'app/cjs/size.ts': `enum Size { Small = 1 }; exports.Size = Size; log.push('size')`,
}

/** Registers the hooks in a given order, makes edits in memory and on the disk, and prints after each what it got and evaluated. */
const program = (register: string, files: string[], importsCommonJS = true) => `
import { FileTree } from '@hot/tree'
import { useTree } from '@hot/hooks'
import { createRequire, register, registerHooks } from 'node:module'
import { writeFileSync } from 'node:fs'
globalThis.h = (tag, _, ...children) => '<' + tag + '>' + children.join('') + '</' + tag + '>'
globalThis.log = []
const tree = new FileTree('app', import.meta.dirname)
const hot = useTree(tree)
${register}
tree.watch()
const require = createRequire(tree.root + '/outside.cjs')
async function show() {
  const found = []
  for (const name of ${JSON.stringify(files)}) {
    const imported = ${importsCommonJS} || !name.startsWith('/cjs/') ? await import('./app' + name) : require('.' + name)
    const required = require('.' + name)
    const same = required === imported || required === imported.default
    found.push((imported.html ?? imported.default.html) + ' ' + required.html + (same ? '' : ' twice'))
  }
  console.log(found.join(', ') + ': ' + log.splice(0).sort().join(' ') + '.')
}
await show()
const edit = async (name, text) => { await tree.write(name, text); await show() }
await edit('/text.ts', "export const text: string = 'bye'; log.push('text')")
await edit('/colour.ts', "export enum Colour { Blue = 1 }; log.push('colour')")
await edit('/leaf.cts', "enum Leaf { Yellow = 1 }; exports.html = Leaf[1] as string; log.push('leaf')")
if (tree.files.has('/cjs/size.ts')) await edit('/cjs/size.ts', "enum Size { Large = 1 }; exports.Size = Size; log.push('size')")
await tree.write('/new.ts', "export enum Text { New = 1 }; export const text = Text[1]; log.push('new')")
await edit('/page.tsx', tree.files.get('/page.tsx').text.replace('text.ts', 'new.ts'))
const saved = new Promise(resolve => tree.once('filesUpdated', resolve))
writeFileSync(new URL(tree.root + '/page.tsx'), "import { Colour } from './colour.ts'; log.push('page'); export const html = <u>{Colour[1]}</u>")
await saved
await show()
await tree.write('/other.ts', 'export enum Unused { A }')
await show()
process.exit()
`

const steps = [
  '<b>Red hello</b> <b>Red hello</b>, Green Green: colour leaf page text.',
  '<b>Red bye</b> <b>Red bye</b>, Green Green: page text.',
  '<b>Blue bye</b> <b>Blue bye</b>, Green Green: colour page.',
  '<b>Blue bye</b> <b>Blue bye</b>, Yellow Yellow: leaf.',
  '<b>Blue New</b> <b>Blue New</b>, Yellow Yellow: new page.',
  '<u>Blue</u> <u>Blue</u>, Yellow Yellow: page.',
  '<u>Blue</u> <u>Blue</u>, Yellow Yellow: .',
]

/** The same, with `/cjs/view.tsx` besides, which is edited once. */
const stepsWithCommonJS = (() => {
  const view = (text: string, size: string) => text.replace(':', `, <i>${size}</i> <i>${size}</i>:`)
  const [first, text, colour, leaf, ...rest] = steps as [string, string, string, string, ...string[]]
  return [
    view(first, 'Small').replace('page text', 'page size text view'),
    ...[text, colour, leaf].map(step => view(step, 'Small')),
    view(leaf, 'Large').replace(': leaf', ': size view'),
    ...rest.map(step => view(step, 'Large')),
  ]
})()

/**
 * On 22.15.0 and 24.0.0, no hook may return a CommonJS module without a source (ERR_INVALID_RETURN_PROPERTY_VALUE). These loaders do
 * that to leave the module to `require`, so only ES modules work there, with or without our hooks.
 */
const isFloor = (version: string) => /^v(?:22\.15|24\.0)\./.test(version)

const stepsOfModules = steps.map(step => step.replace(/, (?:Green|Yellow) \w+/, '').replace(/leaf ?/, ''))

async function output(node: (typeof nodes)[number], files: Record<string, string>): Promise<string[]> {
  const cwd = folder(files)
  for (const name of ['tsx', '@oxc-node/core', '@swc-node/register']) {
    mkdirSync(dirname(join(cwd, 'node_modules', name)), { recursive: true })
    symlinkSync(realpathSync(join(modules, name)), join(cwd, 'node_modules', name))
  }
  const { output } = await run(node, ['--no-warnings', 'main.mjs'], { cwd })
  return output.trimEnd().split('\n')
}

const ours = 'registerHooks(hot)'

describe.concurrent.each(nodes)('On Node $version', node => {
  for (const [name, peer] of Object.entries(peers)) {
    for (const [order, both] of Object.entries({ before: [peer, ours], after: [ours, peer] })) {
      // On 22.15.0 and 24.0.0 these loaders cannot even be loaded after a synchronous hook: their own CommonJS has no source there.
      if (isFloor(node.version) && order === 'after' && !name.includes('hook')) continue
      it(`TSX and enums work with ${name} registered ${order} ours: by import and require one instance, never stale`, {
        timeout: 60_000,
      }, async () => {
        const floor = isFloor(node.version)
        const files = ['/page.tsx', ...(floor ? [] : ['/leaf.cts', '/cjs/view.tsx'])]
        const main = program(both.join('\n'), files, name !== 'oxc-node')
        expect(await output(node, { ...app, ...(floor ? {} : commonjs), 'main.mjs': main })).toEqual(
          floor ? stepsOfModules : stepsWithCommonJS,
        )
      })
    }
  }

  it('oxc-node by itself cannot import CommonJS TSX: it takes it for an ES module', {
    timeout: 60_000,
  }, async () => {
    const main = `${peers['oxc-node']}; await import('./app/cjs/view.tsx').catch(error => console.log(error.message))`
    expect(await output(node, { ...app, ...commonjs, 'main.mjs': main })).toEqual([
      'require is not defined in ES module scope, you can use import instead',
    ])
  })

  it('TSX and enums work with an off-thread hook that is registered late, after modules were loaded', {
    timeout: 60_000,
  }, async () => {
    const warm = `await tree.write('/warm.mjs', 'export const warm = 1'); await import(tree.root + '/warm.mjs')`
    const floor = isFloor(node.version)
    const main = program([ours, warm, offThread].join('\n'), ['/page.tsx', ...(floor ? [] : ['/leaf.cts'])])
    expect(await output(node, { ...app, 'main.mjs': main })).toEqual(floor ? stepsOfModules : steps)
  })
})
