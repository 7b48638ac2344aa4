import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { folder, immaculata, nodes, registered, write } from './running.ts'

const program = {
  'package.json': '{ "type": "module" }',
  'main.js': `import './declines.js'
    console.log('alive', process.pid)
    import.meta.hot.dispose(() => console.log('disposed'))
    setInterval(() => {}, 1e6)`,
  'declines.js': `import.meta.hot.decline()`,
}

/** What needs a new process: the file that is written, and what is said. */
const reasons: [file: string, text: string, said: string][] = [
  ['.env', 'A=2', '.env changed, and a process reads its environment once'],
  ['.env.local', 'A=2', '.env.local changed, and a process reads its environment once'],
  ['package.json', '{ "type": "module", "version": "2.0.0" }', '/package.json changed, and Node keeps what it read'],
  ['package-lock.json', '{ "lockfileVersion": 4 }', 'package-lock.json changed, and packages are loaded once'],
  ['pnpm-lock.yaml', 'lockfileVersion: 10', 'pnpm-lock.yaml changed, and packages are loaded once'],
  ['yarn.lock', '# yarn', 'yarn.lock changed, and packages are loaded once'],
  ['bun.lock', '{}', 'bun.lock changed, and packages are loaded once'],
  ['tsconfig.json', '{ "compilerOptions": {} }', 'tsconfig.json changed, and compilers read it once'],
  ['tsconfig.base.json', '{ "compilerOptions": {} }', 'tsconfig.base.json changed, and compilers read it once'],
  ['node_modules/.package-lock.json', '{ "packages": {} }', 'node_modules changed'],
  ['node_modules/.modules.yaml', 'layoutVersion: 6', 'node_modules changed'],
  ['declines.js', '// no more', '/declines.js changed, and it declines hot updates'],
]

