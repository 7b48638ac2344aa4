/**
 * Handover: listening sockets go from the servers of one version to those of the next.
 *
 * Servers come in, each with the module that created it; a socket that is left goes out to the server that listens at the same address
 * next. The invariant: between two versions no connection is refused, and no request is lost.
 */
import type net from 'node:net'
import type { Scope } from '../../scope.ts'
import type { ListenArguments, NetServer, Protocol } from '../node/server-internals.ts'
import { soon } from '../ownership/owned-resources.ts'
import { ListeningSocket } from './listening-socket.ts'
import type { OpenConnections } from './open-connections.ts'
import type { Refusal } from './refusal.ts'

/** Taken before the program may replace it. */
const clock = performance.now.bind(performance)

/** For how many ms at least a socket waits for its successor when the new evaluation is done. */
const patience = 1000
/** The same, if a server was created and does not listen yet. */
const longPatience = 5000
/** The longest wait: if a server listened late before, it may do so again. */
const longestPatience = 30_000

/** The result of an update. */
export interface Served {
  /** The addresses that were served before, and are not any more: `port 3000`, or the path of a Unix socket. */
  readonly unserved: readonly string[]
}

/** What is known about a server. */
export interface ServerRecord {
  readonly server: NetServer
  readonly protocol: Protocol
  scope: Scope | undefined
  /** The scope of the module that made it listen, if another one created it. It stops listening when that scope ends. */
  listener: Scope | undefined
  socket: ListeningSocket | undefined
  /** Its scope is disposed: it never listens again. */
  ended: boolean
  /** It was created outside of evaluations, beside a server on the same port, and shares that one's scope. */
  companion: boolean
  /** It left its socket to the next server. */
  left: boolean
  /** 'close' was raised after it left. */
  closed: boolean
  /** The program itself has closed it. */
  isAsked: boolean
  /** The open connections that it accepted. They stay with it when its socket goes. */
  readonly connections: OpenConnections<net.Socket>
  /** The update in which it was created. */
  readonly epoch: number
}

export class Handover {
  readonly #sockets = new Set<ListeningSocket>()
  /** The server that listened last. */
  readonly #homes = new WeakMap<ListeningSocket, ServerRecord>()
  /** The servers that an evaluation created, and that do not listen yet. Nothing else may hold them: then they never will. */
  readonly #pending = new WeakSet<ServerRecord>()
  #expected: WeakRef<ServerRecord>[] = []
  #epoch = 0
  #active = false
  #began = clock()
  /** How many ms passed from the beginning of an update until a server listened on a socket. */
  readonly #delays = new WeakMap<ListeningSocket, number>()
  #moved: (() => void) | undefined

  /** The number of the present update. */
  get epoch(): number {
    return this.#epoch
  }

  /** Does a server that closes leave its socket to the next one? */
  get active(): boolean {
    return this.#active
  }

  isPending(record: ServerRecord): boolean {
    return this.#pending.has(record)
  }

  expect(record: ServerRecord): void {
    this.#pending.add(record)
    this.#expected = [...this.#expected.filter(ref => this.#isExpected(ref)), new WeakRef(record)]
  }

