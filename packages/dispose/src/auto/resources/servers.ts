/** The servers of a program: noticed when they are created, closed with the scope of the module that created them. */
import type { Server, Socket } from 'node:net'
import type { Scope } from '../../scope.ts'
import { Handover, type ServerRecord } from '../handover/handover.ts'
import type { Patches } from '../node/patches.ts'
import { type ListenArguments, type NetServer, protocolOf } from '../node/server-internals.ts'
import { outside } from '../ownership/origins.ts'
import { type Owned, within } from '../ownership/owned-resources.ts'
import { findCaller, type ScopeOf } from '../ownership/owner-of-call.ts'
import type { Owner } from './openers.ts'

// Not imported: a built-in module that is imported gets a facade of all its exports, and making those of `http` loads all of
// fetch: 80 ms at every start.
const http = process.getBuiltinModule('node:http')
const http2 = process.getBuiltinModule('node:http2')
const https = process.getBuiltinModule('node:https')
const net = process.getBuiltinModule('node:net')
const tls = process.getBuiltinModule('node:tls')

/** How long a server that has no successor may take to answer what it has, in ms. */
const closeTime = 1000

export class Servers {
  readonly handover = new Handover()
  readonly #owned: Owned
  readonly #owner: Owner
  readonly #scopeOf: ScopeOf
  readonly #records = new WeakMap<Server, ServerRecord>()
  #sweeping = false

  constructor(owned: Owned, owner: Owner, scopeOf: ScopeOf) {
    this.#owned = owned
    this.#owner = owner
    this.#scopeOf = scopeOf
  }

  patch(patches: Patches): void {
    this.#patchCreation(patches)
    patches.replace(net.Server.prototype, 'listen', (self, args, call) => {
      const record = this.#record(self as NetServer)
      if (!record.scope) this.#adopt(record, args)
      return call()
    })
    // `listen()` comes to this in the end, with names resolved, and it takes a handle that is already there.
    patches.replace(net.Server.prototype, '_listen2', (self, args, call) => {
      this.#listen(this.#record(self as NetServer), args as ListenArguments, call)
    })
    const http2Prototypes = [http2.createServer(), http2.createSecureServer()].map(server =>
      Object.getPrototypeOf(server),
    )
    const prototypes = [net.Server, http.Server, https.Server].map(({ prototype }) => prototype as object)
    for (const prototype of [...prototypes, ...(http2Prototypes as object[])]) {
      if (Object.hasOwn(prototype, 'close')) this.#patchClose(patches, prototype)
      for (const name of ['closeIdleConnections', 'closeAllConnections']) {
        if (!Object.hasOwn(prototype, name)) continue
        patches.replace(prototype, name, (self, _args, call) => {
          const record = this.#records.get(self as NetServer)
          // Its connections are the next one's.
          return record?.left || (record?.station && this.handover.active) ? undefined : call()
        })
      }
    }
  }

