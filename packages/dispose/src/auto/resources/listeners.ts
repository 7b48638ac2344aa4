/**
 * Listeners.
 *
 * The listeners come in that a module adds during its evaluation to an emitter, an event target or a channel that it did not make
 * itself. They leave with the module; the emitter keeps all others, in their order, and its state. The invariant: a listener of an
 * unchanged module is never touched.
 *
 * Listeners on an emitter that the same evaluation made are left alone: that emitter ends with the module.
 */
import type { EventEmitter as Emitter } from 'node:events'
import type { Readable } from 'node:stream'
import type { Scope } from '../../scope.ts'
import type { Patches } from '../node/patches.ts'
import { stopFlowing } from '../node/stream-internals.ts'
import type { Owned } from '../ownership/owned-resources.ts'
import type { Opener, Owners } from '../ownership/owner-of-call.ts'
import type { WorkInFlight } from '../ownership/work.ts'
import { ListenerPlaces } from './listener-places.ts'

const EventEmitter = process.getBuiltinModule('node:events') as unknown as {
  prototype: Emitter
  init: (this: Emitter) => void
}
const diagnostics = process.getBuiltinModule('node:diagnostics_channel')

type Listener = (...args: unknown[]) => void

export function patchListeners(patches: Patches, owned: Owned, owners: Owners, work: WorkInFlight): void {
  const listeners = new Listeners(owned, owners, work)
  listeners.patchEmitters(patches)
  listeners.patchEventTargets(patches)
  listeners.patchChannels(patches)
}

class Listeners {
  readonly #owned: Owned
  readonly #owners: Owners
  /** The evaluation that made an emitter. */
  readonly #makers = new WeakMap<object, Scope>()
  /** What an evaluation listens to, apart from errors. */
  readonly #hearing = new WeakMap<Scope, WeakSet<object>>()
  readonly #places = new ListenerPlaces()

  readonly #work: WorkInFlight

  constructor(owned: Owned, owners: Owners, work: WorkInFlight) {
    this.#owned = owned
    this.#owners = owners
    this.#work = work
  }

  patchEmitters(patches: Patches): void {
    const { prototype } = EventEmitter
    patches.watch(EventEmitter, 'init', 'before', self => {
      const scope = this.#owners.findCheaply()?.scope
      if (scope) this.#makers.set(self as object, scope)
    })
    // `once` calls `on`, and `prependOnceListener` calls `prependListener`, with the listener in a wrapper.
    for (const name of ['on', 'addListener', 'prependListener']) {
      patches.watch(prototype, name, 'after', (self, args) => {
        const opener = this.#owners.findCheaply()
        if (opener) this.#ownListener(self as Emitter, args as [string, Listener], name === 'prependListener', opener)
      })
    }
  }

