/**
 * One listening socket and everything that came through it, while servers come and go.
 *
 * A server that is replaced leaves its socket here. New connections then wait in it. Open connections stay with the server object that
 * parses them, and their requests wait as events. The next server at the same address gets all of them, and from then on also the
 * further requests of those old connections.
 */
import type { ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type {
  ClientHandle,
  ListenArguments,
  ListenHandle,
  NetServer,
  NetSocket,
  Protocol,
} from '../node/server-internals.ts'
import { soon } from '../ownership/owned-resources.ts'
import { endConnection, endStream, isEventStream, lingerTime } from './lasting-connections.ts'
import { OpenConnections } from './open-connections.ts'
import { gone, type Refusal, refuse } from './refusal.ts'

const fs = process.getBuiltinModule('node:fs')

const { setTimeout } = globalThis

/** The events that wait for the next server. */
const held = new Set(['request', 'checkContinue', 'checkExpectation', 'upgrade', 'connect', 'stream'])
/** The events that go to the present server, or else to the one that raised them. */
const passed = new Set(['clientError', 'dropRequest', 'timeout', 'sessionError'])

/** The events that bring a connection, or turn one into something else. */
const tracked = new Set(['connection', 'secureConnection', 'upgrade', 'connect'])

/** For how many ms requests in flight may go on, before the resources that they use are closed. */
const drainTime = 1000

export interface Listening {
  readonly server: NetServer
  readonly protocol: Protocol
}

export class ListeningSocket {
  readonly asked: ListenArguments
  readonly port: number | undefined
  handle: ListenHandle
  /** The server that listens; undefined while the socket waits for the next one. */
  current: Listening | undefined
  /** The server that listened last. */
  #last: Listening
  #refusal: Refusal | undefined
  #closed = false
  readonly #events: { readonly event: string; readonly args: unknown[] }[] = []
  readonly #clients: [number, ClientHandle | undefined][] = []
  /** Every open connection. */
  readonly #sockets = new OpenConnections<NetSocket>()
  /** The connections that carry requests. With TLS they are other objects than the accepted ones. */
  readonly #carriers = new OpenConnections<NetSocket>()
  /** Connections that only the server that accepted them can continue. */
  readonly #lasting = new OpenConnections<Duplex>()
  readonly #lastingFrom = new WeakMap<Duplex, { from: Listening; websocket: boolean }>()
  readonly #accept: ListenHandle['onconnection']
  /** The file of a Unix socket. */
  #file: number | undefined

  /** The number of the update in which it was opened. */
  readonly epoch: number

  constructor(asked: ListenArguments, listening: Listening, epoch: number) {
    this.asked = asked
    this.epoch = epoch
    this.handle = listening.server._handle!
    this.#accept = this.handle.onconnection
    this.#last = listening
    const address = listening.server.address()
    this.port = typeof address === 'object' && address !== null ? address.port : undefined
    this.#file = fileOf(asked)
  }

  /** Its name for people: a port, or the path of a Unix socket. */
  get name(): string {
    return this.port === undefined ? String(this.asked[0]) : `port ${this.port}`
  }

  /**
   * Is the file of a Unix socket gone, or another one? Programs unlink what an earlier process may have left. Then nobody can reach
   * the socket any more, but connections that came through it are still open.
   */
  get isUnlinked(): boolean {
    return this.#file !== undefined && fileOf(this.asked) !== this.#file
  }

  /** The next server creates a handle of its own. The old one is closed before: closing a Unix socket removes the file at its path. */
  dropHandle(): void {
    this.handle.close()
  }

  replaceHandle(handle: ListenHandle): void {
    this.handle = handle
    this.#file = fileOf(this.asked)
  }

  get last(): Listening {
    return this.#last
  }

  /** Notes the connections that a server's events bring. */
  track(from: Listening, event: string, args: readonly unknown[]): void {
    if (!tracked.has(event)) return
    const socket = args[0] as NetSocket
    if (event === 'connection') this.#sockets.add(socket)
    if (event === 'upgrade' || event === 'connect') {
      const duplex = args[1] as Duplex
      const { upgrade } = (args[0] as { headers: { upgrade?: string } }).headers
      this.#noteLasting(duplex, { from, websocket: upgrade?.toLowerCase() === 'websocket' })
      this.#carriers.delete(duplex as NetSocket)
    } else if (from.protocol === 'http') {
      this.#carriers.add(socket)
    } else if (event === (from.protocol === 'net' ? 'connection' : 'secureConnection') && from.protocol !== 'http2') {
      this.#noteLasting(socket, { from, websocket: false })
    }
  }

  #noteLasting(duplex: Duplex, kind: { from: Listening; websocket: boolean }): void {
    this.#lasting.add(duplex)
    this.#lastingFrom.set(duplex, kind)
  }

  /** Is an event of a server that does not listen here any more meant for the next one? */
  forwards(event: string, from: Listening): boolean {
    return held.has(event) || passed.has(event) || (event === 'secureConnection' && from.protocol === 'tls')
  }

  /** Are requests refused, although a server listens? */
  refuses(event: string): boolean {
    return this.#refusal !== undefined && held.has(event)
  }

  /** Takes an event for which `forwards` or `refuses` is true. Returns `undefined` if the server that raised it must handle it. */
  deliver(event: string, args: unknown[]): boolean | undefined {
    const refusal = this.#closed ? gone : this.#refusal
    if (passed.has(event)) return this.current?.server.emit(event, ...args)
    if (refusal) refuse(event, args, refusal)
    else if (this.current) hand(this.current, event, args)
    else this.#events.push({ event, args })
    return true
  }

  /** The present server stops listening, and the socket waits. Resolves when that server has answered its requests. */
  async leave(): Promise<void> {
    const { server } = this.current!
    this.current = undefined
    server._handle = null
    if (this.#refusal) this.#letIn()
    else this.#hold()
    for (const socket of this.#sockets) {
      // A destroyed connection is not counted any more.
      if (socket._server !== server || socket.destroyed) continue
      socket._server = null
      server._connections--
    }
    // The other ends may be clients of the old version, which end as well: then nobody is left to tell.
    for (const duplex of this.#lasting)
      if (duplex.listenerCount('error') === 0) duplex.on('error', () => duplex.destroy())
    const responses = this.#responses().filter(response => !isEventStream(response))
    if (responses.length === 0) return
    const all = responses.map(response => new Promise(resolve => response.once('close', resolve)))
    await soon(drainTime, done => void Promise.all(all).then(done))
  }

  #responses(): ServerResponse[] {
    return [...this.#carriers].flatMap(({ _httpMessage }) => _httpMessage ?? [])
  }

  #hold(): void {
    this.handle.onconnection = (status, client) => this.#clients.push([status, client])
  }

  /** A server listens on this handle now. */
  take(listening: Listening): void {
    this.current = listening
    this.#last = listening
    this.#refusal = undefined
    for (const socket of this.#sockets) {
      if (socket.destroyed) continue
      if (socket._server) socket._server._connections--
      socket._server = listening.server
      listening.server._connections++
    }
    const streams = this.#responses().filter(isEventStream)
    // After the 'listening' event, which is raised in the next tick.
    process.nextTick(() => {
      if (this.current !== listening) return
      this.#flush()
      this.#endLasting(streams)
    })
  }

  /** Raises each event in a tick of its own: a listener that throws does not harm the others. */
  #flush(): void {
    for (const [status, client] of this.#clients.splice(0)) {
      process.nextTick(() => {
        if (this.#closed) client?.close()
        else this.handle.onconnection(status, client)
      })
    }
    for (const { event, args } of this.#events.splice(0)) process.nextTick(() => this.deliver(event, args))
  }

  /** Ends the connections that only earlier servers can continue: their clients reconnect, and find the present server. */
  #endLasting(streams: ServerResponse[]): void {
    for (const response of streams) endStream(response)
    for (const duplex of this.#lasting) {
      const { from, websocket } = this.#lastingFrom.get(duplex)!
      if (from.server !== this.current?.server) endConnection(duplex, websocket)
    }
  }

  /** The evaluation failed: waiting and new requests are refused, until `relent()` or the next server. */
  refuse(refusal: Refusal): void {
    this.#refusal = refusal
    if (!this.current) this.#letIn()
  }

  /** A new attempt begins: new requests wait again. */
  relent(): void {
    this.#refusal = undefined
    if (!this.current && !this.#closed) this.#hold()
  }

  /** Lets the last server accept connections, so that it can refuse requests. Only a server that speaks HTTP can. */
  #letIn(): void {
    const speaks = this.#last.protocol === 'http' || this.#last.protocol === 'http2'
    this.handle.onconnection = speaks ? this.#accept : (_status, client) => client?.close()
    this.#flush()
  }

  /** No server takes over any more. Requests on their way get an answer, then the connections are closed. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    if (!this.current) this.handle.close()
    this.#flush()
    const streams = this.#responses().filter(isEventStream)
    this.current = undefined
    this.#endLasting(streams)
    for (const response of this.#responses()) response.shouldKeepAlive = false
    if (this.#sockets.size > 0) setTimeout(() => this.#closeIdle(), lingerTime).unref()
  }

  #closeIdle(): void {
    for (const carrier of this.#carriers) if (!carrier._httpMessage) carrier.destroySoon()
  }

  /** Closes every connection at once. */
  destroy(): void {
    for (const socket of [...this.#carriers, ...this.#sockets]) socket.destroy()
  }
}

/** Distinguishes the file of a Unix socket from another one with the same path. Undefined for other addresses. */
function fileOf([address, port, addressType]: ListenArguments): number | undefined {
  const isPath = addressType === -1 && port === -1 && typeof address === 'string' && !address.startsWith('\0')
  if (!isPath || process.platform === 'win32') return undefined
  return fs.statSync(address, { throwIfNoEntry: false })?.ino ?? 0
}

function hand({ server }: Listening, event: string, args: unknown[]): void {
  if (server.listenerCount(event) > 0) {
    server.emit(event, ...args)
  } else if (event === 'upgrade' || event === 'connect') {
    ;(args[1] as Duplex).destroy() // as Node does when nobody listens
  } else if (event === 'checkContinue') {
    ;(args[1] as ServerResponse).writeContinue()
    server.emit('request', ...args)
  } else if (event === 'checkExpectation') {
    ;(args[1] as ServerResponse).writeHead(417).end()
  } else {
    refuse(event, args, gone)
  }
}
