import { createRequire } from 'node:module'
import { describe, expect, it } from 'vitest'
import { nodes } from '../../../../.ci/nodes.ts'
import { folder } from './folder.ts'
import { run } from './scenarios.ts'

/** What a program prints that runs alone, with the hooks, in its folder. */
async function output(node: (typeof nodes)[number], files: Record<string, string>, args: string[]): Promise<string[]> {
  const cwd = folder(files)
  const { code, output } = await run(node, ['--disable-warning=ExperimentalWarning', ...args], { cwd })
  const lines = output.trim().split('\n')
  return code === 0 ? lines : [`exit code ${code}`, ...lines]
}

const ownersProgram = `
import { FileTree } from "immaculata"
import { useTree } from "immaculata/hooks.js"
import { registerHooks } from 'node:module'

const tree = new FileTree('src', import.meta.dirname)
registerHooks(useTree(tree))

const myModule = await import('src/myModule.js')     // executed
const myModule2 = await import('src/myModule.js')    // NOT executed a second time

tree.watch().on('filesUpdated', async () => {
  const myModule = await import('src/myModule.js')   // executed again iff invalidated
})
`

/** Makes saves, one after the other, each once the effect of the last one was seen. */
const ownersEdits = `
import { writeFileSync } from 'node:fs'
console.log('same', myModule === myModule2)
globalThis.tree = tree
const save = (name, text) => writeFileSync(new URL('src/' + name, import.meta.url), text)
const printed = []
const error = console.error
const print = console.log
const seen = text => new Promise(resolve => {
  const timer = setTimeout(() => { print('never seen: ' + text); process.exit(1) }, 8000)
  const look = () => { if (printed.some(line => line.includes(text))) { clearTimeout(timer); resolve() } else setTimeout(look, 1) }
  look()
})
console.log = line => { printed.push(line); print(line) }
console.error = error => { printed.push(String(error)); print('error', error.name) }
save('myModule.js', text('two'))
await seen('executed two')
save('dependency.js', 'export const d = 2')
await seen('executed two with 2')
save('myModule.js', 'const = broken')
await seen('SyntaxError')
save('myModule.js', text('four'))
await seen('executed four')
save('unrelated.js', '1')
await new Promise(resolve => tree.once('filesUpdated', resolve))
await import('src/myModule.js')
print('disposed', globalThis.disposed)
tree.close()
`

const module = (name: string) => `import { d } from './dependency.js'
console.log('executed ${name} with ' + d)
globalThis.tree?.onModuleInvalidated(import.meta.url, () => { globalThis.disposed = [...(globalThis.disposed ?? []), '${name}'] })
export const v = '${name}'
`

const require = createRequire(import.meta.url)
const esbuildPath = createRequire(require.resolve('tsup')).resolve('esbuild')

/** A hook of ten lines that compiles TSX, as programs have it. */
const compiler = `
import { registerHooks, createRequire } from 'node:module'
const esbuild = createRequire(import.meta.url)(${JSON.stringify(esbuildPath)})
export const compile = () => registerHooks({
  load(url, context, nextLoad) {
    const [path] = url.split('?')
    if (!/\\.tsx?$/.test(path)) return nextLoad(url, context)
    const { source } = nextLoad(url, { ...context, format: 'module' })
    const { code } = esbuild.transformSync(String(source), { loader: 'tsx', format: 'esm', jsxFactory: 'h', sourcefile: path })
    return { format: 'module', source: code, shortCircuit: true }
  },
})
`

const start = (first: string, second: string) => `
import { FileTree } from '@hot/tree'
import { useTree } from '@hot/hooks'
import { registerHooks } from 'node:module'
import { compile } from './compiler.mjs'
globalThis.h = (tag, _, ...children) => '<' + tag + '>' + children.join('') + '</' + tag + '>'
globalThis.count = 0
const tree = new FileTree('app', import.meta.dirname)
const hot = useTree(tree)
${first}
${second}
const load = name => import(tree.root + name)
console.log((await load('/page.ts')).html)
await tree.write('/foo.tsx', 'count++; export const html = (x: string) => <i>{x}</i>')
console.log((await load('/page.ts')).html, (await load('/other.ts')).count)
await tree.write('/foo.ts', 'export const text: string = "bye"')
console.log((await load('/page.ts')).html, (await load('/other.ts')).count, count)
`

