import { execFileSync } from 'node:child_process'
import { mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  answers,
  folder,
  freePort,
  immaculata,
  nodes,
  Running,
  register,
  registered,
  request,
  write,
} from './running.ts'

const type = { 'package.json': '{ "type": "module" }' }

/** 50,000 files that are no modules. They are made once, because that takes longer than the tests. */
const images = join(mkdtempSync(join(tmpdir(), 'immaculata-images-')), 'data')
beforeAll(() => {
  const script = `mkdir data && cd data && for folder in $(seq 50); do mkdir $folder; (cd $folder; seq -f 'image-%g.png' 1000 | xargs touch); done`
  execFileSync('sh', ['-c', script], { cwd: dirname(images) })
}, 240_000)
afterAll(() => rmSync(dirname(images), { recursive: true }))

describe.each(nodes)('immaculata/register on $name', ({ node }) => {
  it('makes a program hot without the command, and reports a needed restart instead of restarting', async () => {
    const cwd = folder({
      ...type,
      'server.js': `import { createServer } from 'node:http'
        import { greeting } from './greeting.js'
        createServer((_, response) => response.end(greeting)).listen(process.env.PORT, () => console.log('listening'))`,
      'greeting.js': `export const greeting = 'one'`,
    })
    const port = await freePort()
    const running = registered({ node, cwd, env: { PORT: String(port) } }, 'server.js')
    await running.prints('listening')
    write(cwd, { 'greeting.js': `export const greeting = 'two'` })
    await answers(port, ({ text }) => text === 'two')
    write(cwd, { 'package.json': '{ "type": "module", "version": "2.0.0" }' })
    await running.prints('a restart is needed: ')
    expect((await request(port)).text).toBe('two')
  })

  it('ends as the program ends', async () => {
    const end = (text: string) => registered({ node, cwd: folder({ ...type, 'main.js': text }) }, 'main.js').ended
    expect(await end(`process.exitCode = 5`)).toEqual({ code: 5, signal: null })
    expect(await end(`throw new Error('no')`)).toEqual({ code: 1, signal: null })
  })

  it('does nothing in workers and forked children', async () => {
    const cwd = folder({
      ...type,
      'main.js': `
        import { fork } from 'node:child_process'
        import { Worker } from 'node:worker_threads'
        console.log('main', typeof import.meta.hot)
        fork(new URL('./child.js', import.meta.url), ['child'])
        new Worker(new URL('./child.js', import.meta.url), { argv: ['worker'] })`,
      'child.js': `console.log(process.argv[2], typeof import.meta.hot, process.execArgv.length)`,
    })
    for (const running of [registered({ node, cwd }, 'main.js'), immaculata({ node, cwd }, 'main.js')]) {
      expect(await running.ended).toEqual({ code: 0, signal: null })
      expect(running.stdout.trim().split('\n').sort()).toEqual([
        'child undefined 0',
        'main object',
        'worker undefined 0',
      ])
    }
  })

  it('makes a module stale when a worker that it started changes, or a dependency of the worker', async () => {
    const cwd = folder({
      ...type,
      'main.js': `import './pool.js'; setInterval(() => {}, 1e6)`,
      'pool.js': `import { Worker } from 'node:worker_threads'
        new Worker(new URL('./worker.js', import.meta.url))`,
      'worker.js': `import { name } from './deep/name.js'; console.log('worker says', name); setInterval(() => {}, 1e6)`,
      'deep/name.js': `export { name } from './text.js'`,
      'deep/text.js': `export const name = 'one'`,
    })
    const running = immaculata({ node, cwd }, '--explain', 'main.js')
    await running.prints('worker says one')
    write(cwd, { 'deep/text.js': `export const name = 'two'` })
    await running.prints('worker says two')
    expect(running.stderr).toContain('pool.js → worker.js → deep/name.js → deep/text.js changed')
    write(cwd, { 'worker.js': `console.log('worker says three'); setInterval(() => {}, 1e6)` })
    await running.prints('worker says three')
  })

  it('makes a module stale when a child that it forked changes, or a dependency of the child', async () => {
    const cwd = folder({
      'main.js': `require('node:child_process').fork(__dirname + '/child.js')`,
      'child.js': `console.log('child says', require('./name')); setInterval(() => {}, 1e6)`,
      'name.js': `module.exports = 'one'`,
    })
    const running = immaculata({ node, cwd }, 'main.js')
    await running.prints('child says one')
    write(cwd, { 'name.js': `module.exports = 'two'` })
    await running.prints('child says two')
  })

  it('restarts the workers of a cluster on the same port, and none of them is hot itself', async () => {
    const cwd = folder({
      ...type,
      'main.js': `import cluster from 'node:cluster'
        import { createServer } from 'node:http'
        import { word } from './word.js'
        if (cluster.isPrimary) {
          cluster.on('listening', () => console.log('a worker listens'))
          cluster.fork()
          cluster.fork()
        } else {
          createServer((_, response) => response.end(word + ' ' + typeof import.meta.hot)).listen(process.env.PORT)
        }`,
      'word.js': `export const word = 'one'`,
    })
    for (const run of [registered, immaculata]) {
      const port = await freePort()
      write(cwd, { 'word.js': `export const word = 'one'` })
      const running = run({ node, cwd, env: { PORT: String(port) } }, 'main.js')
      await running.prints('a worker listens', 2)
      expect((await request(port)).text).toBe('one undefined')
      for (const [index, word] of ['two', 'three'].entries()) {
        write(cwd, { 'word.js': `export const word = '${word}'` })
        await answers(port, ({ text }) => text === `${word} undefined`)
        await running.prints('a worker listens', 4 + 2 * index)
      }
      expect(running.stdout.match(/a worker listens/g)).toHaveLength(6)
      await running.end()
      expect(running.stderr).not.toContain('Error')
    }
  })

  it('works from NODE_OPTIONS, beside other options, and passes only the others on to children', async () => {
    const cwd = folder({
      ...type,
      'pre.cjs': `globalThis.preloaded = true`,
      'main.js': `import { word } from './word.js'
        console.log(word, preloaded, JSON.stringify(process.env.NODE_OPTIONS))
        setInterval(() => {}, 1e6)`,
      'word.js': `export const word = 'one'`,
    })
    const env = { NODE_OPTIONS: `--require ./pre.cjs --import ${register} --inspect=0` }
    const running = new Running(['main.js'], { node, cwd, env })
    await running.prints('one true "--require ./pre.cjs  --inspect=0"')
    write(cwd, { 'word.js': `export const word = 'two'` })
    await running.prints('two true')
  })

  it('lets a supervisor send messages and signals, and receive messages', async () => {
    const cwd = folder({
      ...type,
      'main.js': `import { word } from './word.js'
        process.send('ready ' + word)
        process.on('message', message => process.send('heard ' + message))
        process.once('SIGINT', () => process.exit(7))`,
      'word.js': `export const word = 'one'`,
      'supervisor.js': `import { fork } from 'node:child_process'
        import { writeFileSync } from 'node:fs'
        const child = fork('main.js', [], { execArgv: ['--import', '${register}'] })
        child.on('exit', (code, signal) => console.log('exit', code, signal))
        child.on('message', message => {
          console.log(message)
          if (message === 'ready one') writeFileSync('word.js', 'export const word = "two"')
          if (message === 'ready two') child.send('hello')
          if (message === 'heard hello') child.kill('SIGINT')
        })`,
    })
    const running = new Running(['supervisor.js'], { node, cwd })
    expect(await running.ended).toEqual({ code: 0, signal: null })
    expect(running.stdout).toBe('ready one\nready two\nheard hello\nexit 7 null\n')
  })

  it('does not read 50,000 files that are not modules', async () => {
    const cwd = folder({
      ...type,
      'main.js': `import './a.js'; console.log('resident', process.memoryUsage().rss)`,
      'a.js': '',
    })
    const small = registered({ node, cwd }, 'main.js')
    expect(await small.ended).toEqual({ code: 0, signal: null })
    renameSync(images, join(cwd, 'data'))
    const large = registered({ node, cwd }, 'main.js')
    expect(await large.ended).toEqual({ code: 0, signal: null })
    renameSync(join(cwd, 'data'), images)
    const [before, after] = [small, large].map(({ stdout }) => Number(stdout.split(' ')[1])) as [number, number]
    expect(after - before).toBeLessThan(25e6)
  })

  it('watches the whole workspace, its linked packages included', async () => {
    const cwd = folder({
      'package.json': '{ "workspaces": ["packages/*"] }',
      'packages/app/package.json': '{ "type": "module" }',
      'packages/app/main.js': `import { name } from '../lib/index.js'; console.log('lib says', name); setInterval(() => {}, 1e6)`,
      'packages/lib/package.json': '{ "type": "module" }',
      'packages/lib/index.js': `export const name = 'one'`,
    })
    const running = immaculata({ node, cwd: join(cwd, 'packages/app') }, 'main.js')
    await running.prints('lib says one')
    write(cwd, { 'packages/lib/index.js': `export const name = 'two'` })
    await running.prints('lib says two')
  })
})
