/**
 * Listeners on `process` that the program does not see: it may count its listeners, or leave things to Node when there are
 * none, and must come to the same result as without us.
 */
type Listener = (...args: any[]) => void

const hidden = new Map<Listener, string>()
let installed = false

/** Adds a listener in front of all others; returns its remover. */
export function listen(event: string, listener: Listener): () => void {
  install()
  hidden.set(listener, event)
  process.prependListener(event as 'exit', listener)
  return () => {
    hidden.delete(listener)
    process.removeListener(event, listener)
  }
}

/** The program's own listeners. */
export function ownListeners(event: string): Function[] {
  return process.listeners(event as 'exit')
}

function install(): void {
  if (installed) return
  installed = true
  const { listeners, rawListeners, eventNames } = process
  const visible = (list: Function[]) => list.filter(listener => !hidden.has(listener as Listener))
  override('listeners', (event: 'exit') => visible(listeners.call(process, event)))
  override('rawListeners', (event: 'exit') => visible(rawListeners.call(process, event)))
  override('listenerCount', (event: 'exit', listener?: Function) => {
    const own = process.listeners(event)
    return listener === undefined ? own.length : own.filter(each => each === listener).length
  })
  override('eventNames', () => eventNames.call(process).filter(event => process.listenerCount(event as 'exit') > 0))
  // Node stops a signal's watcher when the last listener it can count has gone.
  const removed = (event: string, listener: Listener) => {
    if (hidden.has(listener)) queueMicrotask(() => restore(event, listener))
    else for (const [ours, on] of hidden) if (on === event) restore(event, ours)
  }
  hidden.set(removed, 'removeListener')
  process.on('removeListener', removed as NodeJS.NewListenerListener)
}

function restore(event: string, listener: Listener): void {
  if (hidden.get(listener) !== event) return
  hidden.delete(listener)
  process.removeListener(event, listener)
  process.prependListener(event as 'exit', listener)
  hidden.set(listener, event)
}

function override(name: 'listeners' | 'rawListeners' | 'listenerCount' | 'eventNames', value: Listener): void {
  Object.defineProperty(process, name, { value, configurable: true, writable: true, enumerable: false })
}
