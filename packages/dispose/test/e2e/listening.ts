/** Who makes a server listen, when that is not plain, and what is Node's own outside of updates. */
import assert from 'node:assert/strict'
import fs from 'node:fs'
import http from 'node:http'
import net from 'node:net'
import path from 'node:path'
import { answered, ask, freePort, Program, refusal, said, until } from './program.ts'

export const listening: Record<string, () => Promise<void>> = {
  'is the module that makes the server of another module listen, and the other one keeps its state': async () => {
    const program = new Program({ knowsModules: true })
    const port = await freePort()
    const agent = new http.Agent({ keepAlive: true })
    await program.load(
      'app.mjs',
      `import http from 'node:http'
      export const words = []
      export const server = http.createServer((request, response) => response.end(words.join()))
      server.on('close', () => say('closed'))`,
    )
    const source = (n: number) =>
      `import { server, words } from './app.mjs?ver=1'; words.push('${n}'); server.listen(${port})`
    await program.load('server.mjs', source(1))
    assert.equal((await answered({ port, agent })).text, '1')
    for (const n of [2, 3]) await program.save('server.mjs', source(n))
    assert.equal((await ask({ port, agent })).text, '1,2,3')
    assert.equal((await ask({ port, agent: false })).text, '1,2,3')
    assert.deepEqual(program.open, { servers: 1 })
    assert.deepEqual(said, [])
    await program.save('server.mjs', '')
    assert.match(await refusal(ask({ port, agent: false })), /ECONNREFUSED/)
    agent.destroy()
    await program.end()
  },

  'is the module that began the chain, although a function of another module calls listen()': async () => {
    const program = new Program({ knowsModules: true })
    const port = await freePort()
    await program.load(
      'listen.mjs',
      `import http from 'node:http'
      export const listen = handler => http.createServer(handler).listen(${port})`,
    )
    const source = (n: number) => `
      import { readFile } from 'node:fs/promises'
      import { listen } from './listen.mjs?ver=1'
      async function main() {
        await readFile(new URL(import.meta.url))
        listen((request, response) => response.end('${n}'))
      }
      main()`
    await program.load('server.mjs', source(1))
    assert.equal((await answered({ port })).text, '1')
    for (const n of [2, 3]) {
      await program.save('server.mjs', source(n))
      assert.equal((await ask({ port, agent: false })).text, String(n))
    }
    await program.end()
  },

  'is never a superseded version that was still starting': async () => {
    for (const wait of ['await connect()', 'boot()']) {
      const program = new Program({ knowsModules: true })
      const port = await freePort()
      const source = (n: number) => `
        import http from 'node:http'
        const connect = () => new Promise(resolve => setTimeout(resolve, 60))
        const start = () => http.createServer((request, response) => response.end('${n}')).listen(${port})
        async function boot() { await connect(); start() }
        ${wait}
        ${wait === 'boot()' ? '' : 'start()'}`
      const loads = [program.load('server.mjs', source(1))]
      for (const n of [2, 3]) {
        await new Promise(resolve => setTimeout(resolve, 20))
        loads.push(program.save('server.mjs', source(n)))
      }
      await Promise.all(loads)
      assert.equal((await answered({ port, agent: false })).text, '3')
      await new Promise(resolve => setTimeout(resolve, 100))
      assert.equal((await ask({ port, agent: false })).text, '3')
      assert.deepEqual(program.open, { servers: 1 })
      await program.end()
    }
  },

  'does not change when an update ends that was overtaken by another one': async () => {
    const program = new Program({ knowsModules: true })
    const port = await freePort()
    const source = (n: number) => `
      import http from 'node:http'
      export const server = http.createServer((request, response) => response.end('${n}')).listen(${port})`
    await program.load('server.mjs', source(1))
    await answered({ port })
    const first = program.lifetimes.updateBegan()
    const second = program.lifetimes.updateBegan()
    await program.scopes.dispose([program.id('server.mjs')])
    assert.deepEqual(await program.lifetimes.updateFinished(first), { unserved: [] })
    const asked = ask({ port, agent: false })
    await program.load('server.mjs', source(2))
    assert.equal((await asked).text, '2')
    assert.deepEqual(await program.lifetimes.updateFinished(second), { unserved: [] })
    await program.end()
  },

  'is reported as unserved when no version listens any more, but not when it listens elsewhere': async () => {
    const program = new Program({ knowsModules: true })
    const [port, elsewhere] = [await freePort(), await freePort()]
    const source = (port: number) => `import http from 'node:http'; http.createServer().listen(${port})`
    await program.load('server.mjs', source(port))
    const save = async (text: string) => {
      const update = program.lifetimes.updateBegan()
      await program.scopes.dispose([program.id('server.mjs')])
      await program.load('server.mjs', text)
      return program.lifetimes.updateFinished(update)
    }
    await until(() => program.open.servers === 1, 'a server')
    assert.deepEqual(await save(source(elsewhere)), { unserved: [] })
    assert.deepEqual(await save(''), { unserved: [`port ${elsewhere}`] })
    await program.end()
  },

  'at a Unix socket is the new version, also when it unlinks the path first': async () => {
    if (process.platform === 'win32') return
    const program = new Program({ knowsModules: true })
    const socketPath = path.join(program.folder, 's')
    const source = (n: number) => `
      import fs from 'node:fs'
      import http from 'node:http'
      const path = ${JSON.stringify(socketPath)}
      if (fs.existsSync(path)) fs.unlinkSync(path)
      http.createServer((request, response) => response.end('${n}')).listen(path)`
    await program.load('server.mjs', source(1))
    assert.equal((await answered({ socketPath })).text, '1')
    for (const n of [2, 3]) {
      await program.save('server.mjs', source(n))
      assert.equal((await ask({ socketPath, agent: false })).text, String(n))
    }
    await program.end()
    assert.equal(fs.existsSync(socketPath), false)
  },

  'can call close() outside of updates as in plain Node: open connections stay': async () => {
    const program = new Program({ knowsModules: true })
    const { port } = (await program.load(
      'server.mjs',
      `import net from 'node:net'
      const server = net.createServer(socket => { server.close(); setTimeout(() => socket.end('hello'), 20) }).listen(0)
      await new Promise(resolve => server.once('listening', resolve))
      export const { port } = server.address()`,
    )) as { port: number }
    const socket = net.connect(port, '127.0.0.1').setEncoding('utf8')
    let text = ''
    socket.on('data', data => {
      text += data
    })
    await new Promise(resolve => socket.once('close', resolve))
    assert.equal(text, 'hello')
    await program.end()
  },

  'gets connections without additional listeners': async () => {
    const program = new Program({ knowsModules: true })
    const { port } = (await program.load(
      'server.mjs',
      `import http from 'node:http'
      const server = http.createServer().listen(0)
      server.on('upgrade', (request, socket) => {
        say(socket.listenerCount('close'))
        socket.end('HTTP/1.1 101 Switching Protocols\\r\\nupgrade: x\\r\\nconnection: upgrade\\r\\n\\r\\n')
      })
      await new Promise(resolve => server.once('listening', resolve))
      export const { port } = server.address()`,
    )) as { port: number }
    const request = http.get({ port, host: '127.0.0.1', headers: { connection: 'upgrade', upgrade: 'x' } })
    await new Promise(resolve => request.on('upgrade', (_response, socket) => resolve(socket.destroy())))
    assert.deepEqual(said, ['0'])
    await program.end()
  },

  'refuses requests after a failed evaluation, also if a callback made the server listen': async () => {
    const program = new Program({ knowsModules: true })
    const port = await freePort()
    await program.load(
      'server.mjs',
      `import http from 'node:http'
      setTimeout(() => http.createServer((request, response) => response.end('old')).listen(${port}), 1)`,
    )
    assert.equal((await answered({ port })).text, 'old')
    await assert.rejects(program.save('server.mjs', `throw new Error('boom')`), /boom/)
    assert.equal((await ask({ port, agent: false })).status, 503)
    await program.end()
  },
}
