/** What becomes of a listening socket, and of who waits in it, between two versions. */
import assert from 'node:assert/strict'
import http from 'node:http'
import net, { type AddressInfo } from 'node:net'
import { answered, ask, freePort, Program, refusal, said, until } from './program.ts'

const plain = (answer: string, port: number, before = '', after = '') => `
  import http from 'node:http'
  ${before}
  export const server = http.createServer((request, response) => response.end('${answer}')).listen(${port}, () => say('${answer} listens'))
  ${after}`

/** Lets modules wait for `gate`; returns what opens it. */
function gate(): () => void {
  let open = () => {}
  const opened = new Promise<void>(resolve => {
    open = resolve
  })
  Object.assign(globalThis, { gate: opened })
  return open
}

const portOf = ({ server }: Record<string, unknown>) => ((server as http.Server).address() as AddressInfo).port

export const successions: Record<string, () => Promise<void>> = {
  'keeps connections and requests waiting between two versions': async () => {
    const program = new Program()
    const port = await freePort()
    const agent = new http.Agent({ keepAlive: true })
    await program.load('server.mjs', plain('1', port))
    await answered({ port, agent })
    const go = gate()
    const saved = program.save('server.mjs', plain('2', port, 'await gate'))
    await until(() => program.open.servers === undefined, 'the old version’s end')
    let early = 0
    const count = <T>(value: T): T => {
      early++
      return value
    }
    const asked = [ask({ port, agent }), ask({ port, agent: false }), ask({ port, agent: false })].map(p =>
      p.then(count),
    )
    await new Promise(resolve => setTimeout(resolve, 50))
    assert.equal(early, 0)
    go()
    assert.deepEqual(
      (await Promise.all(asked)).map(({ status, text }) => `${status} ${text}`),
      ['200 2', '200 2', '200 2'],
    )
    await saved
    agent.destroy()
    await program.end()
  },

  'belongs to the new server: its address, its events, its end': async () => {
    const program = new Program()
    const port = await freePort()
    const { server: one } = (await program.load('server.mjs', plain('1', port))) as { server: http.Server }
    await until(() => said.includes('1 listens'), 'the first server')
    one.on('close', () => void said.push('1 closed'))
    const { server: two } = (await program.save('server.mjs', plain('2', port))) as { server: http.Server }
    assert.equal((two.address() as AddressInfo).port, port)
    assert.equal(two.listening, true)
    assert.equal(one.listening, false)
    assert.equal(one.close(), one)
    await until(() => said.length === 3, 'all events')
    assert.deepEqual(said, ['1 listens', '1 closed', '2 listens'])
    const agent = new http.Agent({ keepAlive: true })
    await ask({ port, agent })
    await new Promise(resolve => two.close(resolve))
    assert.match(await refusal(ask({ port, agent: false })), /ECONNREFUSED/)
    agent.destroy()
    await program.end()
  },

  'of port 0 keeps its port for the server at the same place in the code': async () => {
    const program = new Program()
    const source = (n: number) => `${plain(String(n), 0)}
      export const other = http.createServer((request, response) => response.end('other ${n}')).listen(0)
      await new Promise(resolve => other.once('listening', resolve))`
    const first = await program.load('server.mjs', source(1))
    const ports = [portOf(first), portOf({ server: first.other })]
    const next = await program.save('server.mjs', source(2))
    assert.deepEqual([portOf(next), portOf({ server: next.other })], ports)
    assert.equal((await ask({ port: ports[0]!, agent: false })).text, '2')
    assert.equal((await ask({ port: ports[1]!, agent: false })).text, 'other 2')
    await program.end()
  },

  'answers 503 after a failed evaluation, until one succeeds': async () => {
    const program = new Program()
    const port = await freePort()
    const agent = new http.Agent({ keepAlive: true })
    await program.load('server.mjs', plain('1', port))
    await answered({ port, agent })
    // Once before it listens, once when it has.
    for (const source of [`throw new Error('boom')`, plain('bad', port, '', `throw new Error('boom')`)]) {
      await assert.rejects(program.save('server.mjs', source), /boom/)
      for (const where of [
        { port, agent },
        { port, agent: false as const },
      ]) {
        const { status, text, headers } = await ask(where)
        assert.deepEqual([status, text], [503, 'The evaluation failed\n\nboom in the source\n'])
        assert.equal(headers['cache-control'], 'no-store')
      }
      const proxied = await ask({ port, agent, headers: { 'x-forwarded-for': '192.0.2.1' } })
      assert.deepEqual([proxied.status, proxied.text], [503, 'The evaluation failed\n\nboom\n'])
      for (const name of [
        'x-real-ip',
        'cf-connecting-ip',
        'true-client-ip',
        'via',
        'x-forwarded-host',
        'forwarded',
        'ngrok-trace-id',
      ]) {
        const { text } = await ask({ port, agent, headers: { [name]: 'somebody' } })
        assert.equal(text, 'The evaluation failed\n\nboom\n', name)
      }
      for (const host of [
        'attacker.example',
        `attacker.example:${port}`,
        'localhost.attacker.example',
        '192.0.2.1',
        '127.0.0.1.nip.io',
      ]) {
        assert.equal((await ask({ port, agent, headers: { host } })).text, 'The evaluation failed\n\nboom\n', host)
      }
      for (const host of [
        'localhost',
        `localhost:${port}`,
        `app.localhost:${port}`,
        `127.0.0.1:${port}`,
        `[::1]:${port}`,
        'LOCALHOST.',
      ]) {
        const { text } = await ask({ port, agent, headers: { host } })
        assert.equal(text, 'The evaluation failed\n\nboom in the source\n', host)
      }
      const json = await ask({ port, agent, headers: { accept: 'application/json' } })
      assert.match(json.headers['content-type']!, /^application\/json/)
      assert.deepEqual(JSON.parse(json.text), { error: 'The evaluation failed', message: 'boom in the source' })
      const page = await ask({ port, agent, headers: { accept: 'text/html' } })
      assert.match(String(page.headers['content-security-policy']), /^default-src 'none'; script-src 'sha256-/)
      assert.match(page.headers['content-type']!, /^text\/html/)
      assert.match(page.text, /<h1>The evaluation failed<\/h1><pre>boom in the source<\/pre>/)
    }
    await program.save('server.mjs', plain('3', port))
    assert.equal((await ask({ port, agent })).text, '3')
    assert.equal((await ask({ port, agent: false })).text, '3')
    agent.destroy()
    await program.end()
  },

  'answers the waiting requests when an evaluation fails': async () => {
    const program = new Program()
    const port = await freePort()
    await program.load('server.mjs', plain('1', port))
    await answered({ port })
    const go = gate()
    const saved = refusal(program.save('server.mjs', `await gate; throw new Error('boom')`))
    await until(() => program.open.servers === undefined, 'the old version’s end')
    const asked = ask({ port, agent: false })
    await new Promise(resolve => setTimeout(resolve, 20))
    go()
    assert.equal((await asked).status, 503)
    assert.equal(await saved, 'boom')
    await program.end()
  },

  'hands over the other waiting requests, although the handler of one throws': async () => {
    const program = new Program()
    const port = await freePort()
    const agent = new http.Agent({ keepAlive: true, maxSockets: 3 })
    await program.load('server.mjs', plain('1', port))
    await Promise.all([answered({ port, agent }), answered({ port, agent }), answered({ port, agent })])
    const go = gate()
    const saved = program.save(
      'server.mjs',
      `import http from 'node:http'
      await gate
      http.createServer(({ url }, response) => {
        if (url === '/throws') throw new Error('of a handler')
        response.end('2')
      }).listen(${port})`,
    )
    process.once('uncaughtException', error => void said.push(error.message))
    await until(() => program.open.servers === undefined, 'the old version’s end')
    const throwing = http.get({ port, agent, host: '127.0.0.1', path: '/throws' }).on('error', () => {})
    const asked = [ask({ port, agent }), ask({ port, agent })]
    await new Promise(resolve => setTimeout(resolve, 20))
    go()
    assert.deepEqual(
      (await Promise.all(asked)).map(({ text }) => text),
      ['2', '2'],
    )
    await saved
    assert.ok(said.includes('of a handler'))
    throwing.destroy()
    agent.destroy()
    await program.end()
  },

  'is closed when nobody takes it over, and the last requests are answered': async () => {
    const program = new Program()
    const [port, elsewhere] = [await freePort(), await freePort()]
    const agent = new http.Agent({ keepAlive: true })
    await program.load('server.mjs', plain('1', port))
    await answered({ port, agent })
    await program.save('server.mjs', plain('2', elsewhere))
    assert.match(await refusal(ask({ port, agent: false })), /ECONNREFUSED/)
    const { status, headers } = await ask({ port, agent })
    assert.deepEqual([status, headers.connection], [503, 'close'])
    assert.equal((await ask({ port: elsewhere, agent: false })).text, '2')
    agent.destroy()
    await program.end()
  },

  'waits for a server that listens some time after its evaluation': async () => {
    const program = new Program()
    const port = await freePort()
    const source = (n: number) => `
      import http from 'node:http'
      const server = http.createServer((request, response) => response.end('${n}'))
      setTimeout(() => server.listen(${port}), 30)`
    await program.load('server.mjs', source(1))
    await answered({ port })
    await program.save('server.mjs', source(2))
    assert.equal((await ask({ port, agent: false })).text, '2')
    await program.end()
  },

  'is opened anew when the new server wants all addresses instead of one, or one instead of all': async () => {
    const program = new Program()
    const port = await freePort()
    const source = (n: number, host: string) => `
      import http from 'node:http'
      export const server = http.createServer((request, response) => response.end('${n}')).listen({ port: ${port}, host: '${host}' })
      await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject))`
    await program.load('server.mjs', source(1, '0.0.0.0'))
    for (const [index, host] of ['127.0.0.1', '0.0.0.0'].entries()) {
      await program.save('server.mjs', source(index + 2, host))
      assert.equal((await ask({ port, agent: false })).text, String(index + 2))
    }
    await program.end()
  },

  'is not taken from a module that was not replaced': async () => {
    const program = new Program()
    const port = await freePort()
    await program.load('a.mjs', plain('a', port))
    await answered({ port })
    const listens = (file: string) => `
      import http from 'node:http'
      const server = http.createServer((request, response) => response.end('${file}')).listen(${port})
      export const code = await new Promise(resolve => server.once('error', error => resolve(error.code)))`
    assert.equal((await program.save('b.mjs', listens('b'))).code, 'EADDRINUSE')
    assert.equal((await ask({ port, agent: false })).text, 'a')
    await program.end()
  },

  'on both addresses of localhost is handed over in pairs': async () => {
    const program = new Program()
    const port = await freePort()
    // The second server is created when the first listens already, as Fastify does it.
    const second = process.platform === 'linux' ? '127.0.0.2' : '::1'
    const source = (n: number) => `
      import http from 'node:http'
      const answer = (request, response) => response.end('${n}')
      const first = http.createServer(answer).listen({ port: ${port}, host: '127.0.0.1' })
      export const both = new Promise((resolve, reject) => first.once('listening', () => setTimeout(() => {
        const second = http.createServer(answer).listen({ port: ${port}, host: '${second}' }, resolve).once('error', reject)
        first.once('close', () => second.close(() => {}))
      }, 1)))`
    await ((await program.load('server.mjs', source(1))).both as Promise<void>)
    for (let n = 2; n <= 4; n++) {
      await ((await program.save('server.mjs', source(n))).both as Promise<void>)
      for (const host of ['127.0.0.1', second]) assert.equal((await ask({ host, port, agent: false })).text, String(n))
    }
    assert.deepEqual(program.open, { servers: 2 })
    await program.end()
    assert.match(await refusal(ask({ host: second, port, agent: false })), /ECONNREFUSED/)
  },

  'is left by a version only after the requests that it brought are answered': async () => {
    const program = new Program()
    const port = await freePort()
    const source = (n: number) => `
      import http from 'node:http'
      const server = http.createServer((request, response) => {
        say('${n} asked')
        setTimeout(() => response.end('${n} ' + open), 50)
      }).listen(${port})
      let open = true
      scope(import.meta.url).defer(() => { open = false; say('${n} closed') })
      http.createServer() // closed first, as it was opened last`
    const [one, two] = [source(1), source(2)].map(text => text.replace(/let open[\s\S]*?\}\)\n/, ''))
    const opens = (text: string, n: number) => `let open = true
      scope(import.meta.url).defer(() => { open = false; say('${n} closed') })
      ${text}`
    await program.load('server.mjs', opens(one!, 1))
    await until(() => program.open.servers !== undefined, 'a server')
    const asked = answered({ port, agent: false })
    await until(() => said.includes('1 asked'), 'a request in flight')
    await program.save('server.mjs', opens(two!, 2))
    assert.equal((await asked).text, '1 true')
    await program.end()
  },

  'stays with its server after stop()': async () => {
    const { listen } = net.Server.prototype
    const program = new Program()
    const port = await freePort()
    await program.load('server.mjs', plain('1', port))
    await answered({ port })
    program.lifetimes.stop()
    assert.equal((await ask({ port, agent: false })).text, '1')
    assert.equal(net.Server.prototype.listen, listen)
    await program.end()
  },
}
