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

  it.runIf(strips)('runs hot with Node alone', async () => {
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

  /** Decorators, an enum, and imports without extensions: what CommonJS TypeScript projects are written in. */
  const service = (word: string) => `function tagged(target: object): void { Object.assign(target, { tag: '${word}' }) }
    @tagged
    export class Service { constructor(private readonly word = '${word}') {} say(): string { return this.word + (Service as any).tag } }`
  const commonJS = {
    'package.json': '{ "name": "app" }',
    'tsconfig.json': JSON.stringify({
      compilerOptions: {
        module: 'commonjs',
        moduleResolution: 'node',
        target: 'es2022',
        experimentalDecorators: true,
        esModuleInterop: true,
        ignoreDeprecations: '5.0',
      },
    }),
    'server.ts': `import { Service } from './service'
      import { kept } from './kept'
      enum Colour { Red = 1 }
      console.log('shows', new Service().say(), Colour[1], require.main === module, module.id)
      setInterval(() => kept, 1e6)`,
    'kept.ts': `console.log('kept evaluated'); export const kept: number = 1`,
    'service.ts': service('one'),
  }

  it.each([
    ['-r', '@swc-node/register', '@swc-node/register'],
    ['-r', 'tsx', 'tsx/cjs'],
    ['--import', 'tsx', 'tsx'],
  ])(
    'runs CommonJS TypeScript hot with %s %s, and what does not compile harms nobody',
    async (flag, name, register) => {
      const cwd = folder(commonJS)
      link(cwd, name)
      const running = immaculata({ node, cwd }, '--no-warnings', flag, register, 'server.ts')
      await running.prints('shows oneone Red true .')
      write(cwd, { 'service.ts': service('two') })
      await running.prints('shows twotwo Red true .')
      write(cwd, { 'service.ts': 'export class Service { = }' })
      await running.prints('Not live')
      write(cwd, { 'service.ts': service('three') })
      await running.prints('shows threethree Red true .')
      expect(running.output.match(/kept evaluated/g)).toHaveLength(1)
    },
  )

  it('runs hot with a compiler that handles an extension of require, imported JSON and CommonJS included', async () => {
    const cwd = folder({
      'package.json': '{ "type": "commonjs" }',
      'compiler.cjs': `const { _extensions } = module.constructor
        const compile = _extensions['.js']
        _extensions['.js'] = (module, filename) => {
          const { _compile } = module
          module._compile = (code, ...rest) => _compile.call(module, code.replaceAll('NAME', '"compiled"'), ...rest)
          compile(module, filename)
        }`,
      'main.js': `const data = require('./data.json')
        console.log(require('./text.js'), NAME, data.word, require.main === module)
        setInterval(() => {}, 1e6)`,
      'text.js': `module.exports = 'one ' + NAME`,
      'data.json': '{ "word": "red" }',
    })
    const running = immaculata({ node, cwd }, '--require', './compiler.cjs', 'main.js')
    await running.prints('one compiled compiled red true')
    write(cwd, { 'text.js': `module.exports = 'two ' + NAME` })
    await running.prints('two compiled compiled red true')
    write(cwd, { 'data.json': '{ "word": "blue" }' })
    await running.prints('two compiled compiled blue true')
  })

  it.each(['tsx', 'none'])('makes saves of imported JSON and CommonJS live with %s as a compiler', async compiler => {
    const cwd = folder({
      ...type,
      'main.mjs': `import words from './words.json' with { type: 'json' }
        import { name } from './name.cjs'
        console.log('says', words.word, name)
        setInterval(() => {}, 1e6)`,
      'words.json': '{ "word": "red" }',
      'name.cjs': `exports.name = 'one'`,
    })
    link(cwd, 'tsx')
    const running = immaculata({ node, cwd }, ...(compiler === 'none' ? [] : ['--import', compiler]), 'main.mjs')
    await running.prints('says red one')
    write(cwd, { 'words.json': '{ "word": "blue" }' })
    await running.prints('says blue one')
    write(cwd, { 'name.cjs': `exports.name = 'two'` })
    await running.prints('says blue two')
    write(cwd, { 'words.json': '{ "word": ' })
    await running.prints('Not live')
    expect(running.stderr).toContain('words.json')
    write(cwd, { 'words.json': '{ "word": "green" }' })
    await running.prints('says green two')
  })

  it('chooses the compiler of the project by itself, when a module cannot be stripped, at the start or at a save', async () => {
    const cwd = folder({
      ...type,
      'main.js': `import { colour } from './colour.ts'
        console.log('shows', colour)
        setInterval(() => {}, 1e6)`,
      'colour.ts': `export enum Colour { Red }\nexport const colour: string = Colour[0]!`,
    })
    link(cwd, 'tsx')
    const running = immaculata({ node, cwd }, '--no-warnings', 'main.js')
    await running.prints('shows Red')
    await running.prints('compiled by tsx')
    expect(running.stderr).toBe('immaculata 0.0.0 · main.js · 2 modules · watching this folder · compiled by tsx\n')
    write(cwd, { 'colour.ts': `export enum Colour { Blue }\nexport const colour: string = Colour[0]!` })
    await running.prints('shows Blue')

    if (!strips) return
    const other = folder({
      ...type,
      'main.ts': `import { colour } from './colour.ts'
        console.log('shows', colour as string)
        setInterval(() => {}, 1e6)`,
      'colour.ts': `export const colour: string = 'Red'`,
    })
    link(other, 'tsx')
    const stripped = immaculata({ node, cwd: other }, '--no-warnings', 'main.ts')
    await stripped.prints('shows Red')
    write(other, { 'colour.ts': `enum Colour { Blue }\nexport const colour: string = Colour[0]!` })
    await stripped.prints('restarts: colour.ts needs a compiler for enum: tsx is used\n')
    await stripped.prints('shows Blue')
    expect(stripped.stderr).not.toContain('SyntaxError')
  })

  it('chooses one at once for what the entry point and its imports are seen to need, "paths" included', async () => {
    const cwd = folder({
      'package.json': '{}',
      'tsconfig.json':
        '{ /* as it is written */ "compilerOptions": { "baseUrl": ".", "paths": { "@/*": ["src/*"] }, }, }',
      'src/main.ts': `import { word } from '@/word'
        console.log('shows', word, process.execArgv.join(' '))
        setInterval(() => {}, 1e6)`,
      'src/word.ts': `export const word: string = 'one'`,
    })
    link(cwd, 'tsx')
    const running = immaculata({ node, cwd }, 'src/main.ts')
    await running.prints('shows one --import tsx\n')
    write(cwd, { 'src/word.ts': `export const word: string = 'two'` })
    await running.prints('shows two --import tsx\n')
  })

  it('chooses one that emits the metadata of decorators, where tsconfig.json asks for it', async () => {
    const cwd = folder({
      'package.json': '{ "devDependencies": { "tsx": "*", "@swc-node/register": "*" } }',
      'tsconfig.json': JSON.stringify({
        compilerOptions: {
          experimentalDecorators: true,
          emitDecoratorMetadata: true,
          module: 'commonjs',
          esModuleInterop: true,
        },
      }),
      'main.ts': `import 'reflect-metadata'
        import { Service } from './service'
        function tagged(_: unknown) {}
        @tagged
        class User { constructor(readonly service: Service) {} }
        console.log('shows', Reflect.getMetadata('design:paramtypes', User)[0] === Service, new Service().word)
        setInterval(() => {}, 1e6)`,
      'service.ts': `export class Service { word = 'one' }`,
    })
    for (const name of ['tsx', '@swc-node/register', 'reflect-metadata']) link(cwd, name)
    const running = immaculata({ node, cwd }, '--no-warnings', 'main.ts')
    await running.prints('shows true one')
    await running.prints('compiled by @swc-node/register')
    write(cwd, { 'service.ts': `export class Service { word = 'two' }` })
    await running.prints('shows true two')
  })

  it('without a compiler, or with --no-compiler, says which command installs one', async () => {
    const cwd = folder({ ...type, 'main.tsx': 'console.log(<b>1</b>)', 'pnpm-lock.yaml': '' })
    for (const args of [[], ['--no-compiler']]) {
      const running = immaculata({ node, cwd }, '--once', ...args, 'main.tsx')
      expect((await running.ended).code).toBe(1)
      expect(running.stderr).toMatch(args.length === 0 ? /→ .*: pnpm add -D tsx\n$/ : /→ .*: run with --import tsx\n$/)
      if (args.length === 0) link(cwd, 'tsx')
    }
  })

  it.each([
    ['tsx', 'tsx'],
    ['@oxc-node/core', '@oxc-node/core/register'],
    ['@swc-node/register', '@swc-node/register/esm-register'],
  ])('runs TSX and enums hot with %s, and survives a syntax error', async (name, register) => {
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
    link(cwd, name)
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

function link(cwd: string, name: string): void {
  mkdirSync(dirname(join(cwd, 'node_modules', name)), { recursive: true })
  symlinkSync(realpathSync(join(modules, name)), join(cwd, 'node_modules', name))
}
