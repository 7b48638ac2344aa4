/** Which listening socket goes on to which server, from one update to the next. */
import type net from 'node:net'
import type { Scope } from '../../scope.ts'
import type { ListenArguments, NetServer, Protocol } from '../node/server-internals.ts'
import { soon } from '../ownership/owned-resources.ts'
import { ListeningSocket } from './listening-socket.ts'
import type { OpenConnections } from './open-connections.ts'
import type { Refusal } from './refusal.ts'

/** How long a socket waits for its successor when the new evaluation is done, in ms, at the least. */
const patience = 1000
/** The same, when a server was created and does not listen yet. */
const longPatience = 5000
/** At the most: what took long before may take as long again. */
const longestPatience = 30_000

/** What an update came to. */
export interface Served {
  /** What was listened on before, and is not any more: `port 3000`, or the path of a Unix socket. */
  readonly unserved: readonly string[]
}

/** What is known of a server. */
export interface ServerRecord {
  readonly server: NetServer
  readonly protocol: Protocol
  scope: Scope | undefined
  /** Who made it listen, if that is not who created it: it then listens no longer than that one lives. */
  listener: Scope | undefined
  socket: ListeningSocket | undefined
  /** Its scope is disposed: it never listens again. */
  ended: boolean
  /** It was created outside of evaluations, next to a server on the same port, and shares that one's scope. */
  companion: boolean
  /** It left its socket to the next. */
  left: boolean
  /** 'close' was raised after it left. */
  closed: boolean
  /** What it accepted and is still open: that stays with it when its socket goes. */
  readonly connections: OpenConnections<net.Socket>
  /** The update in which it was created. */
  readonly epoch: number
}

export class Handover {
  readonly #sockets = new Set<ListeningSocket>()
  /** Which server listened last. */
  readonly #homes = new WeakMap<ListeningSocket, ServerRecord>()
  /** Created by an evaluation, not listening yet. */
  readonly #pending = new Set<ServerRecord>()
  #epoch = 0
  #active = false
  #began = performance.now()
  /** How long it took from the beginning of an update until a socket was listened on, in ms. */
  readonly #delays = new WeakMap<ListeningSocket, number>()
  #moved: (() => void) | undefined

  /** The number of the present update. */
  get epoch(): number {
    return this.#epoch
  }

  /** Whether a server that closes leaves its socket to the next. */
  get active(): boolean {
    return this.#active
  }

  isPending(record: ServerRecord): boolean {
    return this.#pending.has(record)
  }

  expect(record: ServerRecord): void {
    this.#pending.add(record)
  }

  /** It will not listen any more, or does already. */
  unexpect(record: ServerRecord): void {
    this.#pending.delete(record)
    this.#moved?.()
  }

