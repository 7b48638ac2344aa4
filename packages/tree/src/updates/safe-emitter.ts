/** Events whose listeners may fail. */
import { EventEmitter, errorMonitor } from 'node:events'

/**
 * An emitter whose listeners cannot harm each other or the process: what a listener throws, or what its promise rejects
 * with, becomes an `'error'` event, and the other listeners still run. Without an `'error'` listener it is printed.
 */
export class SafeEmitter extends EventEmitter {
  readonly #errorFunctions: ((error: unknown) => unknown)[] = []

  /**
   * Adds a function that sees every error before it is emitted or printed. The error that it returns takes the place of the
   * first, unless it is `undefined`. It is called synchronously. Returns its remover.
   */
  onError(fn: (error: unknown) => unknown): () => void {
    this.#errorFunctions.push(fn)
    return remover(this.#errorFunctions, fn)
  }

  override emit(event: string | symbol, ...args: unknown[]): boolean {
    if (event === 'error') return this.#emitError(args[0])
    const listeners = this.rawListeners(event)
    for (const listener of listeners) this.#call(listener, args, error => this.emit('error', error))
    return listeners.length > 0
  }

  #emitError(raised: unknown): boolean {
    let error = raised
    for (const fn of [...this.#errorFunctions]) {
      try {
        error = fn(error) ?? error
      } catch (thrown) {
        console.error(thrown)
      }
    }
    for (const listener of this.rawListeners(errorMonitor)) this.#call(listener, [error], console.error)
    const listeners = this.rawListeners('error')
    if (listeners.length === 0) console.error(error)
    for (const listener of listeners) this.#call(listener, [error], console.error)
    return listeners.length > 0
  }

  // biome-ignore lint/complexity/noBannedTypes: `Function` is what `rawListeners` returns.
  #call(listener: Function, args: unknown[], fail: (error: unknown) => void): void {
    try {
      const result: unknown = listener.apply(this, args)
      if (isThenable(result)) result.then(undefined, fail)
    } catch (error) {
      fail(error)
    }
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

/** Returns a function that removes one entry from a list. Its second call removes nothing: an equal entry may be left. */
export function remover<T>(list: T[], entry: T): () => void {
  let removed = false
  return () => {
    if (removed) return
    removed = true
    list.splice(list.indexOf(entry), 1)
  }
}
