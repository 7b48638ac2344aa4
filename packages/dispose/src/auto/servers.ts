/** The servers of a program: whose they are, and which listening socket goes on to which. */
import http from 'node:http'
import http2 from 'node:http2'
import https from 'node:https'
import net from 'node:net'
import tls from 'node:tls'
import type { Scope } from '../scope.ts'
import { findCaller, type ScopeOf } from './evaluation.ts'
import { type ListenArguments, type NetServer, type Protocol, protocolOf } from './node.ts'
import type { Owner } from './openers.ts'
import { type Owned, within } from './owned.ts'
import type { Patches } from './patches.ts'
import type { Refusal } from './refusal.ts'
import { Station } from './station.ts'

/** How long a socket waits for its successor when the new evaluation is done, in ms. */
const patience = 1000
/** The same, when a server was created and does not listen yet. */
const longPatience = 5000
/** How long a server that has no successor may take to answer what it has, in ms. */
const closeTime = 1000

interface ServerRecord {
  readonly server: NetServer
  readonly protocol: Protocol
  scope: Scope | undefined
  station: Station | undefined
  /** Its scope is disposed: it never listens again. */
  ended: boolean
  /** It left its socket to the next. */
  left: boolean
  /** 'close' was raised after it left. */
  closed: boolean
  /** What it accepted and is still open: they stay with it when its socket goes. */
  readonly connections: Set<net.Socket>
  /** The update in which it was created. */
  readonly epoch: number
}

export class Servers {
  readonly #owned: Owned
  readonly #owner: Owner
  readonly #scopeOf: ScopeOf
  readonly #records = new WeakMap<net.Server, ServerRecord>()
  readonly #stations = new Set<Station>()
  /** Created by an evaluation, not listening yet. */
  readonly #pending = new Set<ServerRecord>()
  /** Of servers with a scope: the port 0 of one module goes to the port 0 of the same one. */
  readonly #homes = new WeakMap<Station, ServerRecord>()
  #epoch = 0
  #handingOver = false
  #moved: (() => void) | undefined
  #sweeping = false

  constructor(owned: Owned, owner: Owner, scopeOf: ScopeOf) {
    this.#owned = owned
    this.#owner = owner
    this.#scopeOf = scopeOf
  }

  patch(patches: Patches): void {
    let nested = false // `http.createServer` comes to `net.Server`
    for (const object of [net, http, https, tls, http2]) {
      for (const name of ['Server', 'createServer', 'createSecureServer']) {
        patches.replace(object, name, (self, _args, call) => {
          if (nested) return call()
          const scope = this.#owner(false)
          nested = true
          try {
            const result = call()
            const server = (result ?? self) as NetServer
            if (scope) this.#own(this.#record(server), scope)
            return result
          } finally {
            nested = false
          }
        })
      }
    }
    patches.replace(net.Server.prototype, 'listen', (self, args, call) => {
      const record = this.#record(self as NetServer)
      if (!record.scope) this.#adopt(record, args)
      return call()
    })
    patches.replace(net.Server.prototype, '_listen2', (self, args, call) => {
      this.#listen(this.#record(self as NetServer), args as ListenArguments, call)
    })
    for (const { prototype } of [net.Server, http.Server, https.Server]) {
      this.#patchClose(patches, prototype)
      for (const name of ['closeIdleConnections', 'closeAllConnections']) {
        patches.replace(prototype, name, (self, _args, call) => {
          const record = this.#records.get(self as NetServer)
          // Its connections are the next one's.
          if (record?.left || (record?.station && this.#handingOver)) return undefined
          return call()
        })
      }
    }
  }

  #patchClose(patches: Patches, prototype: object): void {
    patches.replace(prototype, 'close', (self, args, call) => {
      const record = this.#records.get(self as NetServer)
      if (!record || this.#sweeping) return call()
      const { server, station } = record
      this.#pending.delete(record)
      if (record.left || (station && server._handle && this.#handingOver)) {
        const [callback] = args
        if (typeof callback === 'function') {
          if (record.closed) process.nextTick(callback)
          else server.once('close', () => callback())
        }
        if (!record.left) void this.#leave(record)
        return server
      }
      const result = call()
      if (station) this.#close(station)
      return result
    })
  }

  #record(server: NetServer): ServerRecord {
    let record = this.#records.get(server)
    if (!record) {
      record = {
        server,
        protocol: protocolOf(server),
        scope: undefined,
        station: undefined,
        ended: false,
        left: false,
        closed: false,
        connections: new Set(),
        epoch: this.#epoch,
      }
      this.#records.set(server, record)
      this.#watch(record)
    }
    return record
  }

  #own(record: ServerRecord, scope: Scope): void {
    record.scope = scope
    if (!record.server.listening) this.#pending.add(record)
    this.#owned.give(scope, {
      kind: 'servers',
      isOpen: () => !record.ended && (record.server._handle !== null || this.#pending.has(record)),
      close: () => this.#end(record),
    })
  }

