import { spawnSync } from 'node:child_process'
import { mkdirSync, realpathSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { folder, immaculata, nodes, write } from './running.ts'

const type = { 'package.json': '{ "type": "module" }' }

const modules = fileURLToPath(new URL('../../node_modules', import.meta.url))

describe.each(nodes)('TypeScript on $name', ({ node }) => {
  const strips = spawnSync(node, ['-p', 'process.features.typescript']).stdout.toString().trim() === 'strip'

  it.runIf(strips)('runs hot with nothing more than Node', async () => {
    const cwd = folder({
      ...type,
      'main.ts': `import { name, type Name } from './name.ts'
        const shown: Name = name
        console.log('name', shown)
        setInterval(() => {}, 1e6)`,
      'name.ts': `export type Name = string\nexport const name: Name = 'one'`,
    })
    const running = immaculata({ node, cwd }, 'main.ts')
    await running.prints('name one')
    write(cwd, { 'name.ts': `export type Name = string\nexport const name: Name = 'two' as const` })
    await running.prints('name two')
    write(cwd, { 'name.ts': `export type Name = string\nexport const name: Name = = 'three'` })
    await running.prints('Not live')
    expect(running.stderr).toContain('name.ts')
  })

  it('runs hot through a compiler that is registered with --import', async () => {
    const compiler = `import { registerHooks } from 'node:module'
      registerHooks({
        load(url, context, next) {
          const result = next(url, context)
          if (!url.includes('.js') || url.includes('node_modules')) return result
          return { ...result, source: String(result.source).replaceAll('NAME', JSON.stringify('compiled')) }
        },
      })`
    const cwd = folder({
      ...type,
      'compiler.mjs': compiler,
      'main.js': `import { text } from './text.js'; console.log(text + NAME); setInterval(() => {}, 1e6)`,
      'text.js': `export const text = 'one ' + NAME + ' '`,
    })
    const running = immaculata({ node, cwd }, '--import', './compiler.mjs', 'main.js')
    await running.prints('one compiled compiled')
    write(cwd, { 'text.js': `export const text = 'two ' + NAME + ' '` })
    await running.prints('two compiled compiled')
  })

  it.each([
    ['tsx', 'tsx'],
    ['@oxc-node/core', '@oxc-node/core/register'],
    ['@swc-node/register', '@swc-node/register/esm-register'],
  ])('runs TSX and enums hot with %s, and a syntax error harms nobody', async (name, register) => {
    const view = (tag: string) => `import { Colour } from './colour.ts'
      export const html: string = <${tag}>{Colour[1]}</${tag}>`
    const cwd = folder({
      ...type,
      'tsconfig.json': JSON.stringify({
        compilerOptions: { jsx: 'react', jsxFactory: 'h', module: 'nodenext', target: 'es2022' },
      }),
      'server.tsx': `import './h.ts'
        import { html } from './view.tsx'
        console.log('shows', html, new URL(import.meta.url).search === '')
        setInterval(() => {}, 1e6)`,
      'h.ts': `globalThis.h = (tag: string, _: unknown, ...children: string[]) => '<' + tag + '>' + children.join('') + '</' + tag + '>'`,
      'view.tsx': view('b'),
      'colour.ts': 'export enum Colour { Red = 1 }',
    })
    mkdirSync(dirname(join(cwd, 'node_modules', name)), { recursive: true })
    symlinkSync(realpathSync(join(modules, name)), join(cwd, 'node_modules', name))
    const running = immaculata({ node, cwd }, '--no-warnings', '--import', register, 'server.tsx')
    await running.prints('shows <b>Red</b> true')
    write(cwd, { 'view.tsx': view('i') })
    await running.prints('shows <i>Red</i> true')
    write(cwd, { 'colour.ts': 'export enum Colour { = 1 }' })
    await running.prints('Not live')
    write(cwd, { 'colour.ts': 'export enum Colour { Blue = 1 }' })
    await running.prints('shows <i>Blue</i> true')
  })
})