  #ownListener(emitter: Emitter, [event, listener]: [string, Listener], inFront: boolean, opener: Opener): void {
    const { scope, callers } = opener
    const spot = { emitter, event, inFront, file: opener.module.file }
    if (this.#makers.get(emitter) === scope && !isStandard(emitter)) return
    const kind = kindOf(emitter, event, callers)
    if (kind === 'of others') return
    if (kind === 'own') this.#heard(scope).add(emitter)
    this.#places.take(spot, listener)
    // Others may have added the same function as well.
    const before = count(emitter, event, listener) - 1
    const isOpen = () => count(emitter, event, listener) > before
    this.#give(opener, unwrapped(listener), isOpen, emitter, () => {
      // A package that only listens for errors of something of its own still needs that listener.
      if (kind === 'guard' && !this.#heard(scope).has(emitter)) return
      this.#places.leave(spot, listener, scope)
      emitter.removeListener(event, listener)
      const isInput = (emitter as { fd?: unknown }).fd === 0 && emitter === process.stdin
      if (isInput && !hasReader(emitter)) stopFlowing(emitter as Readable)
    })
  }

  #heard(scope: Scope): WeakSet<object> {
    let heard = this.#hearing.get(scope)
    if (!heard) {
      heard = new WeakSet()
      this.#hearing.set(scope, heard)
    }
    return heard
  }

  #give(opener: Opener, resource: object, isOpen: () => boolean, emitter: object, close: () => void): void {
    const { scope } = opener
    // A job waits for what it has asked for: that must still reach it.
    if (this.#work.isOfWork(opener)) this.#work.use(scope, isOpen, close)
    else this.#owned.give(scope, { kind: 'listeners', resource, emitter, isOpen, close })
  }

  patchEventTargets(patches: Patches): void {
    patches.watch(EventTarget.prototype, 'addEventListener', 'after', (self, args) => {
      const opener = this.#owners.findCheaply()
      // Node removes the listeners that it adds for itself, such as one on the signal of a request.
      if (!opener || opener.callers[0]?.startsWith('node:')) return
      const target = new WeakRef(self as EventTarget)
      const [type, listener, options] = args as Parameters<EventTarget['addEventListener']>
      if (listener === null || (typeof listener !== 'function' && typeof listener !== 'object')) return
      const capture = typeof options === 'object' ? options?.capture : options
      let open = true
      const isOpen = () => open && target.deref() !== undefined
      this.#give(opener, listener, isOpen, target, () => {
        open = false
        target.deref()?.removeEventListener(type, listener, capture === undefined ? {} : { capture })
      })
    })
  }

  patchChannels(patches: Patches): void {
    const idle = diagnostics.channel('hot: a channel without subscribers')
    const active = diagnostics.channel('hot: a channel with one')
    active.subscribe(ignored)
    const prototypes = new Set([Object.getPrototypeOf(idle), Object.getPrototypeOf(active)] as object[])
    active.unsubscribe(ignored)
    let nested = false // `diagnostics.subscribe` calls `channel.subscribe`
    patches.replace(diagnostics, 'subscribe', (_self, args, call) => {
      const [name, listener] = args as [string, Listener]
      const opener = this.#owners.findCheaply()
      nested = true
      try {
        return call()
      } finally {
        nested = false
        if (opener) this.#ownSubscription(opener, listener, () => diagnostics.unsubscribe(name, listener))
      }
    })
    for (const prototype of prototypes) {
      patches.watch(prototype, 'subscribe', 'after', (self, [listener]) => {
        const opener = nested ? undefined : this.#owners.findCheaply()
        const channel = self as { unsubscribe(listener: unknown): void }
        if (opener) this.#ownSubscription(opener, listener as Listener, () => channel.unsubscribe(listener))
      })
      patches.watch(prototype, 'bindStore', 'after', (self, [store]) => {
        const opener = this.#owners.findCheaply()
        const channel = self as { unbindStore(store: unknown): void }
        if (opener) this.#ownSubscription(opener, store as object, () => channel.unbindStore(store))
      })
    }
  }

  #ownSubscription(opener: Opener, resource: object, end: () => void): void {
    if (opener.callers.find(file => file !== 'node:diagnostics_channel')?.startsWith('node:')) return
    let open = true
    this.#give(
      opener,
      resource,
      () => open,
      resource,
      () => {
        open = false
        end()
      },
    )
  }
}

const ignored = () => {}

/** The standard streams of a process are created when they are first read. They do not belong to the module that reads them. */
function isStandard(emitter: Emitter): boolean {
  const { fd } = emitter as { fd?: unknown }
  if (fd === 0) return emitter === process.stdin
  return (fd === 1 && emitter === process.stdout) || (fd === 2 && emitter === process.stderr)
}

/**
 * Does a listener that is added during an evaluation belong to somebody else, who outlives the module? Node adds some to `process` and
 * to its own streams, and packages add some for the end of the process. For an error listener of a package this is not known.
 */
function kindOf(emitter: Emitter, event: string, callers: readonly string[]): 'own' | 'guard' | 'of others' {
  // `once` calls `on`, and so do the functions of `node:events`, whoever called them.
  const caller = callers.find(file => file !== 'node:events') ?? ''
  if (caller.startsWith('node:')) {
    const isTied = emitter !== process && callers.every(file => !file.startsWith('node:') || ties(file))
    return isTied ? (event === 'error' ? 'guard' : 'own') : 'of others'
  }
  if (!/[\\/]node_modules[\\/]/.test(caller)) return 'own'
  if (emitter === process) return event === 'exit' || event === 'beforeExit' ? 'of others' : 'own'
  return event === 'error' ? 'guard' : 'own'
}

/**
 * Does Node connect something that the program made to something of others here: a pipe, an interface that reads lines? One shared
 * listener decodes the keys of a terminal. It is no such connection: it comes and goes by itself.
 */
function ties(file: string): boolean {
  return file !== 'node:internal/readline/emitKeypressEvents' && tying.some(prefix => file.startsWith(prefix))
}

const tying = ['node:events', 'node:internal/streams/', 'node:stream', 'node:internal/readline/', 'node:readline']

function count(emitter: Emitter, event: string, listener: Listener): number {
  let found = 0
  for (const each of emitter.rawListeners(event)) if (each === listener) found++
  return found
}

function unwrapped(listener: Listener): object {
  return (listener as { listener?: object }).listener ?? listener
}

function hasReader(emitter: Emitter): boolean {
  return emitter.listenerCount('data') + emitter.listenerCount('readable') > 0
}
