import { join } from 'node:path'
import { createServer as createTlsServer } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { first as certificate } from '../../../dispose/test/e2e/certificates.ts'
import { answers, folder, freePort, immaculata, nodes, type Running, write } from './running.ts'
import { Gateway, poolPackage, pools, until, Wire } from './wires.ts'

const type = { 'package.json': '{ "type": "module" }' }
const entry = `import './client.js'\nconsole.log('started')\nsetInterval(() => {}, 1e6)`

/** Each says its version to the wire, prints what it hears, and connects again whenever it is disconnected. */
const clients: Record<string, (connect: string, version: number) => string> = {
  'a socket': (connect, version) => `
    import net from 'node:net'
    import tls from 'node:tls'
    const connect = () => {
      const socket = ${connect}
      socket.write('v${version}\\n')
      socket.on('data', text => console.log('v${version} heard', String(text)))
      socket.on('error', error => console.log('noticed', error.message))
      socket.on('close', () => { console.log('noticed the end'); setTimeout(connect, 10) })
    }
    connect()`,
  'a socket that was opened after a promise': (connect, version) => `
    import net from 'node:net'
    import tls from 'node:tls'
    async function start() {
      await new Promise(resolve => setTimeout(resolve, 5))
      const socket = ${connect}
      socket.write('v${version}\\n')
      for await (const text of socket) console.log('v${version} heard', String(text))
      console.log('noticed the end')
      start()
    }
    start().catch(error => console.log('noticed', error.message))`,
  'a CommonJS socket': (connect, version) => `
    import { createRequire } from 'node:module'
    const require = createRequire(import.meta.url)
    const net = require('node:net')
    const tls = require('node:tls')
    process.nextTick(() => {
      const socket = ${connect}
      socket.write('v${version}\\n')
      socket.on('data', text => console.log('v${version} heard', String(text)))
      socket.on('close', () => console.log('noticed the end'))
    })`,
}

const polls: Record<string, (url: string, version: number) => string> = {
  fetch: (url, version) => `
    async function poll() {
      for (;;) {
        const response = await fetch('${url}/v${version}')
        console.log('v${version} heard', await response.text())
      }
    }
    poll().catch(error => { console.log('noticed', error.message); poll() })`,
  'http.get': (url, version) => `
    import { get } from 'node:http'
    const once = () => new Promise((resolve, reject) => {
      get('${url}/v${version}', async response => {
        let text = ''
        for await (const chunk of response) text += chunk
        resolve(text)
      }).on('error', reject)
    })
    async function poll() {
      for (;;) console.log('v${version} heard', await once())
    }
    poll().catch(error => { console.log('noticed', error.message); poll() })`,
}

function quiet(running: Running): void {
  expect(running.output).not.toContain('noticed')
  expect(running.stderr).not.toMatch(/Error|rejection/i)
}

