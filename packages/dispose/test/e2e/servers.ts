/** Servers of every kind, each replaced by its next version. */
import assert from 'node:assert/strict'
import http from 'node:http'
import http2 from 'node:http2'
import https from 'node:https'
import net, { type AddressInfo } from 'node:net'
import path from 'node:path'
import tls from 'node:tls'
import { first, second } from './certificates.ts'
import { answered, ask, freePort, Program, reachable, refusal, said, until } from './program.ts'

const plain = (answer: string, port: number | string) => `
  import http from 'node:http'
  export const server = http.createServer((request, response) => response.end('${answer}')).listen(${JSON.stringify(port)})`

export const servers: Record<string, () => Promise<void>> = {
  'of node:http is replaced thirty times under load: no error, no stale response, nothing left open': async () => {
    const program = new Program()
    const port = await freePort()
    const agent = new http.Agent({ keepAlive: true, maxSockets: 20 })
    const source = (n: number) => `${plain(String(n), port)}
      setInterval(() => {}, 1e6)
      process.on('SIGTERM', () => {})`
    await program.load('server.mjs', source(0))
    await answered({ port })
    let settled = 0
    let over = false
    let answers = 0
    const wrong: string[] = []
    const clients = Array.from({ length: 20 }, async (_, index) => {
      while (!over) {
        const atLeast = settled
        try {
          // Most keep their connection; a few come anew each time.
          const { status, text } = await ask({ port, agent: index < 17 ? agent : false })
          if (status !== 200 || Number(text) < atLeast) wrong.push(`${status} ${text} after ${atLeast}`)
          answers++
        } catch (error) {
          wrong.push(String(error))
        }
      }
    })
    for (let n = 1; n <= 30; n++) {
      await program.save('server.mjs', source(n))
      settled = n
      const seen = answers
      await until(() => answers > seen + 20, 'answers of the new version')
    }
    over = true
    await Promise.all(clients)
    assert.deepEqual(wrong, [])
    assert.deepEqual(program.open, { servers: 1, timers: 1, listeners: 1 })
    assert.equal(process.listenerCount('SIGTERM'), 1)
    const resources = process.getActiveResourcesInfo()
    assert.deepEqual(
      resources.filter(name => name === 'TCPServerWrap' || name === 'Timeout'),
      resources.filter(name => name === 'TCPServerWrap').length === 1 ? ['TCPServerWrap', 'Timeout'] : [],
    )
    agent.destroy()
    await program.end()
    assert.match(await refusal(ask({ port, agent: false })), /ECONNREFUSED/)
  },

  'that closes itself in a cleanup is replaced without a failed request': async () => {
    const program = new Program()
    const port = await freePort()
    const source = (n: number) => `
      import http from 'node:http'
      const server = http.createServer((request, response) => setTimeout(() => response.end('${n}'), 3)).listen(${port})
      scope(import.meta.url).defer(() => new Promise(resolve => { server.closeAllConnections(); server.close(resolve) }))`
    const agent = new http.Agent({ keepAlive: true })
    await program.load('server.mjs', source(0))
    await answered({ port })
    let over = false
    const wrong: unknown[] = []
    const clients = Array.from({ length: 10 }, async () => {
      while (!over) await ask({ port, agent }).catch(error => wrong.push(error))
    })
    for (let n = 1; n <= 10; n++) {
      await program.save('server.mjs', source(n))
      assert.equal((await ask({ port, agent })).text, String(n))
    }
    over = true
    await Promise.all(clients)
    assert.deepEqual(wrong, [])
    assert.deepEqual(said, [])
    agent.destroy()
    await program.end()
  },

  'of node:https: the new certificate holds for new connections': async () => {
    const program = new Program()
    const port = await freePort()
    const source = (n: number, pair: { key: string; cert: string }) => `
      import https from 'node:https'
      https.createServer(${JSON.stringify(pair)}, (request, response) => response.end('${n}')).listen(${port})`
    const serial = () =>
      new Promise<string>((resolve, reject) => {
        const socket = tls.connect({ port, rejectUnauthorized: false }, () => {
          resolve(socket.getPeerCertificate().subject.CN as string)
          socket.destroy()
        })
        socket.on('error', reject)
      })
    const agent = new https.Agent({ keepAlive: true, rejectUnauthorized: false })
    await program.load('server.mjs', source(1, first))
    assert.equal((await answered({ port, agent }, https.request)).text, '1')
    assert.equal(await serial(), 'first')
    await program.save('server.mjs', source(2, second))
    assert.equal((await ask({ port, agent }, https.request)).text, '2')
    assert.equal(await serial(), 'second')
    agent.destroy()
    await program.end()
  },

  'of node:http2: a session moves to the new version': async () => {
    const program = new Program()
    const port = await freePort()
    const source = (n: number) => `
      import http2 from 'node:http2'
      http2.createServer((request, response) => response.end('${n}')).listen(${port})`
    await program.load('server.mjs', source(1))
    await reachable(port)
    const session = http2.connect(`http://127.0.0.1:${port}`)
    const request = () =>
      new Promise<string>((resolve, reject) => {
        let text = ''
        const stream = session.request({ ':path': '/' }).setEncoding('utf8')
        stream.on('response', headers => {
          text = `${headers[':status']} `
        })
        stream.on('data', data => {
          text += data
        })
        stream
          .on('error', reject)
          .on('end', () => resolve(text))
          .end()
      })
    assert.equal(await request(), '200 1')
    await program.save('server.mjs', source(2))
    assert.equal(await request(), '200 2')
    await assert.rejects(program.save('server.mjs', `throw new Error('no good')`))
    assert.match(await request(), /^503 The evaluation failed/)
    await program.save('server.mjs', source(3))
    assert.equal(await request(), '200 3')
    session.close()
    await program.end()
  },

  'on a Unix socket keeps its path': async () => {
    const program = new Program()
    const socketPath = process.platform === 'win32' ? `\\\\.\\pipe\\hot-${process.pid}` : path.join(program.folder, 's')
    await program.load('server.mjs', plain('1', socketPath))
    assert.equal((await answered({ socketPath })).text, '1')
    const { server } = await program.save('server.mjs', plain('2', socketPath))
    assert.equal((await ask({ socketPath })).text, '2')
    assert.equal((server as http.Server).address(), socketPath)
    await program.end()
  },

  'of node:net: old connections end, new ones find the new version': async () => {
    const program = new Program()
    const port = await freePort()
    const source = (n: number) => `
      import net from 'node:net'
      net.createServer(socket => socket.on('error', () => {}).write('${n}')).listen(${port})`
    await program.load('server.mjs', source(1))
    const connect = () =>
      new Promise<{ text: string; ended: Promise<unknown> }>((resolve, reject) => {
        const socket = net.connect(port).setEncoding('utf8')
        const ended = new Promise(resolve => socket.on('close', resolve))
        socket.on('error', reject).once('data', text => resolve({ text: String(text), ended }))
      })
    const old = await connect()
    assert.equal(old.text, '1')
    await program.save('server.mjs', source(2))
    assert.equal((await connect()).text, '2')
    await old.ended
    await program.end()
  },

  'with WebSockets tells its clients to reconnect': async () => {
    const program = new Program()
    const port = await freePort()
    const source = (n: number) => `
      import http from 'node:http'
      const server = http.createServer().listen(${port})
      server.on('upgrade', (request, socket) => {
        socket.on('error', () => {})
        socket.write('HTTP/1.1 101 Switching Protocols\\r\\nupgrade: websocket\\r\\nconnection: upgrade\\r\\nversion: ${n}\\r\\n\\r\\n')
      })`
    await program.load('server.mjs', source(1))
    await reachable(port)
    const open = () =>
      new Promise<{ version: unknown; received: Promise<string> }>((resolve, reject) => {
        const headers = { connection: 'upgrade', upgrade: 'websocket' }
        const request = http.request({ port, headers, agent: false })
        request.on('upgrade', (response, socket) => {
          let bytes = ''
          socket.on('data', data => {
            bytes += data.toString('hex')
          })
          const received = new Promise<string>(resolve => socket.on('close', () => resolve(bytes)))
          socket.on('end', () => socket.end())
          resolve({ version: response.headers.version, received })
        })
        request.on('error', reject).end()
      })
    const old = await open()
    assert.equal(old.version, '1')
    await program.save('server.mjs', source(2))
    assert.equal((await open()).version, '2')
    // A close frame with code 1012, "service restart".
    assert.equal(await old.received, '880203f4')
    await program.end()
  },

  'with event streams ends them, and their handlers notice': async () => {
    const program = new Program()
    const port = await freePort()
    const source = (n: number) => `
      import http from 'node:http'
      http.createServer((request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        const timer = setInterval(() => response.write('data: ${n}\\n\\n', () => say('${n} wrote')), 1)
        request.on('close', () => { clearInterval(timer); say('${n} closed') })
      }).listen(${port})`
    await program.load('server.mjs', source(1))
    const stream = answered({ port })
    await until(() => said.includes('1 wrote'), 'the stream')
    await program.save('server.mjs', source(2))
    assert.match((await stream).text, /^(data: 1\n\n)+$/)
    await until(() => said.includes('1 closed'), 'the end of the handler')
    await program.end()
  },

  'that was opened by a request is left alone': async () => {
    const program = new Program()
    const { server } = (await program.load(
      'server.mjs',
      `import http from 'node:http'
      import net from 'node:net'
      export const server = http.createServer((request, response) => {
        globalThis.opened = net.createServer().listen(0, () => response.end('opened'))
      }).listen(0)
      await new Promise(resolve => server.once('listening', resolve))`,
    )) as { server: http.Server }
    await ask({ port: (server.address() as AddressInfo).port, agent: false })
    await program.scopes.dispose([program.id('server.mjs')])
    const { opened } = globalThis as unknown as { opened: net.Server }
    assert.equal(opened.listening, true)
    assert.equal(server.listening, false)
    opened.close()
    await program.end()
  },

  'of a main function that nobody awaits is replaced as well': async () => {
    const program = new Program()
    const port = await freePort()
    const source = (n: number) => `
      import http from 'node:http'
      async function main() {
        await new Promise(resolve => setTimeout(resolve, 5))
        const server = http.createServer((request, response) => response.end('${n}'))
        server.listen(${port})
      }
      main()`
    await program.load('server.mjs', source(1))
    assert.equal((await answered({ port })).text, '1')
    await program.save('server.mjs', source(2))
    assert.equal((await ask({ port })).text, '2')
    await program.end()
  },
}
