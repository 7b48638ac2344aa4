/** Which listening socket goes on to which server, from one update to the next. */
import type net from 'node:net'
import type { Scope } from '../../scope.ts'
import type { ListenArguments, NetServer, Protocol } from '../node/server-internals.ts'
import { within } from '../ownership/owned-resources.ts'
import { Station } from './listening-socket.ts'
import type { Refusal } from './refusal.ts'

/** How long a socket waits for its successor when the new evaluation is done, in ms. */
const patience = 1000
/** The same, when a server was created and does not listen yet. */
const longPatience = 5000

/** What is known of a server. */
export interface ServerRecord {
  readonly server: NetServer
  readonly protocol: Protocol
  scope: Scope | undefined
  station: Station | undefined
  /** Its scope is disposed: it never listens again. */
  ended: boolean
  /** It was created outside of evaluations, next to a server on the same port, and shares that one's scope. */
  companion: boolean
  /** It left its socket to the next. */
  left: boolean
  /** 'close' was raised after it left. */
  closed: boolean
  /** What it accepted and is still open: that stays with it when its socket goes. */
  readonly connections: Set<net.Socket>
  /** The update in which it was created. */
  readonly epoch: number
}

export class Handover {
  readonly #stations = new Set<Station>()
  /** Which server listened last. */
  readonly #homes = new WeakMap<Station, ServerRecord>()
  /** Created by an evaluation, not listening yet. */
  readonly #pending = new Set<ServerRecord>()
  #epoch = 0
  #active = false
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
  successionOf(record: ServerRecord, asked: ListenArguments): Station | undefined {
    const [address, port] = asked
    for (const station of this.#stations) {
      if (!sameAddress(station.asked, asked)) continue
      // Taken out of its server, by `cluster` for one: what becomes of the socket is not known here.
      if (station.current && station.current.server._handle !== station.handle) {
        this.#stations.delete(station)
        continue
      }
      const home = this.#homes.get(station)!
      if (port === 0 && home.scope?.id !== record.scope?.id) continue
      // A server that no evaluation opened gives way to a later one: what is evaluated again opens what it opened before.
      const yields = home.companion || (!home.scope && home.epoch < this.#epoch)
      if (station.current && port !== 0 && yields) void this.leave(home)
      if (!station.current) return station
    }
    for (const station of this.#stations) {
      // Where both would not fit, the one that waits goes.
      const overlap = isWild(address) || isWild(station.asked[0])
      if (!station.current && port && station.port === port && overlap) this.close(station)
    }
    return undefined
  }

  /** A server listens, on the socket it succeeds to or on one of its own. */
  listens(record: ServerRecord, succession: Station | undefined, asked: ListenArguments): Station {
    const station = succession ?? new Station(asked, record)
    record.station = station
    if (Object.hasOwn(record.server, 'address')) Reflect.deleteProperty(record.server, 'address')
    record.left = false
    record.closed = false
    this.#stations.add(station)
    this.#homes.set(station, record)
    station.take(record)
    this.unexpect(record)
    return station
  }

  /** Two servers on one port of this machine are one service: the scope of the first is that of the second. */
  neighbour(station: Station): Scope | undefined {
    if (!station.port) return undefined
    for (const other of this.#stations) {
      const { scope } = this.#homes.get(other)!
      if (other !== station && other.port === station.port && scope) return scope
    }
    return undefined
  }

  /** Leaves the socket of a server to the next; resolves when it has answered what it had. */
  async leave(record: ServerRecord): Promise<void> {
    const { server, station } = record
    if (!station || record.left) return
    record.left = true
    // Whoever asks a closed server for its address gets null, and some do not expect that (Fastify, while it starts).
    const address = server.address()
    server.address = () => address
    await station.leave()
    // What remains of it is a way to the next server: it is closed now, for whoever waits for that.
    server._emitCloseIfDrained()
  }

  close(station: Station): void {
    this.#stations.delete(station)
    station.close()
  }

  began(): void {
    this.#epoch++
    this.#active = true
    this.#moved?.()
    for (const station of this.#stations) station.relent()
  }

  failed(refusal: Refusal): void {
    for (const station of this.#stations) {
      // What has been taken over by the evaluation that failed is refused as well.
      if (!station.current || this.#homes.get(station)!.epoch === this.#epoch) station.refuse(refusal)
    }
  }

  async finished(): Promise<void> {
    const epoch = this.#epoch
    const start = performance.now()
    while ([...this.#stations].some(station => !station.current)) {
      const left = start + (this.#pending.size > 0 ? longPatience : patience) - performance.now()
      if (left <= 0) break
      await within(left, done => {
        this.#moved = done
      })
      if (this.#epoch !== epoch) return // another update has begun
    }
    this.#moved = undefined
    this.stop()
  }

  /** From now on a server that closes is closed, as is what waits. Servers that listen go on. */
  stop(): void {
    this.#active = false
    for (const station of [...this.#stations]) {
      if (station.current) station.relent()
      else this.close(station)
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