  /** A server that listens where only one can belongs to the module whose code made it listen, if no evaluation did. */
  #adopt(record: ServerRecord, args: unknown[]): void {
    const scope = this.#owner(false)
    if (scope) {
      this.#own(record, scope)
      return
    }
    const [first] = args
    const { port, path } = (typeof first === 'object' && first !== null ? first : {}) as {
      port?: unknown
      path?: unknown
    }
    if (path === undefined && !Number(port ?? first) && typeof first !== 'string') return
    const caller = findCaller(this.#scopeOf)
    if (caller) this.#own(record, caller)
  }

  /** Lets a server's station see its events. */
  #watch(record: ServerRecord): void {
    const { server, connections } = record
    const { emit, listenerCount } = server
    const define = (name: string, value: unknown) =>
      Object.defineProperty(server, name, { configurable: true, enumerable: false, writable: true, value })
    define('emit', (event: string, ...args: unknown[]): boolean => {
      const { station } = record
      if (station) {
        if (record.left ? station.forwards(event, record) : station.refuses(event)) {
          const delivered = station.deliver(event, args)
          if (delivered !== undefined) return delivered
        }
        switch (event) {
          case 'connection': {
            const socket = args[0] as net.Socket
            connections.add(socket)
            socket.once('close', () => {
              connections.delete(socket)
              this.#sweep(record)
            })
            station.track(record, event, args)
            break
          }
          case 'secureConnection':
          case 'upgrade':
          case 'connect':
            station.track(record, event, args)
            break
          case 'close':
            if (record.left && record.closed) return false
            record.closed = record.left
        }
      }
      return Reflect.apply(emit, server, [event, ...args]) as boolean
    })
    define('listenerCount', (event: string, ...rest: unknown[]): number => {
      const next = record.left && record.station?.forwards(event, record) ? record.station.current?.server : undefined
      return (next ? next.listenerCount(event) : Reflect.apply(listenerCount, server, [event, ...rest])) as number
    })
  }

  #listen(record: ServerRecord, asked: ListenArguments, call: () => unknown): void {
    const { server } = record
    if (record.ended) {
      process.nextTick(() => server.emit('close'))
      return
    }
    let station: Station | undefined
    if (!server._handle) {
      station = this.#successionOf(record, asked)
      if (station) {
        server._handle = station.handle
        server._handle.ref() // the last server may have been unref'ed
      }
    }
    call()
    if (!server._handle) return // it could not listen, and raises 'error'
    station ??= new Station(asked, record)
    record.station = station
    record.left = false
    record.closed = false
    this.#stations.add(station)
    this.#homes.set(station, record)
    station.take(record)
    this.#pending.delete(record)
    if (!record.scope) this.#accompany(record, station)
    this.#moved?.()
  }

  /** The waiting socket that is what a server asks for. */
  #successionOf(record: ServerRecord, asked: ListenArguments): Station | undefined {
    const [address, port] = asked
    for (const station of this.#stations) {
      if (!sameAddress(station.asked, asked)) continue
      const home = this.#homes.get(station)!
      if (port === 0 && home.scope?.id !== record.scope?.id) continue
      // A server nobody owns gives way to one of a later update: what is evaluated again opens what it opened before.
      if (station.current && !home.scope && home.epoch < this.#epoch && port !== 0) void this.#leave(home)
      if (!station.current) return station
    }
    for (const station of this.#stations) {
      const wild = isWild(address) || isWild(station.asked[0])
      // Where both would not fit, the one that waits goes.
      if (!station.current && port && station.port === port && wild) this.#close(station)
    }
    return undefined
  }

  /** Two servers on one port of this machine are one service (Fastify's `localhost`): the second belongs where the first does. */
  #accompany(record: ServerRecord, station: Station): void {
    if (!station.port) return
    for (const other of this.#stations) {
      const { scope } = this.#homes.get(other)!
      if (other === station || other.port !== station.port || !scope) continue
      this.#own(record, scope)
      return
    }
  }

  /** Leaves the socket of a server to the next; resolves when it has answered what it had. */
  async #leave(record: ServerRecord): Promise<void> {
    const { server, station } = record
    if (!station || record.left) return
    record.left = true
    await station.leave()
    // What remains of it is a way to the next server: it is closed now, for whoever waits for that.
    server._emitCloseIfDrained()
    this.#sweep(record)
  }

  /** The last connection of a server that left is gone: ends the interval with which an HTTP server looks for slow ones. */
  #sweep(record: ServerRecord): void {
    const { server, connections } = record
    if (!record.left || connections.size > 0) return
    this.#sweeping = true
    try {
      server.close()
    } finally {
      this.#sweeping = false
    }
  }

  async #end(record: ServerRecord): Promise<void> {
    const { server, station } = record
    record.ended = true
    this.#pending.delete(record)
    if (!server._handle) return
    if (this.#handingOver) return this.#leave(record)
    const closed = within(closeTime, done => server.once('close', done))
    server.close()
    if (!(await closed)) station?.destroy()
  }

  #close(station: Station): void {
    this.#stations.delete(station)
    station.close()
  }

  began(): void {
    this.#epoch++
    this.#handingOver = true
    this.#moved?.()
    for (const station of this.#stations) station.relent()
  }

  failed(refusal: Refusal): void {
    for (const station of this.#stations) {
      // What has been taken over by the evaluation that failed is refused as well.
      const { epoch } = this.#homes.get(station)!
      if (!station.current || epoch === this.#epoch) station.refuse(refusal)
    }
  }

  async finished(): Promise<void> {
    const epoch = this.#epoch
    const deadline = performance.now() + longPatience
    const soon = performance.now() + patience
    for (;;) {
      if (this.#epoch !== epoch) return // another update has begun
      const left = (this.#pending.size > 0 ? deadline : soon) - performance.now()
      if (left <= 0 || [...this.#stations].every(station => station.current)) break
      await within(left, done => {
        this.#moved = done
      })
    }
    this.#moved = undefined
    this.#handingOver = false
    for (const station of [...this.#stations]) {
      if (station.current) station.relent()
      else this.#close(station)
    }
  }

  /** Closes what waits. Servers that listen go on. */
  stop(): void {
    this.#handingOver = false
    for (const station of [...this.#stations]) if (!station.current) this.#close(station)
  }
}

function isWild(address: string | null): boolean {
  return !address || address === '::' || address === '0.0.0.0'
}

function sameAddress(one: ListenArguments, other: ListenArguments): boolean {
  // Not the backlog; and a missing flag is none.
  return [0, 1, 2, 4].every(index => one[index] === other[index]) && (one[5] ?? 0) === (other[5] ?? 0)
}
