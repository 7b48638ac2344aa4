/** The servers of a program. They are noticed when they are created, and closed with the scope of the module that created them. */
import type { AsyncLocalStorage as Storage } from 'node:async_hooks'
import type { Server, Socket } from 'node:net'
import type { Scope } from '../../scope.ts'
import { Handover, type ServerRecord } from '../handover/handover.ts'
import { OpenConnections } from '../handover/open-connections.ts'
import type { Builtins } from '../node/builtins.ts'
import type { Patches } from '../node/patches.ts'
import { type ListenArguments, type NetServer, protocolOf } from '../node/server-internals.ts'
import { outside } from '../ownership/origins.ts'
import { type Owned, soon } from '../ownership/owned-resources.ts'
import type { Owners } from '../ownership/owner-of-call.ts'

const { AsyncLocalStorage } = process.getBuiltinModule('node:async_hooks')
const net = process.getBuiltinModule('node:net')

const { setTimeout } = globalThis

/** The events that a server raises about itself, not about its clients. */
const own = new Set(['listening', 'close', 'error', 'newListener', 'removeListener'])

/** How often, in ms, to check whether the last connection of a replaced server is gone. */
const sweepTime = 1000

/** For how many ms a server without a successor may answer its requests. */
const closeTime = 1000

/** Set in what a program does because a server was closed that it did not close itself. */
const reacting: Storage<true> = new AsyncLocalStorage()

export class Servers {
  readonly handover = new Handover()
  readonly #owned: Owned
  readonly #owners: Owners
  readonly #records = new WeakMap<Server, ServerRecord>()
  readonly #patched = new WeakSet<object>()
  #sweeping = false
  /** Is a server being created? `http.createServer` calls `Server`, and that calls those of `net`. */
  #creating = false

  constructor(owned: Owned, owners: Owners) {
    this.#owned = owned
    this.#owners = owners
  }

  patch(patches: Patches, builtins: Builtins): void {
    this.#patchModule(patches, net)
    for (const id of ['http', 'https', 'tls', 'http2'] as const) {
      builtins.whenLoaded(id, module => this.#patchModule(patches, module))
    }
    // A replaced version may tidy up when its server is gone. It must not end the process in which its successor runs.
    patches.replace(process, 'exit', (_self, _args, call) => (reacting.getStore() ? undefined : call()))
    patches.replace(net.Server.prototype, 'listen', (self, args, call) => {
      return this.#mayListen(this.#record(self as NetServer), args) ? call() : self
    })
    // `listen()` finally calls this function, with names resolved. It takes a handle that is already there.
    patches.replace(net.Server.prototype, '_listen2', (self, args, call) => {
      this.#listen(this.#record(self as NetServer), args as ListenArguments, call)
    })
  }

  #patchModule(patches: Patches, module: object): void {
    const { Server } = module as { Server?: { prototype: object } }
    if (Server) this.#patchPrototype(patches, Server.prototype)
    for (const name of ['Server', 'createServer', 'createSecureServer']) {
      patches.replace(module, name, (self, _args, call) => {
        if (this.#creating) return call()
        const scope = this.#owners.find()?.scope
        this.#creating = true
        try {
          const result = call()
          // A constructor that is called as a function returns nothing, or the object that it made.
          const server = (result ?? self) as NetServer
          // Those of HTTP/2 are reached through a server only, and to create a secure one just for that takes 10 ms.
          if (!Server) this.#patchPrototype(patches, Object.getPrototypeOf(server) as object)
          if (scope) this.#own(this.#record(server), scope)
          return result
        } finally {
          this.#creating = false
        }
      })
    }
  }

  #patchPrototype(patches: Patches, prototype: object): void {
    if (this.#patched.has(prototype)) return
    this.#patched.add(prototype)
    if (Object.hasOwn(prototype, 'close')) this.#patchClose(patches, prototype)
    for (const name of ['closeIdleConnections', 'closeAllConnections']) {
      if (!Object.hasOwn(prototype, name)) continue
      patches.replace(prototype, name, (self, _args, call) => {
        const record = this.#records.get(self as NetServer)
        // Its connections belong to the next server.
        return record?.left || (record?.socket && this.handover.active) ? undefined : call()
      })
    }
  }

  #patchClose(patches: Patches, prototype: object): void {
    patches.replace(prototype, 'close', (self, args, call) => {
      const record = this.#records.get(self as NetServer)
      if (!record || this.#sweeping) return call()
      const { server, socket } = record
      record.isAsked = true
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
        isAsked: false,
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
    // Held weakly: Node itself holds a server that listens, and one that never did may be collected.
    const ref = new WeakRef(record)
    this.#owned.give(scope, {
      kind: 'servers',
      resource: new WeakRef(record.server),
      isOpen: () => this.#isOpen(ref.deref()),
      isOver: () => ref.deref() === undefined,
      close: () => {
        const record = ref.deref()
        return record && this.#end(record)
      },
    })
  }

  #isOpen(record: ServerRecord | undefined): boolean {
    if (!record || record.ended) return false
    return record.server._handle !== null || this.handover.isPending(record)
  }

  /**
   * Notes which module makes a server listen. If nobody owns the server, it belongs to that module. If another module owns it, it stops
   * listening when that module is replaced. A superseded evaluation can make no server listen.
   */
  #mayListen(record: ServerRecord, args: unknown[]): boolean {
    const scope = this.#owners.findListening()
    if (!record.scope) {
      // If several can listen there, there is nothing to guess.
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

  /** Shows a server's events to its socket. */
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
          if (record.ended && !record.isAsked)
            return reacting.run(true, () => Reflect.apply(emit, server, [event].concat(args as never[])) as boolean)
        } else {
          if (event === 'connection') record.connections.add(args[0] as Socket)
          socket.track(record, event, args)
        }
      }
      // Without a spread: a program may have deleted the iterator of arrays.
      const call = () => Reflect.apply(emit, server, [event].concat(args as never[])) as boolean
      // A request belongs to no evaluation, whichever one opened the socket.
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

  /** Once the last connection of a replaced server is gone, ends the interval with which an HTTP server looks for slow requests. */
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

/** Can only one server listen there? */
function isExclusive(args: unknown[]): boolean {
  const first = args[0]
  const options = typeof first === 'object' && first !== null ? first : { port: first }
  const { port, path } = options as { port?: unknown; path?: unknown }
  // `port` may be the path of a Unix socket.
  return path !== undefined || (port !== undefined && Number(port) !== 0)
}