  /** The waiting socket that is what a server asks for. */
  successionOf(record: ServerRecord, asked: ListenArguments): ListeningSocket | undefined {
    const [address, port] = asked
    for (const socket of this.#sockets) {
      if (!sameAddress(socket.asked, asked)) continue
      // Taken out of its server, by `cluster` for one: what becomes of the socket is not known here.
      if (socket.current && socket.current.server._handle !== socket.handle) {
        this.#sockets.delete(socket)
        continue
      }
      const home = this.#homes.get(socket)!
      if (port === 0 && home.scope?.id !== record.scope?.id) continue
      // A server that no evaluation opened gives way to a later one: what is evaluated again opens what it opened before.
      const yields = home.companion || (!home.scope && home.epoch < this.#epoch)
      if (socket.current && port !== 0 && yields) void this.leave(home)
      if (!socket.current) return socket
    }
    for (const socket of this.#sockets) {
      // Where both would not fit, the one that waits goes.
      const overlap = isWild(address) || isWild(socket.asked[0])
      if (!socket.current && port && socket.port === port && overlap) this.close(socket)
    }
    return undefined
  }

  /** A server listens, on the socket it succeeds to or on one of its own. */
  listens(record: ServerRecord, succession: ListeningSocket | undefined, asked: ListenArguments): ListeningSocket {
    const socket = succession ?? new ListeningSocket(asked, record, this.#epoch)
    record.socket = socket
    if (Object.hasOwn(record.server, 'address')) Reflect.deleteProperty(record.server, 'address')
    record.left = false
    record.closed = false
    this.#sockets.add(socket)
    this.#homes.set(socket, record)
    this.#delays.set(socket, performance.now() - this.#began)
    socket.take(record)
    this.unexpect(record)
    return socket
  }

  /** Two servers on one port of this machine are one service: the scope of the first is that of the second. */
  neighbour(socket: ListeningSocket): Scope | undefined {
    if (!socket.port) return undefined
    for (const other of this.#sockets) {
      const { scope } = this.#homes.get(other)!
      if (other !== socket && other.port === socket.port && scope) return scope
    }
    return undefined
  }

  /**
   * Leaves the socket of a server to the next; resolves when it has answered what it had. If the server remains, to listen again,
   * nobody is told that it was closed.
   */
  async leave(record: ServerRecord, remains = false): Promise<void> {
    const { server, socket } = record
    if (!socket || record.left) return
    record.left = true
    // Whoever asks a closed server for its address gets null, and some do not expect that (Fastify, while it starts).
    const address = server.address()
    server.address = () => address
    await socket.leave()
    // What remains of it is a way to the next server: it is closed now, for whoever waits for that.
    if (!remains) server._emitCloseIfDrained()
  }

  close(socket: ListeningSocket): void {
    this.#sockets.delete(socket)
    socket.close()
  }

  /** The program closed the server that listens on it: all the rest is Node's. */
  forget(socket: ListeningSocket): void {
    this.#sockets.delete(socket)
  }

  /** Returns the number of the update. */
  updateBegan(): number {
    this.#epoch++
    this.#active = true
    this.#began = performance.now()
    this.#moved?.()
    for (const socket of this.#sockets) socket.relent()
    return this.#epoch
  }

  evaluationFailed(refusal: Refusal): void {
    for (const socket of this.#sockets) {
      // What has been taken over by the evaluation that failed is refused as well.
      if (!socket.current || this.#homes.get(socket)!.epoch === this.#epoch) socket.refuse(refusal)
    }
  }

  /** The end of an update that was superseded means nothing: the present one is still on its way. */
  async updateFinished(update = this.#epoch): Promise<Served> {
    const nothing = { unserved: [] }
    if (update !== this.#epoch) return nothing
    const start = performance.now()
    for (let waiting = this.#waiting(); waiting.length > 0; waiting = this.#waiting()) {
      const left = start + this.#patience(waiting) - performance.now()
      if (left <= 0) break
      await soon(left, done => {
        this.#moved = done
      })
      if (this.#epoch !== update) return nothing
    }
    this.#moved = undefined
    const unserved = this.#waiting().filter(socket => !this.#isReplaced(socket))
    this.stop()
    return { unserved: unserved.map(({ name }) => name) }
  }

  #waiting(): ListeningSocket[] {
    return [...this.#sockets].filter(socket => !socket.current)
  }

  #patience(waiting: readonly ListeningSocket[]): number {
    const delay = Math.max(...waiting.map(socket => this.#delays.get(socket) ?? 0))
    const least = this.#pending.size > 0 ? longPatience : patience
    return Math.min(Math.max(least, 2 * delay), longestPatience)
  }

  /** Whether its module listens elsewhere now. */
  #isReplaced(socket: ListeningSocket): boolean {
    const owner = this.#ownerOf(socket)
    return [...this.#sockets].some(other => other.epoch === this.#epoch && this.#ownerOf(other) === owner)
  }

  #ownerOf(socket: ListeningSocket): string | undefined {
    const { scope, listener } = this.#homes.get(socket)!
    return (listener ?? scope)?.id
  }

  /** From now on a server that closes is closed, as is what waits. Servers that listen go on. */
  stop(): void {
    this.#active = false
    for (const socket of [...this.#sockets]) {
      if (socket.current) socket.relent()
      else this.close(socket)
    }
  }
}

function isWild(address: string | null): boolean {
  return !address || address === '::' || address === '0.0.0.0'
}

function sameAddress(one: ListenArguments, other: ListenArguments): boolean {
  // Not the backlog; and a missing flag is none.
  return [0, 1, 2, 4].every(index => one[index] === other[index]) && (one[5] ?? 0) === (other[5] ?? 0)
}