  #isExpected(ref: WeakRef<ServerRecord>): boolean {
    const record = ref.deref()
    return record !== undefined && this.#pending.has(record)
  }

  /** A server does not wait to listen any more: it listens, or never will. */
  unexpect(record: ServerRecord): void {
    this.#pending.delete(record)
    this.#moved?.()
  }

  /** The waiting socket for the address that a server asks for. */
  successionOf(record: ServerRecord, asked: ListenArguments): ListeningSocket | undefined {
    const [address, port] = asked
    for (const socket of this.#sockets) {
      if (!sameAddress(socket.asked, asked)) continue
      // Somebody, such as `cluster`, took the socket out of its server: what becomes of it is not known here.
      if (socket.current && socket.current.server._handle !== socket.handle) {
        this.#sockets.delete(socket)
        continue
      }
      const home = this.#homes.get(socket)!
      if (port === 0 && home.scope?.id !== record.scope?.id) continue
      // A server that no evaluation opened gives way to a later one: a re-evaluated module opens what it opened before.
      const yields = home.companion || (!home.scope && home.epoch < this.#epoch)
      if (socket.current && port !== 0 && yields) void this.leave(home)
      if (!socket.current) return socket
    }
    for (const socket of this.#sockets) {
      // If both cannot listen, the waiting socket is closed.
      const overlap = isWild(address) || isWild(socket.asked[0])
      if (!socket.current && port && socket.port === port && overlap) this.close(socket)
    }
    return undefined
  }

  /** A server listens, on a socket that it took over or on one of its own. */
  listens(record: ServerRecord, succession: ListeningSocket | undefined, asked: ListenArguments): ListeningSocket {
    const socket = succession ?? new ListeningSocket(asked, record, this.#epoch)
    record.socket = socket
    if (Object.hasOwn(record.server, 'address')) Reflect.deleteProperty(record.server, 'address')
    record.left = false
    record.closed = false
    this.#sockets.add(socket)
    this.#homes.set(socket, record)
    this.#delays.set(socket, clock() - this.#began)
    socket.take(record)
    this.unexpect(record)
    return socket
  }

  /** Two servers on one port of this machine are one service: the second gets the scope of the first. */
  neighbour(socket: ListeningSocket): Scope | undefined {
    if (!socket.port) return undefined
    for (const other of this.#sockets) {
      const { scope } = this.#homes.get(other)!
      if (other !== socket && other.port === socket.port && scope) return scope
    }
    return undefined
  }

  /**
   * Leaves the socket of a server to the next one. Resolves when the server has answered its requests. If the server stays, to listen
   * again, it raises no 'close'.
   */
  async leave(record: ServerRecord, remains = false): Promise<void> {
    const { server, socket } = record
    if (!socket || record.left) return
    record.left = true
    // A closed server has no address. Some code does not expect that (Fastify, while it starts).
    const address = server.address()
    server.address = () => address
    await socket.leave()
    // The server only leads to the next one now, so it counts as closed for those who wait for that.
    if (!remains) server._emitCloseIfDrained()
  }

  close(socket: ListeningSocket): void {
    this.#sockets.delete(socket)
    socket.close()
  }

  /** The program closed the server that listens on a socket: Node does the rest. */
  forget(socket: ListeningSocket): void {
    this.#sockets.delete(socket)
  }

  /** An update begins. Returns its number. */
  updateBegan(): number {
    this.#epoch++
    this.#active = true
    this.#began = clock()
    this.#moved?.()
    for (const socket of this.#sockets) socket.relent()
    return this.#epoch
  }

  evaluationFailed(refusal: Refusal): void {
    for (const socket of this.#sockets) {
      // The servers that took over sockets in the failed evaluation refuse requests as well.
      if (!socket.current || this.#homes.get(socket)!.epoch === this.#epoch) socket.refuse(refusal)
    }
  }

  /** The end of an update that was overtaken by another one means nothing: that one is still running. */
  async updateFinished(update = this.#epoch): Promise<Served> {
    const nothing = { unserved: [] }
    if (update !== this.#epoch) return nothing
    const start = clock()
    for (let waiting = this.#waiting(); waiting.length > 0; waiting = this.#waiting()) {
      const left = start + this.#patience(waiting) - clock()
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
    const least = this.#expected.some(ref => this.#isExpected(ref)) ? longPatience : patience
    return Math.min(Math.max(least, 2 * delay), longestPatience)
  }

  /** Does its module listen at another address now? */
  #isReplaced(socket: ListeningSocket): boolean {
    const owner = this.#ownerOf(socket)
    return [...this.#sockets].some(other => other.epoch === this.#epoch && this.#ownerOf(other) === owner)
  }

  #ownerOf(socket: ListeningSocket): string | undefined {
    const { scope, listener } = this.#homes.get(socket)!
    return (listener ?? scope)?.id
  }

  /** From now on a server that closes is really closed. Waiting sockets are closed, too. Servers that listen keep listening. */
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
  // The backlog does not matter, and a missing flag is the same as 0.
  return [0, 1, 2, 4].every(index => one[index] === other[index]) && (one[5] ?? 0) === (other[5] ?? 0)
}
