/** The servers of a program: noticed when they are created, closed with the scope of the module that created them. */
import type { Server, Socket } from 'node:net'
import type { Scope } from '../../scope.ts'
import { Handover, type ServerRecord } from '../handover/handover.ts'
import { OpenConnections } from '../handover/open-connections.ts'
import type { Patches } from '../node/patches.ts'
import { type ListenArguments, type NetServer, protocolOf } from '../node/server-internals.ts'
import { outside } from '../ownership/origins.ts'
import { type Owned, soon } from '../ownership/owned-resources.ts'
import type { Owners } from '../ownership/owner-of-call.ts'

// Not imported: a built-in module that is imported gets a facade of all its exports, and making those of `http` loads all of
// fetch: 80 ms at every start.
const http = process.getBuiltinModule('node:http')
const http2 = process.getBuiltinModule('node:http2')
const https = process.getBuiltinModule('node:https')
const net = process.getBuiltinModule('node:net')
const tls = process.getBuiltinModule('node:tls')

const { setTimeout } = globalThis

/** What a server tells of itself, and not of those who ask it. */
const own = new Set(['listening', 'close', 'error', 'newListener', 'removeListener'])

/** How often it is looked whether the last connection of a server that left is gone, in ms. */
const sweepTime = 1000

/** How long a server that has no successor may take to answer what it has, in ms. */
const closeTime = 1000

export class Servers {
  readonly handover = new Handover()
  readonly #owned: Owned
  readonly #owners: Owners
  readonly #records = new WeakMap<Server, ServerRecord>()
  #sweeping = false

  constructor(owned: Owned, owners: Owners) {
    this.#owned = owned
    this.#owners = owners
  }

  patch(patches: Patches): void {
    this.#patchCreation(patches)
    patches.replace(net.Server.prototype, 'listen', (self, args, call) => {
      return this.#mayListen(this.#record(self as NetServer), args) ? call() : self
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
          return record?.left || (record?.socket && this.handover.active) ? undefined : call()
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
          const scope = this.#owners.find()?.scope
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
      const { server, socket } = record
      this.handover.unexpect(record)
      if (record.left || (socket && server._handle && this.handover.active)) {
        const [callback] = args
        if (typeof callback === 'function') {
          if (record.closed) process.nextTick(callback)
          else server.once('close', () => callback())
        }
        void this.#leave(record)
        return server
      }
      if (socket && !record.ended) this.handover.forget(socket)
      const result = call()
      if (socket && record.ended) this.handover.close(socket)
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
        listener: undefined,
        socket: undefined,
        ended: false,
        companion: false,
        left: false,
        closed: false,
        connections: new OpenConnections(),
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

  /**
   * Notes who makes a server listen. One that nobody owns is then his; one that is another's listens no longer than he lives. A
   * superseded evaluation makes nobody listen.
   */
  #mayListen(record: ServerRecord, args: unknown[]): boolean {
    const scope = this.#owners.findListening()
    if (!record.scope) {
      // Where several could listen, nothing has to be guessed.
      const owner = scope ?? (isExclusive(args) ? this.#owners.findCaller() : undefined)
      if (owner) this.#own(record, owner)
      return true
    }
    if (!scope || scope === record.scope) return true
    if (scope.disposed) return record.scope.disposed
    if (scope.id !== record.scope.id) this.#ownListening(record, scope)
    return true
  }

  #ownListening(record: ServerRecord, scope: Scope): void {
    record.listener = scope
    this.#owned.give(scope, {
      kind: undefined,
      resource: record.server,
      isOpen: () => record.listener === scope && record.server._handle !== null,
      close: () => (this.handover.active ? this.handover.leave(record, true) : void record.server.close()),
    })
  }

  /** Lets a server's socket see its events. */
  #watch(record: ServerRecord): void {
    const { server } = record
    const { emit, listenerCount } = server
    const define = (name: string, value: unknown) =>
      Object.defineProperty(server, name, { configurable: true, enumerable: false, writable: true, value })
    define('emit', (event: string, ...args: unknown[]): boolean => {
      const { socket } = record
      if (socket) {
        if (record.left ? socket.forwards(event, record) : socket.refuses(event)) {
          const delivered = socket.deliver(event, args)
          if (delivered !== undefined) return delivered
        }
        if (event === 'close') {
          if (record.left && record.closed) return false
          record.closed = record.left
        } else {
          if (event === 'connection') record.connections.add(args[0] as Socket)
          socket.track(record, event, args)
        }
      }
      const call = () => Reflect.apply(emit, server, [event, ...args]) as boolean
      // What a server is asked belongs to no evaluation, whichever opened the socket.
      return own.has(event) ? call() : outside(call)
    })
    define('listenerCount', (event: string, ...rest: unknown[]): number => {
      const next = record.left && record.socket?.forwards(event, record) ? record.socket.current?.server : undefined
      return (next ? next.listenerCount(event) : Reflect.apply(listenerCount, server, [event, ...rest])) as number
    })
  }

  #listen(record: ServerRecord, asked: ListenArguments, call: () => unknown): void {
    const { server } = record
    if (record.ended) {
      process.nextTick(() => server.emit('close'))
      return
    }
    const succession = server._handle ? undefined : this.handover.successionOf(record, asked)
    const isUnlinked = succession?.isUnlinked ?? false
    if (succession && isUnlinked) {
      succession.dropHandle()
    } else if (succession) {
      server._handle = succession.handle
      server._handle.ref() // the last server may have been unref'ed
    }
    call()
    if (!server._handle) {
      // It could not listen, and raises 'error'.
      if (succession && isUnlinked) this.handover.close(succession)
      return
    }
    if (isUnlinked) succession?.replaceHandle(server._handle)
    const socket = this.handover.listens(record, succession, asked)
    const scope = record.scope ? undefined : this.handover.neighbour(socket)
    if (!scope) return
    record.companion = true
    this.#own(record, scope)
  }

  async #leave(record: ServerRecord): Promise<void> {
    await this.handover.leave(record)
    this.#sweep(record)
  }

  /** When the last connection of a server that left is gone: ends the interval with which an HTTP server looks for slow ones. */
  #sweep(record: ServerRecord): void {
    if (!record.left) return
    if (record.connections.size > 0) {
      setTimeout(() => this.#sweep(record), sweepTime).unref()
      return
    }
    this.#sweeping = true
    try {
      record.server.close()
    } finally {
      this.#sweeping = false
    }
  }

  async #end(record: ServerRecord): Promise<void> {
    const { server, socket } = record
    record.ended = true
    this.handover.unexpect(record)
    if (!server._handle) return
    if (this.handover.active) return this.#leave(record)
    const closed = soon(closeTime, done => server.once('close', done))
    server.close()
    if (!(await closed)) socket?.destroy()
  }
}

/** Whether only one server can listen there. */
function isExclusive([first]: unknown[]): boolean {
  const options = typeof first === 'object' && first !== null ? first : { port: first }
  const { port, path } = options as { port?: unknown; path?: unknown }
  // The port may be the path of a Unix socket as well, and no number then.
  return path !== undefined || (port !== undefined && Number(port) !== 0)
}
