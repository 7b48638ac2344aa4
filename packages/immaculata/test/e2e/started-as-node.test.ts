/** What whoever starts the command gives it is the program's: its IPC channel, its descriptors, its signals, names of any kind. */
import { fork } from 'node:child_process'
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { command, folder, immaculata, nodes, Running, register, registered, write } from './running.ts'

const type = { 'package.json': '{ "type": "module" }' }
const stay = 'setInterval(() => {}, 1e6)'

describe.each(nodes)('started on $name', ({ node }) => {
  it('the program exchanges messages with the process that started the command, also after a restart', async () => {
    const cwd = folder({
      ...type,
      'main.js': `process.on('message', message => process.send({ heard: message, map: new Map([[1, 2]]) }))
        process.send('ready')`,
    })
    const child = fork(join(cwd, 'main.js'), { cwd, execPath: node, execArgv: [command], serialization: 'advanced' })
    onTestFinished(() => void child.kill('SIGKILL'))
    const next = () => new Promise<unknown>(resolve => child.once('message', resolve))
    expect(await next()).toBe('ready')
    const answer = next()
    child.send('hello')
    expect(await answer).toEqual({ heard: 'hello', map: new Map([[1, 2]]) })
    const ready = next()
    write(cwd, { 'package.json': '{ "type": "module", "version": "2.0.0" }' })
    expect(await ready).toBe('ready')
    const ended = new Promise(resolve => child.once('exit', (code, signal) => resolve({ code, signal })))
    child.kill('SIGTERM')
    expect(await ended).toEqual({ code: null, signal: 'SIGTERM' })
  })

  it('the program has no IPC channel if the command has none, and may use file descriptor 3', async () => {
    const cwd = folder({
      ...type,
      'main.js': `import { writeSync } from 'node:fs'
        import { createServer } from 'node:net'
        try { writeSync(3, 'not json\\n') } catch (error) { console.log(error.code) }
        createServer().on('error', error => { console.log(error.code, typeof process.send, process.connected) }).listen({ fd: 3 })`,
    })
    const running = immaculata({ node, cwd }, 'main.js')
    await running.ended
    expect(running.stdout).toMatch(/undefined (?:undefined|false)\n$/)
    expect(running.output).not.toMatch(/EEXIST|SyntaxError/)
  })

  it.runIf(process.platform !== 'win32')(
    'the program gets SIGUSR2, SIGQUIT, SIGHUP and others as under plain Node',
    async () => {
      const cwd = folder({
        ...type,
        'own.js': `for (const signal of ['SIGUSR2', 'SIGQUIT', 'SIGHUP', 'SIGALRM', 'SIGWINCH', 'SIGCONT']) process.on(signal, () => console.log('heard', signal))
        console.log('up'); ${stay}`,
        'none.js': `console.log('up'); ${stay}`,
      })
      const own = immaculata({ node, cwd }, 'own.js')
      await own.prints('up')
      for (const signal of ['SIGUSR2', 'SIGQUIT', 'SIGHUP', 'SIGALRM', 'SIGWINCH', 'SIGCONT'] as const) {
        own.child.kill(signal)
        await own.prints(`heard ${signal}`)
      }
      for (const signal of ['SIGUSR2', 'SIGQUIT', 'SIGHUP'] as const) {
        const none = immaculata({ node, cwd }, 'none.js')
        await none.prints('up')
        none.child.kill(signal)
        expect(await none.ended).toEqual({ code: null, signal })
      }
    },
  )

  it.runIf(process.platform !== 'win32')('SIGUSR1 opens the debugger of the program', async () => {
    const cwd = folder({
      ...type,
      'main.js': `import { url } from 'node:inspector'
      console.log('up')
      const look = setInterval(() => { if (url()) { console.log('open in', process.pid); clearInterval(look) } }, 20)
      ${stay}`,
    })
    const running = immaculata({ node, cwd }, '--inspect-port=0', 'main.js')
    await running.prints('up')
    running.child.kill('SIGUSR1')
    await running.prints('open in')
    expect(running.stderr.match(/Debugger listening/g)).toHaveLength(1)
  })

  it.each([
    ['a name that begins with a dash', '-dash.js', ['--', '-dash.js']],
    ['a name without its extension', 'plain.js', ['plain']],
    ['a link', 'real/linked.js', ['link.js']],
  ])('runs hot: %s', async (_, file, args) => {
    const text = (word: string) => `console.log('says ${word}', JSON.stringify(process.argv.slice(2))); ${stay}`
    const cwd = folder({ 'package.json': '{}', [file]: text('one') })
    if (file.includes('/')) symlinkSync(file, join(cwd, 'link.js'))
    const running = immaculata({ node, cwd }, ...args, 'x', '--y')
    await running.prints('says one ["x","--y"]')
    write(cwd, { [file]: text('two') })
    await running.prints('says two ["x","--y"]')
    expect(running.stderr).not.toContain('restart')
  })

  it('follows the project when a tool in node_modules is the entry point', async () => {
    const cwd = folder({
      ...type,
      'node_modules/tool/package.json': '{ "type": "module" }',
      'node_modules/tool/cli.js': `import { pathToFileURL } from 'node:url'
        const { word } = await import(pathToFileURL(process.argv[2]))
        console.log('tool says', word, process.pid); ${stay}`,
      'app.js': `import { word } from './word.js'; export { word }`,
      'word.js': `export const word = 'one'`,
    })
    const running = immaculata({ node, cwd }, 'node_modules/tool/cli.js', 'app.js')
    await running.prints('tool says one')
    write(cwd, { 'word.js': `export const word = 'two'` })
    await running.prints('tool says two')
    expect(running.stderr).toContain('word.js changed, and ')
    expect(running.stderr).toContain('cannot be re-evaluated')
  })

  it('is hot when a tool loads the program as the main module, as process managers do', async () => {
    const cwd = folder({
      'package.json': '{}',
      'node_modules/manager/run.js': `process.argv[1] = process.env.SCRIPT; require('node:module')._load(process.env.SCRIPT, null, true)`,
      'app.js': `console.log('says', require('./word'), require.main === module, process.pid); ${stay}`,
      'word.js': `module.exports = 'one'`,
    })
    const env = { SCRIPT: join(cwd, 'app.js') }
    const running = registered({ node, cwd, env }, 'node_modules/manager/run.js')
    await running.prints('says one true')
    write(cwd, { 'word.js': `module.exports = 'two'` })
    await running.prints(`says two true ${running.child.pid}`)
  })

  it('leaves alone what a tool has loaded that cannot be re-evaluated, and says what to do', async () => {
    const cwd = folder({
      ...type,
      'node_modules/manager/run.js': `import(require('node:url').pathToFileURL(process.env.SCRIPT).href)`,
      'app.js': `import { word } from './word.js'
        setInterval(() => console.log('still', word), 20)`,
      'word.js': `export const word = 'one'`,
    })
    const running = registered({ node, cwd, env: { SCRIPT: join(cwd, 'app.js') } }, 'node_modules/manager/run.js')
    await running.prints('still one')
    write(cwd, { 'word.js': `export const word = 'two'` })
    await running.prints('a restart is needed: word.js changed')
    expect(running.stderr).toContain('start the file itself, with immaculata in place of node')
    await running.prints('still one', running.stdout.split('still one').length + 5)
  })

  it('says that it is not hot in a worker that a process manager has started by node:cluster', async () => {
    const cwd = folder({
      ...type,
      'manager.js': `import cluster from 'node:cluster'
        cluster.setupPrimary({ exec: 'app.js', execArgv: ['--import', ${JSON.stringify(register)}] })
        cluster.fork()`,
      'app.js': `console.log('runs'); process.exit(0)`,
    })
    const running = new Running(['manager.js'], { node, cwd })
    await running.ended
    expect(running.stdout).toBe('runs\n')
    expect(running.stderr).toContain('start the program outside of a cluster')
  })

  it('runs hot with --permission, and may read only what was allowed', async () => {
    const main = (word: string) => `import { word } from './word.js'
      console.log('${word}', word, process.permission.has('fs.read', '/etc/hosts'), process.execArgv.length)
      ${stay}`
    const cwd = folder({ ...type, 'main.js': main('main'), 'word.js': `export const word = 'one'` })
    const running = immaculata({ node, cwd }, '--no-warnings', '--permission', `--allow-fs-read=${cwd}/`, 'main.js')
    await running.prints('main one false 3')
    write(cwd, { 'word.js': `export const word = 'two'` })
    await running.prints('main two false 3')
  })

  it('says that --watch is not needed, and passes on only the other options', async () => {
    const cwd = folder({ ...type, 'main.js': `console.log('says', process.execArgv.length)` })
    const running = immaculata({ node, cwd }, '--watch', 'main.js')
    expect(await running.ended).toEqual({ code: 0, signal: null })
    expect(running.stderr).toBe('immaculata --watch is ignored: saves are live without it\n')
    expect(running.stdout).toBe('says 0\n')
  })

  it('suggests the right option for a mistyped one', async () => {
    const cwd = folder({ ...type, 'main.js': '' })
    for (const [given, meant] of [
      ['--explan', '--explain'],
      ['-q', '--quiet'],
      ['--ignor=x', '--ignore'],
    ] as const) {
      const running = immaculata({ node, cwd }, given, 'main.js')
      expect(await running.ended).toEqual({ code: 9, signal: null })
      expect(running.stderr).toContain(`did you mean ${meant}?`)
    }
    const running = immaculata({ node, cwd }, '-e', '1')
    await running.ended
    expect(running.stderr).toContain('use node -e')
    const nowhere = immaculata({ node, cwd }, '--root', 'nope', 'main.js')
    expect(await nowhere.ended).toEqual({ code: 9, signal: null })
    expect(nowhere.stderr).toBe('immaculata --root nope: there is no such folder\n')
  })
})