const tsx = {
  'compiler.mjs': compiler,
  'app/page.ts': `import { html as make } from './foo.tsx'\nimport { text } from './foo.ts'\nexport const html: string = make(text)`,
  'app/foo.tsx': `count++; export const html = (x: string) => <b>{x}</b>`,
  'app/foo.ts': `export const text: string = 'hello'`,
  'app/other.ts': `import { text } from './foo.ts'\nexport const used = text, count = (globalThis.others = (globalThis.others ?? 0) + 1)`,
}

const preload = `
import { FileTree } from '@hot/tree'
import { useTree } from '@hot/hooks'
import { registerHooks } from 'node:module'
globalThis.tree = new FileTree('app', import.meta.dirname)
globalThis.hot = useTree(tree)
registerHooks(hot)
`

describe.concurrent.each(nodes)('On Node $version', node => {
  it("runs the owner's program: once, again when stale, and again at the save after a syntax error", {
    timeout: 30_000,
  }, async () => {
    const text = `const text = name => ${JSON.stringify(module('NAME'))}.replaceAll('NAME', name)\n`
    const files = {
      'main.js': text + ownersProgram + ownersEdits,
      'package.json': '{ "type": "module" }',
      'src/myModule.js': module('one'),
      'src/dependency.js': 'export const d = 1',
    }
    expect(await output(node, files, ['main.js'])).toEqual([
      'executed one with 1',
      'same true',
      'executed two with 1',
      'executed two with 2',
      'error SyntaxError',
      'executed four with 2',
      "disposed [ 'two', 'two' ]",
    ])
  })

  it('lets the process end once the tree is closed', { timeout: 30_000 }, async () => {
    const files = {
      'main.mjs': `${preload.replace('registerHooks(hot)', 'registerHooks(hot); tree.watch()')}\nawait import('app/a.mjs'); tree.close(); console.log('closed')`,
      'app/a.mjs': '',
    }
    expect(await output(node, files, ['main.mjs'])).toEqual(['closed'])
  })

  it('shows the entry point a clean import.meta.url, and import.meta.main, in every life', {
    timeout: 30_000,
  }, async () => {
    const text = (life: number) => `import './b.mjs'
      console.log(${life}, import.meta.url === new URL('main.mjs', tree.root + '/').href, import.meta.main === (globalThis.main ??= import.meta.main))`
    const files = {
      'preload.mjs': preload,
      'app/main.mjs': `${text(1)}
        globalThis.run ??= setImmediate(async () => {
          await tree.write('/main.mjs', ${JSON.stringify(text(2))})
          await hot.import(tree.root + '/main.mjs')
          await tree.write('/b.mjs', '1')
          await hot.import(tree.root + '/main.mjs')
        })`,
      'app/b.mjs': '',
    }
    expect(await output(node, files, ['--import', './preload.mjs', 'app/main.mjs'])).toEqual([
      '1 true true',
      '2 true true',
      '2 true true',
    ])
  })

  it('a CommonJS entry point is require.main in every life', { timeout: 30_000 }, async () => {
    const text = (life: number) =>
      `console.log(${life}, require.main === module, require.main.filename === __filename)\n`
    const files = {
      'preload.mjs': preload,
      'app/main.cjs': `${text(1)}
        setImmediate(async () => {
          await tree.write('/main.cjs', ${JSON.stringify(text(2))})
          await hot.import(tree.root + '/main.cjs')
        })`,
    }
    expect(await output(node, files, ['--import', './preload.mjs', 'app/main.cjs'])).toEqual([
      '1 true true',
      '2 true true',
    ])
  })

  it('shows stack traces with clean names and the lines of the file', { timeout: 30_000 }, async () => {
    const files = {
      'main.mjs': `${preload}
        const place = async name => {
          const value = await import(tree.root + name)
          const { stack } = (value.fail ?? value.default.fail)()
          return stack.split('\\n')[1].replace(/^.*?\\(?(?:file:\\/\\/)?[^(]*app/, '').replace(/\\)$/, '')
        }
        for (const name of ['/a.mjs', '/c.cjs', '/hot.mjs']) {
          console.log(await place(name))
          await tree.write(name, tree.files.get(name).text + '\\n')
          console.log(await place(name))
        }`,
      'app/a.mjs': '// one\nexport function fail() {\n  return new Error()\n}',
      'app/c.cjs': '// one\n// two\nexports.fail = () => {\n  return new Error()\n}',
      'app/hot.mjs': 'import.meta.hot.accept()\n\nexport function fail() {\n\n  return new Error()\n}',
    }
    expect(await output(node, files, ['main.mjs'])).toEqual([
      ...['/a.mjs:3:10', '/a.mjs:3:10', '/c.cjs:4:10', '/c.cjs:4:10', '/hot.mjs:5:10', '/hot.mjs:5:10'],
    ])
  })

  it('gives its bytes to a compiler that was registered before, and does not mix up foo.ts and foo.tsx', {
    timeout: 30_000,
  }, async () => {
    const files = { ...tsx, 'main.mjs': start('compile()', 'registerHooks(hot)') }
    expect(await output(node, files, ['main.mjs'])).toEqual(['<b>hello</b>', '<i>hello</i> 1', '<i>bye</i> 2 2'])
  })

  it('gives its bytes to a compiler that is registered after', { timeout: 30_000 }, async () => {
    const files = { ...tsx, 'main.mjs': start('registerHooks(hot)', 'compile()') }
    expect(await output(node, files, ['main.mjs'])).toEqual(['<b>hello</b>', '<i>hello</i> 1', '<i>bye</i> 2 2'])
  })

  it('strips the types of TypeScript as Node does, and keeps its lines', { timeout: 30_000 }, async () => {
    const files = {
      'main.mjs': `${preload}
        const load = async () => (await import(tree.root + '/a.ts')).f(1).stack.split('\\n')[1].match(/[^/]*$/)[0]
        const first = await load().catch(error => error.code)
        await tree.write('/a.ts', tree.files.get('/a.ts').text + '\\n')
        console.log(first, await load().catch(error => error.code))`,
      'app/a.ts': 'interface A {\n  a: number\n}\nexport const f = (a: A): Error => new Error(String(a))\n',
    }
    const strips = node.version !== 'v22.15.0'
    const place = strips ? 'a.ts:4:35' : 'ERR_UNKNOWN_FILE_EXTENSION'
    const [line] = await output(node, files, ['main.mjs'])
    expect(line?.replaceAll(')', '')).toBe(`${place} ${place}`)
  })

  it('disposes importers first when the process ends by itself', { timeout: 30_000 }, async () => {
    const text = (name: string, rest = '') =>
      `${rest}\nimport.meta.hot.dispose(async () => { await null; console.log('${name}') })`
    const files = {
      'main.mjs': `${preload}\nawait import(tree.root + '/a.mjs')`,
      'app/a.mjs': text('a', `import './b.mjs'`),
      'app/b.mjs': text('b'),
    }
    expect(await output(node, files, ['main.mjs'])).toEqual(['a', 'b'])
  })

  it('warns of a module of the tree that was loaded before the hooks were on', { timeout: 30_000 }, async () => {
    const files = {
      'main.mjs': `import './app/a.cjs'\nawait import('./late.mjs')`,
      'late.mjs': preload,
      'app/a.cjs': '',
    }
    expect((await output(node, files, ['main.mjs'])).join(' ')).toMatch(
      /HOT_LOADED_BEFORE.*app\/a\.cjs was loaded before/,
    )
  })
})