  #patchCreation(patches: Patches): void {
    let nested = false // `http.createServer` comes to `Server`
    for (const object of [net, http, https, tls, http2]) {
      for (const name of ['Server', 'createServer', 'createSecureServer']) {
        patches.replace(object, name, (self, _args, call) => {
          if (nested) return call()
          const scope = this.#owner(false)
          nested = true
          try {
            const result = call()
            // A constructor that is called as a function returns nothing, or what it made.
            if (scope) this.#own(this.#record((result ?? self) as NetServer), scope)
            return result
          } finally {
            nested = false
          }
        })
      }
    }
  }

  #patchClose(patches: Patches, prototype: object): void {
    patches.replace(prototype, 'close', (self, args, call) => {
      const record = this.#records.get(self as NetServer)
      if (!record || this.#sweeping) return call()
      const { server, station } = record
      this.handover.unexpect(record)
      if (record.left || (station && server._handle && this.handover.active)) {
        const [callback] = args
        if (typeof callback === 'function') {
          if (record.closed) process.nextTick(callback)
          else server.once('close', () => callback())
        }
        void this.#leave(record)
        return server
      }
      const result = call()
      if (station) this.handover.close(station)
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
        companion: false,
        left: false,
        closed: false,
        connections: new Set(),
        epoch: this.handover.epoch,
      }
      this.#records.set(server, record)
      this.#watch(record)
    }
    return record
  }

  #own(record: ServerRecord, scope: Scope): void {
    record.scope = scope
    if (!record.server.listening) this.handover.expect(record)
    this.#owned.give(scope, {
      kind: 'servers',
      resource: record.server,
      isOpen: () => !record.ended && (record.server._handle !== null || this.handover.isPending(record)),
      close: () => this.#end(record),
    })
  }

  /** A server that listens where only one can belongs to the module whose code made it listen, if no evaluation did. */
  #adopt(record: ServerRecord, args: unknown[]): void {
    const [first] = args
    const options = typeof first === 'object' && first !== null ? first : { port: first }
    const { port, path } = options as { port?: unknown; path?: unknown }
    // The port may be the path of a Unix socket as well, and no number then.
    const alone = path !== undefined || (port !== undefined && Number(port) !== 0)
    const scope = this.#owner(false) ?? (alone ? findCaller(this.#scopeOf) : undefined)
    if (scope) this.#own(record, scope)
  }

  /** Lets a server's station see its events. */
  #watch(record: ServerRecord): void {
    const { server } = record
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
        if (event === 'close') {
          if (record.left && record.closed) return false
          record.closed = record.left
        } else {
          if (event === 'connection') this.#count(record, args[0] as Socket)
          station.track(record, event, args)
        }
      }
      const tell = () => Reflect.apply(emit, server, [event, ...args]) as boolean
      // The socket keeps the context of whoever listened on it first.
      return event === 'listening' || event === 'close' || event === 'error' ? tell() : outside(tell)
    })
    define('listenerCount', (event: string, ...rest: unknown[]): number => {
      const next = record.left && record.station?.forwards(event, record) ? record.station.current?.server : undefined
      return (next ? next.listenerCount(event) : Reflect.apply(listenerCount, server, [event, ...rest])) as number
    })
  }

  #count(record: ServerRecord, socket: Socket): void {
    record.connections.add(socket)
    socket.once('close', () => {
      record.connections.delete(socket)
      this.#sweep(record)
    })
  }

  #listen(record: ServerRecord, asked: ListenArguments, call: () => unknown): void {
    const { server } = record
    if (record.ended) {
      process.nextTick(() => server.emit('close'))
      return
    }
    const succession = server._handle ? undefined : this.handover.successionOf(record, asked)
    if (succession) {
      server._handle = succession.handle
      server._handle.ref() // the last server may have been unref'ed
    }
    call()
    if (!server._handle) return // it could not listen, and raises 'error'
    const station = this.handover.listens(record, succession, asked)
    const scope = record.scope ? undefined : this.handover.neighbour(station)
    if (!scope) return
    record.companion = true
    this.#own(record, scope)
  }

  async #leave(record: ServerRecord): Promise<void> {
    await this.handover.leave(record)
    this.#sweep(record)
  }

  /** The last connection of a server that left is gone: ends the interval with which an HTTP server looks for slow ones. */
  #sweep(record: ServerRecord): void {
    if (!record.left || record.connections.size > 0) return
    this.#sweeping = true
    try {
      record.server.close()
    } finally {
      this.#sweeping = false
    }
  }

  async #end(record: ServerRecord): Promise<void> {
    const { server, station } = record
    record.ended = true
    this.handover.unexpect(record)
    if (!server._handle) return
    if (this.handover.active) return this.#leave(record)
    const closed = within(closeTime, done => server.once('close', done))
    server.close()
    if (!(await closed)) station?.destroy()
  }
}