describe.each(nodes)('what a module has connected, on $name', ({ node }) => {
  async function start(client: (version: number) => string) {
    const cwd = folder({ ...type, 'server.js': entry, 'client.js': client(1) })
    const running = immaculata({ node, cwd }, 'server.js')
    await running.prints('started')
    return { running, cwd, save: (version: number) => write(cwd, { 'client.js': client(version) }) }
  }

  for (const [name, client] of Object.entries(clients)) {
    it(`is disconnected before its next version connects, and nobody notices: ${name}`, async () => {
      const wire = await Wire.open()
      const { running, save } = await start(version => client(`net.connect(${wire.port}, '127.0.0.1')`, version))
      await wire.has('+v1')
      for (const version of [2, 3]) {
        save(version)
        await wire.has(`-v${version - 1}`, `+v${version}`)
      }
      expect(wire.log).toEqual(['+v1', '-v1', '+v2', '-v2', '+v3'])
      wire.say('hello')
      await running.prints('v3 heard hello')
      expect(running.output.match(/heard/g)).toHaveLength(1)
      expect(wire.names).toEqual(['v3'])
      quiet(running)
    })
  }

  it('is disconnected over TLS as well', async () => {
    const wire = await Wire.open(connected => createTlsServer(certificate, connected))
    const { running, save } = await start(version =>
      clients['a socket']!(
        `tls.connect({ port: ${wire.port}, host: '127.0.0.1', rejectUnauthorized: false })`,
        version,
      ),
    )
    await wire.has('+v1')
    save(2)
    await wire.has('-v1', '+v2')
    expect(wire.log).toEqual(['+v1', '-v1', '+v2'])
    quiet(running)
  })

  it.skipIf(process.platform === 'win32')('is disconnected from a Unix socket as well', async () => {
    const path = join(folder({}), 'socket')
    const wire = await Wire.open(undefined, path)
    const { running, save } = await start(version => clients['a socket']!(`net.connect('${path}')`, version))
    await wire.has('+v1')
    save(2)
    await wire.has('-v1', '+v2')
    expect(wire.log).toEqual(['+v1', '-v1', '+v2'])
    quiet(running)
  })

  it('never reconnects, whatever timers and promises its replaced version has', async () => {
    const wire = await Wire.open()
    const { running, save } = await start(
      version => `
        import net from 'node:net'
        const connect = how => net.connect(${wire.port}, '127.0.0.1').on('error', error => console.log('noticed', error.message))
          .on('close', () => console.log('noticed the end')).write('v${version} ' + how + '\\n')
        connect('at once')
        globalThis.live?.()
        const live = new Promise(resolve => { globalThis.live = resolve })
        const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))
        live.then(() => connect('after a promise'))
        live.then(() => sleep(5)).then(() => connect('after a promise and a timer'))
        async function loop() { await live; for (;;) { connect('in a loop'); await sleep(5) } }
        loop()
        if (${version} === 2) setTimeout(() => { connect('later'); console.log('long enough') }, 200)`,
    )
    await wire.has('+v1 at once')
    save(2)
    await running.prints('long enough')
    await wire.has('+v2 later')
    expect(wire.log).toEqual(['+v1 at once', '-v1 at once', '+v2 at once', '+v2 later'])
    quiet(running)
  })

  for (const [name, poll] of Object.entries(polls)) {
    it(`does not ask on, and is given no answer: a long poll by ${name}`, async () => {
      const gateway = await Gateway.open()
      const { running, save } = await start(version => poll(`http://127.0.0.1:${gateway.port}`, version))
      await gateway.has('v1')
      gateway.say('one')
      await running.prints('v1 heard one')
      save(2)
      await gateway.has('v2')
      gateway.say('two')
      await running.prints('v2 heard two')
      await until(
        () => gateway.log.length >= 5,
        () => String(gateway.log),
      )
      expect(gateway.log).toEqual(['v1', 'v1', '-v1', 'v2', 'v2'])
      quiet(running)
    })
  }

  it('is disconnected when nobody imports its module any more', async () => {
    const wire = await Wire.open()
    const { running, cwd } = await start(version =>
      clients['a socket']!(`net.connect(${wire.port}, '127.0.0.1')`, version),
    )
    await wire.has('+v1')
    write(cwd, { 'server.js': `console.log('without it')\nsetInterval(() => {}, 1e6)` })
    await wire.has('-v1')
    await running.prints('without it')
    expect(wire.log).toEqual(['+v1', '-v1'])
    quiet(running)
  })

  it('is disconnected from a gateway: a WebSocket that reconnects when it is closed', async () => {
    const gateway = await Gateway.open()
    const { running, save } = await start(
      version => `
        const connect = () => {
          const socket = new WebSocket('ws://127.0.0.1:${gateway.port}/v${version}')
          socket.onmessage = ({ data }) => console.log('v${version} heard', data)
          socket.onerror = () => console.log('noticed an error')
          socket.onclose = () => { console.log('noticed the end'); setTimeout(connect, 10) }
        }
        connect()`,
    )
    await gateway.has('+ws v1')
    save(2)
    await gateway.has('-ws v1', '+ws v2')
    gateway.send('hello')
    await running.prints('v2 heard hello')
    expect(gateway.log).toEqual(['+ws v1', '-ws v1', '+ws v2'])
    quiet(running)
  })

  it('shares the connections of fetch with everybody: a request of an unchanged module is not cut', async () => {
    const gateway = await Gateway.open()
    const url = `http://127.0.0.1:${gateway.port}`
    const cwd = folder({
      ...type,
      'server.js': `import './kept.js'\n${entry}`,
      'kept.js': `fetch('${url}/kept').then(async response => console.log('kept heard', await response.text()))`,
      'client.js': `await (await fetch('${url}/now')).text(); console.log('v1 asked')`,
    })
    const running = immaculata({ node, cwd }, 'server.js')
    await running.prints('v1 asked')
    write(cwd, { 'client.js': `await (await fetch('${url}/now')).text(); console.log('v2 asked')` })
    await running.prints('v2 asked')
    gateway.say('one')
    await running.prints('kept heard one')
    expect(gateway.log).toEqual(['kept'])
    quiet(running)
  })
})

