/** Servers for programs that are clients: each counts who is connected, as a database or a broker would. */
import { createHash } from 'node:crypto'
import { createServer as createHttpServer, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { afterEach } from 'vitest'

const ends: (() => unknown)[] = []

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function listen(server: Server, sockets: Set<Socket>, path?: string): Promise<number> {
  await new Promise<void>(resolve => {
    if (path === undefined) server.listen(0, '127.0.0.1', resolve)
    else server.listen(path, resolve)
  })
  ends.push(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise(resolve => server.close(resolve))
  })
  return path === undefined ? (server.address() as AddressInfo).port : 0
}

/** Waits until something holds, and throws after ten seconds. */
export async function until(holds: () => boolean, what: () => string): Promise<void> {
  const end = Date.now() + 10_000
  while (!holds()) {
    if (Date.now() > end) throw new Error(`waited in vain: ${what()}`)
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}

/** Everybody says a name first; what is said afterwards is heard by everybody. */
export class Wire {
  port = 0
  /** Whether a name is answered. */
  greets = false
  /** `+name` and `-name`, as they came and went. */
  readonly log: string[] = []
  readonly sockets = new Set<Socket>()
  readonly #names = new Map<Socket, string>()

  static async open(
    create: (connected: (socket: Socket) => void) => Server = createServer,
    path?: string,
  ): Promise<Wire> {
    const wire = new Wire()
    wire.port = await listen(
      create(socket => wire.#connected(socket)),
      wire.sockets,
      path,
    )
    return wire
  }

  /** Who is connected now. */
  get names(): string[] {
    return [...this.#names.values()]
  }

  say(text: string): void {
    for (const socket of this.sockets) socket.write(text)
  }

  has(...log: string[]): Promise<void> {
    return until(
      () => log.every(entry => this.log.includes(entry)),
      () => `${log} in ${this.log}`,
    )
  }

  #connected(socket: Socket): void {
    this.sockets.add(socket)
    socket.setEncoding('utf8')
    socket.on('error', () => {})
    socket.on('data', (text: string) => {
      if (this.#names.has(socket)) {
        socket.write(`${text.trim()} for ${this.#names.get(socket)}`)
        return
      }
      this.#names.set(socket, text.trim())
      this.log.push(`+${text.trim()}`)
      if (this.greets) socket.write('welcome')
    })
    socket.on('close', () => {
      this.sockets.delete(socket)
      this.log.push(`-${this.#names.get(socket) ?? 'nobody'}`)
      this.#names.delete(socket)
    })
  }
}

/** A bot's API, and a gateway: one long poll at a time, and WebSockets. */
export class Gateway {
  port = 0
  /** The names of those who poll, and `-name` when they give up; `+ws name` and `-ws name`. */
  readonly log: string[] = []
  readonly sockets = new Set<Socket>()
  readonly webSockets = new Set<Socket>()
  waiting: ServerResponse | undefined

  static async open(): Promise<Gateway> {
    const gateway = new Gateway()
    const server = createHttpServer((request, response) => {
      const name = request.url!.slice(1)
      if (name === 'now') {
        response.end('now')
        return
      }
      gateway.log.push(gateway.waiting ? `conflict ${name}` : name)
      gateway.waiting = response
      response.on('close', () => {
        if (gateway.waiting === response) gateway.waiting = undefined
        if (!response.writableFinished) gateway.log.push(`-${name}`)
      })
    })
    server.on('connection', (socket: Socket) => {
      gateway.sockets.add(socket)
      socket.on('close', () => gateway.sockets.delete(socket))
    })
    server.on('upgrade', (request, socket: Socket) => {
      const name = request.url!.slice(1)
      const key = createHash('sha1').update(
        `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`,
      )
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${key.digest('base64')}\r\n\r\n`,
      )
      gateway.webSockets.add(socket)
      gateway.log.push(`+ws ${name}`)
      socket.on('data', () => {})
      socket.on('error', () => {})
      socket.on('end', () => socket.end())
      socket.on('close', () => {
        gateway.webSockets.delete(socket)
        gateway.log.push(`-ws ${name}`)
      })
    })
    gateway.port = await listen(server, gateway.sockets)
    return gateway
  }

  /** Answers the one who polls. */
  say(text: string): void {
    const { waiting } = this
    this.waiting = undefined
    waiting?.end(text)
  }

  /** A text message to every WebSocket. */
  send(text: string): void {
    for (const socket of this.webSockets)
      socket.write(Buffer.concat([Buffer.from([0x81, text.length]), Buffer.from(text)]))
  }

  has(...log: string[]): Promise<void> {
    return until(
      () => log.every(entry => this.log.includes(entry)),
      () => `${log} in ${this.log}`,
    )
  }
}

/** Packages with a pool of connections, each holding them in its own way. They connect when they are asked. */
export const pools: Record<string, string> = {
  'as properties': `
    const { connect } = require('node:net')
    exports.open = (port, name) => ({
      free: [],
      ask(text) { return ask(this.free, port, name, text) },
    })`,
  'in a Map, behind a symbol': `
    const { connect } = require('node:net')
    const all = Symbol('all')
    class Pool {
      constructor(port, name) { Object.assign(this, { port, name, [all]: new Map([['free', []]]) }) }
      ask(text) { return ask(this[all].get('free'), this.port, this.name, text) }
    }
    exports.open = (port, name) => new Pool(port, name)`,
  'in private fields': `
    const { connect } = require('node:net')
    exports.open = (port, name) => new (class Pool {
      #free = []
      ask(text) { return ask(this.#free, port, name, text) }
    })()`,
  'in what functions close over': `
    const { connect } = require('node:net')
    exports.open = (port, name) => {
      const free = []
      return Object.assign(text => ask(free, port, name, text), { ask: text => ask(free, port, name, text) })
    }`,
}

/** Says its name, asks, and keeps the socket for the next who asks. */
const askOn = `
async function ask(free, port, name, text) {
  const socket = free.pop() ?? connect(port, '127.0.0.1')
  socket.on('error', error => console.log('noticed', error.message))
  if (socket.connecting) {
    await new Promise(resolve => socket.once('connect', resolve))
    socket.write(name + '\\n')
    await new Promise(resolve => socket.once('data', resolve))
  }
  const answer = new Promise(resolve => socket.once('data', resolve))
  socket.write(text)
  const words = String(await answer)
  free.push(socket)
  return words
}`

export function poolPackage(pool: string): Record<string, string> {
  return {
    'node_modules/pool/package.json': '{ "main": "index.js" }',
    'node_modules/pool/index.js': `${pool}\n${askOn}`,
  }
}
