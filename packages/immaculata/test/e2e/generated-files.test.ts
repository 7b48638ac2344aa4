/** What git ignores is left alone, unless a module of the program imports it, or the program was built into it. */
import { ftruncateSync, openSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { folder, immaculata, nodes, write } from './running.ts'

const type = { 'package.json': '{ "type": "module" }' }
const stay = 'setInterval(() => {}, 1e6)'

describe.each(nodes)('generated files on $name', ({ node }) => {
  it('neither restart nor re-evaluate the program when a framework writes and loads them for itself', async () => {
    const cwd = folder({
      ...type,
      '.gitignore': '# build\n/.build/\n*.gen.js\n!kept.gen.js\n',
      'node_modules/framework/index.js': `const { mkdirSync, writeFileSync } = require('node:fs')
        exports.build = dir => {
          mkdirSync(dir + '/.build/dev', { recursive: true })
          writeFileSync(dir + '/.build/package.json', '{"type": "commonjs"}')
          writeFileSync(dir + '/.build/dev/package.json', '{"type": "commonjs"}')
          const count = globalThis.count = (globalThis.count ?? 0) + 1
          writeFileSync(dir + '/.build/manifest.json', JSON.stringify({ count }))
          delete require.cache[dir + '/.build/manifest.json']
          return require(dir + '/.build/manifest.json').count
        }`,
      'main.js': `import { build } from 'framework'
        import { word } from './word.js'
        console.log('says', word, build(import.meta.dirname), process.pid)
        globalThis.timer ??= setInterval(() => build(import.meta.dirname), 30)`,
      'word.js': `export const word = 'one'`,
    })
    const running = immaculata({ node, cwd }, 'main.js')
    await running.prints('says one 1')
    write(cwd, { 'word.js': `export const word = 'two'` })
    await running.prints('says two')
    const pids = [...running.stdout.matchAll(/says \w+ \d+ (\d+)/g)].map(([, pid]) => pid)
    expect(new Set(pids).size).toBe(1)
    expect(pids).toHaveLength(2)
    expect(running.stderr).not.toContain('restart')
  })

  it('are live when a module imports them, like the program’s own files', async () => {
    const cwd = folder({
      ...type,
      '.gitignore': 'generated/\n',
      'main.js': `import { word } from './generated/word.js'; console.log('says', word); ${stay}`,
      'generated/word.js': `export const word = 'one'`,
      'generated/package.json': '{ "type": "module" }',
      'generated/other.js': 'export {}',
    })
    const running = immaculata({ node, cwd }, 'main.js')
    await running.prints('says one')
    write(cwd, { 'generated/other.js': 'export const a = 1' })
    write(cwd, { 'generated/word.js': `export const word = 'two'` })
    await running.prints('says two')
    expect(running.stderr).not.toContain('other.js')
  })

  it('are the program when the entry point is one of them', async () => {
    const cwd = folder({
      ...type,
      '.gitignore': 'dist\n',
      'dist/main.js': `import { word } from './lib/word.js'; console.log('says', word); ${stay}`,
      'dist/lib/word.js': `export const word = 'one'`,
    })
    const running = immaculata({ node, cwd }, 'dist/main.js')
    await running.prints('says one')
    write(cwd, { 'dist/lib/word.js': `export * from './new.js'`, 'dist/lib/new.js': `export const word = 'two'` })
    await running.prints('says two')
  })

  it('are left alone with --ignore, a folder or a pattern', async () => {
    const cwd = folder({
      ...type,
      'main.js': `import { word } from './word.js'; console.log('says', word); ${stay}`,
      'word.js': `export const word = 'one'`,
      'out/deep/package.json': '{}',
      'a.generated.json': '{}',
    })
    const running = immaculata({ node, cwd }, '--ignore', 'out', '--ignore=*.generated.json', 'main.js')
    await running.prints('says one')
    write(cwd, { 'out/deep/package.json': '{ "version": "2.0.0" }', 'a.generated.json': '{ "a": 1 }' })
    write(cwd, { 'word.js': `export const word = 'two'` })
    await running.prints('says two')
    expect(running.stderr).not.toMatch(/package\.json|generated|restart/)
  })

  it('are not read when they are huge, whatever their names are', async () => {
    const cwd = folder({ ...type, 'main.js': `console.log('resident', process.memoryUsage().rss)` })
    // A file with a hole: it takes no room on the disk.
    ftruncateSync(openSync(join(cwd, 'dump.js'), 'w'), 1_900 * 2 ** 20)
    const running = immaculata({ node, cwd }, 'main.js')
    expect(await running.ended).toEqual({ code: 0, signal: null })
    expect(Number(/resident (\d+)/.exec(running.stdout)![1])).toBeLessThan(300e6)
  })

  it('do not restart the program when a package.json appears in a folder from which nothing was loaded', async () => {
    const cwd = folder({
      ...type,
      'main.js': `import { word } from './word.js'; console.log('says', word); ${stay}`,
      'word.js': `export const word = 'one'`,
    })
    const running = immaculata({ node, cwd }, 'main.js')
    await running.prints('says one')
    write(cwd, { [join('worktree', 'package.json')]: '{ "type": "commonjs" }' })
    write(cwd, { 'word.js': `export const word = 'two'` })
    await running.prints('says two')
    expect(running.stderr).not.toContain('restart')
  })

  it('are no dependency of a module for which a package reads or lists them, but of one that reads them itself', async () => {
    const cwd = folder({
      ...type,
      '.gitignore': '/.build/\n',
      '.build/cache/one.txt': 'one',
      'views/page.txt': 'one',
      'node_modules/framework/index.js': `const { existsSync, readdirSync, readFileSync } = require('node:fs')
        exports.start = async dir => {
          await null
          readdirSync(dir + '/.build')
          existsSync(dir + '/.build/static/chunks')
          readFileSync(dir + '/.build/cache/one.txt')
        }
        exports.view = dir => readFileSync(dir + '/views/page.txt', 'utf8')`,
      'main.js': `import { readFileSync } from 'node:fs'
        import framework from 'framework'
        import { own } from './own.js'
        const { dirname } = import.meta
        await framework.start(dirname)
        console.log('page', framework.view(dirname))
        setInterval(() => {}, 1e6)`,
      'own.js': `import { readFileSync } from 'node:fs'
        export const own = readFileSync(new URL('.build/cache/two.txt', import.meta.url), 'utf8')
        console.log('own', own)`,
      '.build/cache/two.txt': 'one',
    })
    const running = immaculata({ node, cwd }, 'main.js')
    await running.prints('page one')
    write(cwd, { '.build/static/chunks/a.js': '', '.build/cache/one.txt': 'two', '.build/new': '' })
    write(cwd, { 'views/page.txt': 'two' })
    await running.prints('page two')
    write(cwd, { '.build/cache/two.txt': 'two' })
    await running.prints('own two')
    await running.prints('page two', 2)
    expect(running.stdout).toBe('own one\npage one\npage two\nown two\npage two\n')
  })

  it('are no dependency of the entry point when a framework that it prepares, and waits for, builds them', async () => {
    const cwd = folder({
      '.gitignore': '/.build/\n',
      'pages/a.txt': 'one',
      'node_modules/framework/index.js': `const { promises, statSync, existsSync, mkdirSync, watch, writeFileSync } = require('node:fs')
        exports.prepare = async dir => {
          // It looks by itself at what changes in a folder of the program.
          await null
          watch(dir + '/pages', async (_, name) => {
            await promises.stat(dir + '/pages/' + name).catch(() => {})
            console.log('framework saw ' + name)
          })
          const chunks = dir + '/.build/static/chunks'
          for (const name of ['server.json', 'static', 'static/chunks', 'static/chunks/a.js']) {
            await promises.stat(dir + '/.build/' + name).catch(() => {})
            existsSync(dir + '/.build/' + name)
            try { statSync(dir + '/.build/' + name) } catch {}
          }
          mkdirSync(chunks, { recursive: true })
          writeFileSync(dir + '/.build/page.js', 'exports.page = require("./static/chunks/a.js").page')
          writeFileSync(chunks + '/a.js', '')
          setTimeout(() => writeFileSync(chunks + '/a.js', '// built'), 100)
          return async () => {
            await promises.readdir(chunks)
            writeFileSync(chunks + '/b.js', '// built ' + Date.now())
            for (const file of [dir + '/.build/page.js', chunks + '/a.js']) delete require.cache[file]
            require(dir + '/.build/page.js')
          }
        }`,
      'main.js': `const { createServer } = require('node:http')
        const { prepare } = require('framework')
        const { word } = require('./word')
        const started = globalThis.started = (globalThis.started ?? 0) + 1
        prepare(__dirname).then(handle => {
          createServer(async (_, answer) => { await handle(); answer.end(word + ' ' + started) })
            .listen(0, function () { console.log('port ' + this.address().port) })
        })`,
      'word.js': `exports.word = 'one'`,
    })
    const running = immaculata({ node, cwd }, '--verbose', 'main.js')
    await running.prints('port ')
    const get = async () => (await fetch(`http://localhost:${/port (\d+)/.exec(running.stdout)![1]}`)).text()
    expect([await get(), await get()]).toEqual(['one 1', 'one 1'])
    for (const text of ['two', 'three']) write(cwd, { 'pages/a.txt': text, 'pages/b.txt': text })
    await running.prints('framework saw b.txt')
    rmSync(join(cwd, 'pages/b.txt'))
    write(cwd, { '.build/static/chunks/a.js': '// built by another process' })
    expect([await get(), await get()]).toEqual(['one 1', 'one 1'])
    write(cwd, { 'word.js': `exports.word = 'two'` })
    await running.prints('word.js changed')
    expect([await get(), await get()]).toEqual(['two 2', 'two 2'])
    expect(running.stderr.match(/re-evaluated/g)).toHaveLength(1)
  })

  it('are not settings that git ignores by their name: those are live when a package reads them for a module', async () => {
    const cwd = folder({
      ...type,
      '.gitignore': 'local.json',
      'node_modules/settings/index.js': `const { readFileSync } = require('node:fs')
        exports.read = file => JSON.parse(readFileSync(file, 'utf8'))`,
      'config/local.json': '{ "word": "one" }',
      'main.js': `import { read } from 'settings'
        console.log('says', read('config/local.json').word)
        setInterval(() => {}, 1e6)`,
    })
    const running = immaculata({ node, cwd }, 'main.js')
    await running.prints('says one')
    write(cwd, { 'config/local.json': '{ "word": "two" }' })
    await running.prints('says two')
  })

  it.runIf(process.platform !== 'win32')(
    'a Unix socket that a program looks for, removes and listens on is no save',
    async () => {
      const cwd = folder({
        ...type,
        'main.js': `import { existsSync, unlinkSync, readdirSync } from 'node:fs'
        import { createServer } from 'node:net'
        import { tmpdir } from 'node:os'
        import { word } from './word.js'
        for (const socket of ['in.sock', tmpdir() + '/immaculata-' + process.pid + '.sock']) {
          if (existsSync(socket)) unlinkSync(socket)
          readdirSync('.')
          createServer().listen(socket)
        }
        console.log('says', word)`,
        'word.js': `export const word = 'one'`,
      })
      const running = immaculata({ node, cwd }, 'main.js')
      await running.prints('says one')
      write(cwd, { 'word.js': `export const word = 'two'` })
      await running.prints('says two')
      expect(running.stdout).toBe('says one\nsays two\n')
      expect(running.output).not.toContain('.sock')
    },
  )
})
