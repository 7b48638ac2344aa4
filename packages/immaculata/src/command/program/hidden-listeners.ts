/**
 * Listeners on `process` that the program does not see. A program may count its listeners, or leave something to Node when there are
 * none, and must get the same result as under plain Node.
 */
import type { EventEmitter } from 'node:events'

/** Taken before the program may replace them. */
const { queueMicrotask } = globalThis

type Listener = (...args: unknown[]) => void
type Event = string | symbol

const emitter: EventEmitter = process
const hidden = new Map<unknown, Event>()
let installed = false

/** Adds a listener in front of all others. Returns its remover. */
export function listen(event: string, listener: (value: never) => void): () => void {
  install()
  hidden.set(listener, event)
  emitter.prependListener(event, listener as Listener)
  return () => {
    hidden.delete(listener)
    emitter.removeListener(event, listener as Listener)
  }
}

/** How many listeners the program has. */
export function countOwn(event: string): number {
  return emitter.listenerCount(event)
}

function install(): void {
  if (installed) return
  installed = true
  const { listeners, rawListeners, eventNames } = emitter
  const isOwn = (listener: unknown) => !hidden.has(listener)
  override('listeners', (event: Event) => listeners.call(emitter, event).filter(isOwn))
  override('rawListeners', (event: Event) => rawListeners.call(emitter, event).filter(isOwn))
  override('listenerCount', (event: Event, listener?: unknown) => {
    const own = emitter.listeners(event)
    return listener === undefined ? own.length : own.filter(each => each === listener).length
  })
  override('eventNames', () => eventNames.call(emitter).filter(event => emitter.listenerCount(event) > 0))
  // Node stops listening to a signal when the last listener that it can count is removed.
  const removed = (event: Event, listener: unknown) => {
    if (hidden.has(listener)) queueMicrotask(() => restore(event, listener as Listener))
    else if (canIterate()) for (const [ours, on] of [...hidden]) if (on === event) restore(event, ours as Listener)
  }
  hidden.set(removed, 'removeListener')
  emitter.on('removeListener', removed)
}

function restore(event: Event, listener: Listener): void {
  if (hidden.get(listener) !== event) return
  hidden.delete(listener)
  emitter.removeListener(event, listener)
  emitter.prependListener(event, listener)
  hidden.set(listener, event)
}

function override(name: 'listeners' | 'rawListeners' | 'listenerCount' | 'eventNames', value: unknown): void {
  Object.defineProperty(emitter, name, { value, configurable: true, writable: true, enumerable: false })
}

/** A program may delete the iterator of arrays, and Node goes on. */
export function canIterate(): boolean {
  return Array.prototype[Symbol.iterator] !== undefined
}
