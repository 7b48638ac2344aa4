import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { nodes } from '../../../../.ci/nodes.ts'
import { debug } from './debugger.ts'
import { folder } from './folder.ts'
import { run } from './scenarios.ts'

const preload = `
import { FileTree } from '@hot/tree'
import { useTree } from '@hot/hooks'
import { createRequire, registerHooks } from 'node:module'
globalThis.tree = new FileTree('app', import.meta.dirname)
globalThis.hot = useTree(tree)
registerHooks(hot)
globalThis.require = createRequire(tree.root + '/outside.cjs')
`

/** A function whose body is on line 4, in each kind of module. */
const sources: Record<string, string> = {
  'app/a.mjs': `// one\n\nexport function f(v) {\n  return [v, new Error()]\n}\n`,
  'app/hot.mjs': `import.meta.hot?.accept(); export const life = 1\n\nexport function f(v) {\n  return [v, new Error()]\n}\n`,
  'app/required.mjs': `// one\n\nexport default function f(v) {\n  return [v, new Error()]\n}\nexport { f }\n`,
  'app/c.cjs': `// one\n\nexports.f = function f(v) {\n  return [v, new Error()]\n}\n`,
  'app/type/package.json': '{ "type": "module" }',
  'app/type/d.js': `// one\n\nexport function f(v) {\n  return [v, new Error()]\n}\n`,
  'app/data.json': '{ "v": 1 }',
}

const typescript: Record<string, string> = {
  'app/t.ts': `interface A {}\n\nexport function f(v: number): [number, Error] {\n  return [v, new Error() as Error]\n}\n`,
  'app/u.mts': `type A = {}\n\nexport function f(v: number): [number, Error] {\n  return [v, new Error() as Error]\n}\n`,
  'app/v.cts': `type A = {}\n\nexports.f = function f(v: number): [number, Error] {\n  return [v, new Error() as Error]\n}\n`,
}

const modulesOf = (files: Record<string, string>) => Object.keys(files).filter(name => !name.endsWith('.json'))

/** Loads each module in three versions, calls its function, and prints the position that its stack shows. */
const lives = (names: string[]) => `${preload}
for (const name of ${JSON.stringify(names.map(name => name.slice(3)))}) {
  for (const life of [1, 2, 3]) {
    if (life > 1) await tree.write(name, tree.files.get(name).text + '// ' + life)
    const loaded = name.includes('required') ? require('.' + name) : await import(tree.root + name)
    const [, { stack }] = (loaded.f ?? loaded.default.f)(life)
    console.log(/((?:file:\\/\\/)?\\/.*:\\d+:\\d+)\\)?$/.exec(stack.split('\\n')[1])[1])
    if (name === '/a.mjs') await import(tree.root + '/data.json', { with: { type: 'json' } })
  }
}
process.exit()
`

const traced = `console.trace('here')\nexport const v = 1\n`