describe.each(nodes)('on $name', ({ node }) => {
  it.each(reasons)('a change of %s restarts the process cleanly, and says why', async (file, text, said) => {
    const cwd = folder({ ...program, 'node_modules/.yarn-state.yml': '' })
    const running = immaculata({ node, cwd }, 'main.js')
    await running.prints('alive')
    write(cwd, { [file]: text })
    await running.prints('alive', 2)
    expect(running.stderr).toContain('immaculata restarts: ')
    expect(running.stderr).toContain(said)
    expect(running.stdout).toMatch(/^alive (\d+)\ndisposed\nalive (?!\1)/)
  })

  it('register reports each reason once, and the process lives', async () => {
    const cwd = folder({ ...program, 'node_modules/.yarn-state.yml': '' })
    const running = registered({ node, cwd }, 'main.js')
    await running.prints('alive')
    for (const [file, text, said] of reasons) {
      write(cwd, { [file]: text })
      await running.prints(said)
    }
    expect(running.stderr.match(/a restart is needed: /g)!.length).toBeGreaterThanOrEqual(reasons.length - 1)
    write(cwd, { 'main.js': `console.log('still', process.pid)` })
    const [, pid] = /alive (\d+)/.exec(running.stdout)!
    await running.prints(`still ${pid}`)
  })

  it('packages that are reinstalled restart the process only if they differ', async () => {
    const cwd = folder({ ...program, 'node_modules/.package-lock.json': '{ "packages": { "a": 1 } }' })
    const running = immaculata({ node, cwd }, 'main.js')
    await running.prints('alive')
    rmSync(join(cwd, 'node_modules'), { recursive: true })
    mkdirSync(join(cwd, 'node_modules'))
    write(cwd, { 'node_modules/.package-lock.json': '{ "packages": { "a": 2 } }' })
    await running.prints('alive', 2)
    expect(running.stderr).toContain('node_modules changed')
  })

  it('a program that crashed because a package is missing starts once that is installed', async () => {
    const cwd = folder({ ...program, 'main.js': `import 'wanted'; console.log('found')` })
    const running = immaculata({ node, cwd }, 'main.js')
    await running.prints('crashed')
    expect(running.stderr).toContain('ERR_MODULE_NOT_FOUND')
    write(cwd, {
      'node_modules/wanted/index.js': '',
      'node_modules/.package-lock.json': '{ "packages": { "wanted": 1 } }',
    })
    await running.prints('found')
    expect(await running.ended).toEqual({ code: 0, signal: null })
  })

  it('restarts at once a program that closes its server at SIGTERM, and ends by itself', async () => {
    const cwd = folder({
      'package.json': '{}',
      'main.js': `const server = require('node:http').createServer((_, answer) => answer.end('hi')).listen(0, () => console.log('up', process.pid))
        process.once('SIGTERM', () => server.close(() => console.log('closed')))`,
    })
    const running = immaculata({ node, cwd }, 'main.js')
    await running.prints('up')
    const start = performance.now()
    write(cwd, { 'package.json': '{ "version": "2.0.0" }' })
    await running.prints('up', 2)
    // What is waited for at most, if it does not end, is 5,000.
    expect(performance.now() - start).toBeLessThan(4_500)
    expect(running.stdout).toMatch(/up (\d+)\nclosed\nup (?!\1)\d+\n/)
  })

  it('keeps the process when a module opens the debugger by itself, which is closed with the module', async () => {
    const cwd = folder({
      'package.json': '{}',
      'main.js': `const inspector = require('node:inspector')
        const { word } = require('./word')
        inspector.open(0, '127.0.0.1')
        console.log('says', word, inspector.url() !== undefined, process.pid)
        setInterval(() => {}, 1e6)`,
      'word.js': `exports.word = 'one'`,
    })
    const running = immaculata({ node, cwd }, 'main.js')
    await running.prints('says one true')
    write(cwd, { 'word.js': `exports.word = 'two'` })
    await running.prints('says two true')
    expect(new Set(running.stdout.match(/ \d+$/gm)).size).toBe(1)
    expect(running.stderr).not.toContain('restart')
  })

  it('a program that crashed while running starts again at the next save', async () => {
    const cwd = folder({ ...program, 'main.js': `setTimeout(() => { throw new Error('late') }, 100)` })
    const running = immaculata({ node, cwd }, 'main.js')
    await running.prints('crashed')
    expect(running.stderr).toContain('Error: late')
    write(cwd, { 'main.js': `Promise.reject(new Error('unhandled'))` })
    await running.prints('crashed', 2)
    expect(running.stderr).toContain('Error: unhandled')
    write(cwd, { '.env': 'A=1', 'main.js': `console.log('well'); process.exitCode = 6` })
    await running.prints('well')
    expect(await running.ended).toEqual({ code: 6, signal: null })
  })

  it('starts again for a module that lies outside its folder, and names it, but not for one that it wrote itself', async () => {
    const cwd = folder({
      'app/package.json': '{ "type": "module" }',
      'app/main.js': `import { mkdirSync, writeFileSync } from 'node:fs'
        import { word } from '../lib/word.mjs'
        const own = new URL('../own/made.mjs', import.meta.url)
        mkdirSync(new URL('.', own), { recursive: true })
        const make = () => writeFileSync(own, 'export const made = ' + Date.now())
        make()
        await import(own)
        setInterval(make, 100)
        console.log('says', word)`,
      'lib/word.mjs': `export const word = 'one'`,
    })
    const running = immaculata({ node, cwd }, 'app/main.js')
    await running.prints('says one')
    write(cwd, { 'lib/word.mjs': `export const word = 'two'` })
    await running.prints('says two')
    expect(running.output.match(/restarts: .*/g)).toEqual([expect.stringMatching(/word\.mjs changed, .*--root/)])
  })

  it.runIf(process.platform !== 'win32')(
    'goes on in the new folder when the working folder is removed and made again',
    async () => {
      const files = (word: string) => ({
        'package.json': '{ "type": "module" }',
        'main.js': `console.log('says ${word} in', process.cwd()); setInterval(() => {}, 1e6)`,
      })
      const outer = folder({})
      const cwd = join(outer, 'app')
      write(cwd, files('one'))
      const running = immaculata({ node, cwd }, 'main.js')
      await running.prints('says one')
      rmSync(cwd, { recursive: true })
      await running.prints('waiting for')
      write(cwd, files('two'))
      await running.prints(`says two in ${cwd}`)
    },
  )
})
