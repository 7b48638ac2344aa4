/**
 * The programs of the issues that are linked most when hot reloading of servers is discussed, each as its reporter wrote it, in
 * small: what ran twice there, or failed to listen, is there once here. field.test.ts has the same by kind.
 */
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { answers, folder, freePort, immaculata, nodes, type Running, write } from './running.ts'

const type = { 'package.json': '{ "type": "module" }' }

describe.each(nodes)('reported of other tools, on $name', ({ node }) => {
  async function start(files: Record<string, string>, ...args: string[]) {
    const cwd = folder({ ...type, ...files })
    const port = await freePort()
    const running = immaculata({ node, cwd, env: { PORT: String(port) } }, ...args, 'main.js')
    return { cwd, port, running }
  }

  it('vitejs/vite#7887: what a replaced module of an SSR server opened is closed', async () => {
    const app = (version: number) => `
      const timer = setTimeout(function beat() { console.log('beat ${version}'); setTimeout(beat, 20) }, 20)
      import.meta.hot?.dispose(() => { console.log('disposed ${version}'); clearTimeout(timer) })
      export const render = () => 'version ${version}'`
    const { cwd, port, running } = await start({
      'main.js': `import { createServer } from 'node:http'
        createServer(async (_, response) => {
          const { render } = await import('./app.js')
          response.end(render())
        }).listen(process.env.PORT)`,
      'app.js': app(1),
    })
    for (const version of [1, 2, 3]) {
      write(cwd, { 'app.js': app(version) })
      await answers(port, ({ text }) => text === `version ${version}`)
      await running.prints(`beat ${version}`)
    }
    await says(running, 'beat 3', /beat [12]/)
    expect(running.stdout.match(/disposed \d/g)).toEqual(['disposed 1', 'disposed 2'])
  })

  it('sveltejs/kit#11932: a separate WebSocket server listens again after each save', async () => {
    const hooks = (version: number) => `
      import { createServer } from 'node:http'
      const server = createServer()
      server.on('upgrade', (_, socket) => socket.end('HTTP/1.1 101 Switching Protocols\\r\\n\\r\\nversion ${version}'))
      server.listen(Number(process.env.PORT))
      export const handle = () => {}`
    const { cwd, port, running } = await start({
      'main.js': `import { handle } from './hooks.server.js'; handle(); console.log('up')`,
      'hooks.server.js': hooks(1),
    })
    for (const version of [1, 2, 3, 4]) {
      write(cwd, { 'hooks.server.js': hooks(version) })
      await running.prints('up', version)
      await expect.poll(() => upgraded(port)).toContain(`version ${version}`)
    }
    expect(running.stderr).not.toContain('EADDRINUSE')
  })

  it('sveltejs/kit#12618: an exported setInterval does not stack with each save', async () => {
    const interval = (number: number) => `
      const runAsync = async number => console.log('tick ' + number)
      export const handle = setInterval(() => runAsync(${number}), 20)`
    const { cwd, running } = await start({
      'main.js': `export { handle } from './interval.js'`,
      'interval.js': interval(1),
    })
    for (const number of [1, 2, 3]) {
      write(cwd, { 'interval.js': interval(number) })
      await running.prints(`tick ${number}`)
    }
    await says(running, 'tick 3', /tick [12]/)
  })

  it('sveltejs/kit#13359: hot.dispose works on the server, and each message has one consumer', async () => {
    const hooks = (version: number) => `
      import broker from 'broker'
      export async function init() {
        const consumer = await broker.consume('jobs', job => console.log('job', job, 'by ${version};'))
        import.meta.hot?.dispose(() => consumer.cancel())
      }`
    const { cwd, running } = await start({
      'node_modules/broker/index.js': `
        const consumers = new Set()
        let job = 0
        setInterval(() => { job++; for (const consumer of consumers) consumer(job) }, 20)
        exports.consume = async (queue, take) => { consumers.add(take); return { cancel: async () => consumers.delete(take) } }`,
      'main.js': `import { init } from './hooks.server.js'; await init()`,
      'hooks.server.js': hooks(1),
    })
    for (const version of [1, 2, 3, 4]) {
      write(cwd, { 'hooks.server.js': hooks(version) })
      await running.prints(`by ${version};`)
    }
    await running.prints('by 4;', 10)
    const jobs = [...running.stdout.matchAll(/job (\d+)/g)].map(([, job]) => job)
    expect(new Set(jobs).size).toBe(jobs.length)
  })

  it('oven-sh/bun#8963: the interval of the entry point itself is cancelled', async () => {
    const main = (version: number) => `console.log('Program started', Date.now())
      setInterval(() => intervalFunction(), 20)
      function intervalFunction() { console.log('Hello World ${version}!') }`
    const { cwd, running } = await start({ 'main.js': main(1) })
    for (const version of [1, 2, 3]) {
      write(cwd, { 'main.js': main(version) })
      await running.prints(`World ${version}!`)
    }
    await says(running, 'World 3!', /World [12]!/)
    expect(running.stdout.match(/Program started/g)).toHaveLength(3)
  })

  it('nuxt/nuxt#32928: the next version waits until the last one has closed everything', async () => {
    const plugin = (version: number) => `
      import { rmSync, writeFileSync } from 'node:fs'
      import { setTimeout as pause } from 'node:timers/promises'
      writeFileSync('database', '', { flag: 'wx' })
      console.log('init ${version}')
      import.meta.hot?.dispose(async () => {
        console.log('close start ${version}')
        await pause(200)
        rmSync('database')
        console.log('close end ${version}')
      })
      setInterval(() => {}, 1e6)`
    const { cwd, running } = await start({ 'main.js': plugin(1) })
    for (const version of [1, 2, 3]) {
      write(cwd, { 'main.js': plugin(version) })
      await running.prints(`init ${version}`)
    }
    running.child.kill('SIGTERM')
    await running.ended
    const life = (version: number) => `init ${version}\nclose start ${version}\nclose end ${version}\n`
    expect(running.stdout).toBe([1, 2, 3].map(life).join(''))
    expect(existsSync(join(cwd, 'database'))).toBe(false)
  })

  it('cyco130/vavite#170: a restart runs the dispose and prune handlers, and the port is free for the next process', async () => {
    const { cwd, port, running } = await start({
      '.env': 'A=1',
      'main.js': `import { createServer } from 'node:http'
        const server = createServer((_, response) => response.end(String(process.pid)))
        server.listen(process.env.PORT, () => console.log('up'))
        import.meta.hot.dispose(() => { console.log('disposed') })
        import.meta.hot.prune(async () => { await null; console.log('pruned') })`,
    })
    await running.prints('up')
    const { text: before } = await answers(port, ({ status }) => status === 200)
    write(cwd, { '.env': 'A=2' })
    await running.prints('up', 2)
    await answers(port, ({ text }) => text !== before)
    expect(running.stdout).toBe('up\ndisposed\npruned\nup\n')
    expect(running.stderr).not.toContain('EADDRINUSE')
  })

  it('axe-me/vite-plugin-node#53: dispose is called for a module that accepts itself', async () => {
    const effect = (version: number) => `
      const handle = setInterval(() => console.log('ping ${version}'), 20)
      if (import.meta.hot) {
        import.meta.hot.accept()
        import.meta.hot.dispose(() => { console.log('dispose ${version}'); clearInterval(handle) })
      }`
    const { cwd, running } = await start({
      'main.js': `import './fileWithSideEffect.js'; console.log('main evaluated')`,
      'fileWithSideEffect.js': effect(1),
    })
    for (const version of [1, 2, 3]) {
      write(cwd, { 'fileWithSideEffect.js': effect(version) })
      await running.prints(`ping ${version}`)
    }
    await says(running, 'ping 3', /ping [12]/)
    expect(running.stdout.match(/dispose \d|main evaluated/g)).toEqual(['main evaluated', 'dispose 1', 'dispose 2'])
  })

  it('oven-sh/bun#26036: a TCP server behind a top-level await listens again', async () => {
    const main = (version: number) => `
      import { mkdir } from 'node:fs/promises'
      import { createServer } from 'node:net'
      await mkdir('receipts', { recursive: true })
      const server = createServer(socket => socket.end('version ${version}'))
      server.listen(Number(process.env.PORT), '0.0.0.0')`
    const { cwd, port, running } = await start({ 'main.js': main(1) })
    for (const version of [1, 2, 3, 4]) {
      write(cwd, { 'main.js': main(version) })
      await expect.poll(() => received(port), { timeout: 8_000 }).toBe(`version ${version}`)
    }
    expect(running.stderr).not.toContain('EADDRINUSE')
  })

  it('oven-sh/bun#4326: a server that listens when its database is connected, later, listens again', async () => {
    const main = (fruit: string) => `
      import { createServer } from 'node:http'
      import { connect } from './database.js'
      const app = createServer((_, response) => response.end('${fruit}'))
      connect().then(() => {
        console.log('Database.Connect: Success')
        app.listen(process.env.PORT)
      })
      export default app`
    const { cwd, port, running } = await start({
      'main.js': main('apple'),
      'database.js': `export const connect = () => new Promise(resolve => setTimeout(resolve, 50))`,
    })
    for (const fruit of ['apple', 'ball', 'cat', 'apple']) {
      write(cwd, { 'main.js': main(fruit) })
      await answers(port, ({ text }) => text === fruit)
    }
    expect(running.stderr).not.toContain('EADDRINUSE')
  })

  it('nestjs/nest#11112: the recipe with accept() and a close() that nobody awaits listens again', async () => {
    const main = (version: number) => `
      import { NestFactory } from 'nest'
      async function bootstrap() {
        const app = await NestFactory.create(() => 'version ${version}')
        await app.listen(process.env.PORT)
        if (import.meta.hot) {
          import.meta.hot.accept()
          import.meta.hot.dispose(() => { app.close() })
        }
      }
      bootstrap()`
    const { cwd, port, running } = await start({
      'node_modules/nest/package.json': '{ "type": "module", "exports": "./index.js" }',
      'node_modules/nest/index.js': `import { createServer } from 'node:http'
        export const NestFactory = {
          async create(handler) {
            const server = createServer((_, response) => response.end(handler()))
            await new Promise(resolve => setTimeout(resolve, 20))
            return {
              listen: port => new Promise((resolve, reject) => server.once('error', reject).listen(port, resolve)),
              close: () => new Promise(resolve => server.close(resolve)),
            }
          },
        }`,
      'main.js': main(1),
    })
    for (const version of [1, 2, 3, 4]) {
      write(cwd, { 'main.js': main(version) })
      await answers(port, ({ text }) => text === `version ${version}`)
    }
    expect(running.stderr).not.toContain('EADDRINUSE')
  })

  it('prisma/orm#10247: edits of a page open no further database connection', async () => {
    const page = (version: number) => `import { client } from './client.js'
      export const page = () => 'version ${version}, connection ' + client.number`
    const { cwd, port } = await start({
      'node_modules/client/index.js': `let connections = 0
        exports.Client = class { number = ++connections }`,
      'client.js': `import { Client } from 'client'
        export const client = new Client()`,
      'page.js': page(1),
      'main.js': `import { createServer } from 'node:http'
        import { page } from './page.js'
        createServer((_, response) => response.end(page())).listen(process.env.PORT)`,
    })
    for (const version of [1, 2, 3, 4, 5]) {
      write(cwd, { 'page.js': page(version) })
      await answers(port, ({ text }) => text === `version ${version}, connection 1`)
    }
  })

  it('openclaw/openclaw#100628: signal listeners do not add up until Node warns', async () => {
    const main = (version: number) => `
      const signals = ['SIGTERM', 'SIGINT']
      for (const signal of signals) process.on(signal, () => { console.log(signal + ' heard by ${version}'); process.exit(0) })
      console.log('version ${version}:', signals.map(signal => process.listenerCount(signal)).join())
      setInterval(() => {}, 1e6)`
    const { cwd, running } = await start({ 'main.js': main(1) })
    for (let version = 1; version <= 12; version++) {
      write(cwd, { 'main.js': main(version) })
      await running.prints(`version ${version}: 1,1`)
    }
    expect(running.stderr).not.toContain('MaxListenersExceededWarning')
    running.child.kill('SIGTERM')
    expect(await running.ended).toEqual({ code: 0, signal: null })
    expect(running.stdout.match(/heard by \d+/g)).toEqual(['heard by 12'])
  })
})

/** From some moment on, the newest version is heard ten times, and no older one. */
async function says(running: Running, newest: string, older: RegExp): Promise<void> {
  // What an older one had said before it was closed may arrive late.
  await running.prints(newest, running.stdout.split(newest).length + 2)
  const said = running.stdout.length
  await running.prints(newest, running.stdout.split(newest).length + 9)
  expect(running.stdout.slice(said)).not.toMatch(older)
}

/** What a server says to whoever connects. */
function received(port: number, send = ''): Promise<string> {
  return new Promise(resolve => {
    let text = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(send))
    socket.setEncoding('utf8').on('data', data => {
      text += data
    })
    socket.on('error', error => resolve(error.message))
    socket.on('close', () => resolve(text))
  })
}

const upgraded = (port: number) =>
  received(port, 'GET / HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n')