describe.concurrent.each(nodes)('On Node $version', node => {
  const files = { ...sources, ...(node.version === 'v22.15.0' ? {} : typescript) }
  const names = modulesOf(files)

  it('a breakpoint that was set by URL before the first load is hit in every version', {
    timeout: 60_000,
  }, async () => {
    const cwd = folder({ ...files, 'main.mjs': lives(names) })
    const urls = names.map(name => pathToFileURL(`${cwd}/${name}`).href)
    const { hits } = await debug(
      node,
      ['--no-warnings', 'main.mjs'],
      cwd,
      urls.map(url => ({ url, lineNumber: 3 })),
    )
    expect(hits).toEqual(urls.flatMap(url => Array(3).fill(`${url}:4`)))
  })

  it('a breakpoint that was set by a pattern of the path, as VS Code sets it, is hit in every version', {
    timeout: 60_000,
  }, async () => {
    const cwd = folder({ ...files, 'main.mjs': lives(names) })
    const urls = names.map(name => pathToFileURL(`${cwd}/${name}`).href)
    const pattern = (text: string) => text.replace(/[/\\^$.*+?()[\]{}|]/g, '\\$&')
    const breakpoints = names.map((name, at) => ({
      urlRegex: `${pattern(`${cwd}/${name}`)}($|\\?)|${pattern(urls[at]!)}($|\\?)`,
      lineNumber: 3,
    }))
    const { hits } = await debug(node, ['--no-warnings', 'main.mjs'], cwd, breakpoints)
    expect(hits).toEqual(urls.flatMap(url => Array(3).fill(`${url}:4`)))
  })

  it('debuggers show the plain URLs of files, and stack traces their plain names, in every version', {
    timeout: 60_000,
  }, async () => {
    const cwd = folder({ ...files, 'main.mjs': lives(names) })
    const { scripts, output } = await debug(node, ['--no-warnings', 'main.mjs'], cwd, [])
    const root = pathToFileURL(`${cwd}/app/`).href
    const shown = new Set(scripts.filter(url => decodeURI(url).includes('/app/')))
    const loaded = [...names, 'app/data.json'].map(name => root + name.slice(4))
    expect([...shown].sort()).toEqual(loaded.sort())
    const places = names.map(name => {
      const column = files[name]!.split('\n')[3]!.indexOf('new Error') + 1
      return `${/\.c[jt]s$/.test(name) ? `${cwd}/${name}` : pathToFileURL(`${cwd}/${name}`).href}:4:${column}`
    })
    const said = output.trimEnd().split('\n')
    expect(said.map(line => decodeURI(line).replace('file://', ''))).toEqual(
      places.flatMap(place => Array(3).fill(decodeURI(place).replace('file://', ''))),
    )
  })

  it('console.trace() shows the plain name and the line, in every version', { timeout: 60_000 }, async () => {
    const cwd = folder({
      'main.mjs': `${preload}
        await import(tree.root + '/a.mjs')
        for (const text of ['//2', '//3']) {
          await tree.write('/a.mjs', tree.files.get('/a.mjs').text + text)
          await import(tree.root + '/a.mjs')
        }
        process.exit()`,
      'app/a.mjs': `\n${traced}`,
    })
    const { output } = await run(node, ['--no-warnings', 'main.mjs'], { cwd })
    const url = pathToFileURL(`${cwd}/app/a.mjs`).href
    expect(output.match(/^ +at \S+a\.mjs\S*$/gm)?.map(line => line.trim())).toEqual(Array(3).fill(`at ${url}:2:9`))
  })

  it('--enable-source-maps shows the line of the written source, through a compiling hook, in every version', {
    timeout: 60_000,
  }, async () => {
    // The compiler adds two lines in front, and a source map that undoes it.
    const map = `{"version":3,"sources":[source],"names":[],"mappings":";;AAAA;AACA;AACA;AACA;AACA"}`
    const compiler = `{
      load(url, context, nextLoad) {
        const [source] = url.split('?')
        if (!source.endsWith('.mjs') || !source.includes('/app/')) return nextLoad(url, context)
        const result = nextLoad(url, context)
        const map = JSON.stringify(${map.replace('[source]', '[source]')})
        const comment = '\\n//# sourceMappingURL=data:application/json;base64,' + Buffer.from(map).toString('base64')
        return { ...result, source: '\\n\\n' + result.source + comment }
      }
    }`
    const main = (order: string[]) => `${preload.replace('registerHooks(hot)', order.join('\n'))}
      for (const life of [1, 2, 3]) {
        if (life > 1) await tree.write('/a.mjs', tree.files.get('/a.mjs').text + '// ' + life)
        const [, { stack }] = (await import(tree.root + '/a.mjs')).f(life)
        console.log(stack.split('\\n')[1].replace(/^.*\\/app/, '').replace(/\\)$/, ''))
      }
      process.exit()`
    const compile = `registerHooks(${compiler})`
    for (const order of [
      [compile, 'registerHooks(hot)'],
      ['registerHooks(hot)', compile],
    ]) {
      const cwd = folder({ 'main.mjs': main(order), 'app/a.mjs': sources['app/a.mjs']! })
      const { output } = await run(node, ['--no-warnings', '--enable-source-maps', 'main.mjs'], { cwd })
      expect(output.trimEnd().split('\n')).toEqual(Array(3).fill('/a.mjs:4:1'))
    }
  })
})