describe.each(nodes)('whose a connection is, on $name', ({ node }) => {
  for (const [kind, pool] of Object.entries(pools)) {
    const open = (wire: Wire, name: string) => `open(${wire.port}, '${name}')`
    const handler = (version: number) =>
      `import { pool } from './db.js'\nexport const handle = async () => '${version}: ' + await pool.ask('asked')`
    const web = (first: string) => `
      import { createServer } from 'node:http'
      import { handle } from './handler.js'
      ${first}
      createServer(async (_, response) => response.end(await handle())).listen(process.env.PORT, () => console.log('started'))`

    async function start(files: Record<string, string>) {
      const cwd = folder({ ...type, ...poolPackage(pool), ...files })
      const port = await freePort()
      const running = immaculata({ node, cwd, env: { PORT: String(port) } }, 'server.js')
      await running.prints('started')
      return { running, port, save: (changed: Record<string, string>) => write(cwd, changed) }
    }

    it(`an unchanged module keeps its very connection, held ${kind}, whichever module used it first`, async () => {
      const wire = await Wire.open()
      wire.greets = true
      const { running, port, save } = await start({
        'db.js': `import { open } from 'pool'\nexport const pool = ${open(wire, 'db')}`,
        'handler.js': handler(1),
        'server.js': web(`console.log(await handle())`),
      })
      for (const version of [2, 3, 4]) {
        save({ 'handler.js': handler(version) })
        await answers(port, ({ text }) => text === `${version}: asked for db`)
      }
      expect(wire.log).toEqual(['+db'])
      quiet(running)
    })

    it(`a replaced module is disconnected, held ${kind}, although a request opened the connection`, async () => {
      const wire = await Wire.open()
      wire.greets = true
      const db = (version: number) => `import { open } from 'pool'\nexport const pool = ${open(wire, `v${version}`)}`
      const { running, port, save } = await start({ 'db.js': db(1), 'handler.js': handler(1), 'server.js': web('') })
      await answers(port, ({ text }) => text === '1: asked for v1')
      for (const version of [2, 3]) {
        save({ 'db.js': db(version) })
        await answers(port, ({ text }) => text === `1: asked for v${version}`)
      }
      expect(wire.log).toEqual(['+v1', '-v1', '+v2', '-v2', '+v3'])
      quiet(running)
    })

    it(`an entry point that exports nothing is disconnected, held ${kind}, although a request opened the connection`, async () => {
      const wire = await Wire.open()
      wire.greets = true
      const server = (version: number) => `
        import { createServer } from 'node:http'
        import { open } from 'pool'
        const pool = ${open(wire, `v${version}`)}
        createServer(async (_, response) => response.end(await pool.ask('asked'))).listen(process.env.PORT, () => console.log('started'))`
      const { running, port, save } = await start({ 'server.js': server(1) })
      await answers(port, ({ text }) => text === 'asked for v1')
      for (const version of [2, 3]) {
        save({ 'server.js': server(version) })
        await answers(port, ({ text }) => text === `asked for v${version}`)
      }
      expect(wire.log).toEqual(['+v1', '-v1', '+v2', '-v2', '+v3'])
      quiet(running)
    })
  }

  it('is disconnected although an unchanged module holds another client of the same class, an emitter', async () => {
    const wire = await Wire.open()
    const hear = (version: number) => `import { Client } from 'client'
      const client = new Client(${wire.port}, 'v${version}')
      client.on('said', text => console.log('v${version} heard', text))`
    const cwd = folder({
      ...type,
      'node_modules/client/package.json': '{ "main": "index.js" }',
      'node_modules/client/index.js': `
        const { EventEmitter } = require('node:events')
        const { connect } = require('node:net')
        exports.Client = class Client extends EventEmitter {
          constructor(port, name) {
            super()
            this.socket = connect(port, '127.0.0.1')
            this.socket.write(name + '\\n')
            this.socket.on('data', text => this.emit('said', String(text)))
          }
        }`,
      'db.js': `import { Client } from 'client'\nexport const client = new Client(${wire.port}, 'db')`,
      'hear.js': hear(1),
      'server.js': `import './db.js'\nimport './hear.js'\nsetInterval(() => {}, 1e6)`,
    })
    const running = immaculata({ node, cwd }, 'server.js')
    await wire.has('+db', '+v1')
    write(cwd, { 'hear.js': hear(2) })
    await wire.has('-v1', '+v2')
    wire.say('hello')
    await running.prints('v2 heard hello')
    expect(running.output).not.toContain('v1 heard')
    expect(wire.names).toEqual(['db', 'v2'])
  })
})
