import { Kept, keptDisposer, ownDisposer } from './carried-over.ts'
import {
  type Disposer,
  defaultTimeout,
  disposeNow,
  type Limits,
  reportToConsole,
  toAggregate,
  unwind,
} from './unwind.ts'

export interface ScopeOptions {
  /** How long the whole disposal of one scope may take, in ms. Default: 5000. */
  disposeTimeout?: number
  /**
   * Takes the errors nobody waits for: from what was given to a scope already disposed, or from a disposer that failed after
   * it was given up on. Default: they are printed. Whatever fails in time is in what `dispose()` rejects with instead.
   */
  onError?(error: unknown, id: string): void
}

/** Whether a scope's disposal is over, as opposed to begun: known without waiting. */
export let hasEnded: (scope: Scope) => boolean

/**
 * The lifetime of one evaluation of one module, or of anything else with a name.
 *
 * What is given to it is disposed with it: last in, first out, each awaited before the next, as in TC39's
 * `AsyncDisposableStack`, which it does not need. Unlike there, giving something to a scope that is disposed is no error:
 * it is disposed at once.
 */
export class Scope implements AsyncDisposable {
  readonly id: string
  readonly #limits: Limits
  readonly #kept: Kept
  readonly #ownsKept: boolean
  #disposers: Disposer[] = []
  #controller: AbortController | undefined
  #disposal: Promise<void> | undefined
  #disposed = false
  #ended = false

  static {
    hasEnded = scope => scope.#ended
  }

  /** `kept` is what an earlier evaluation left; without it the scope stands alone, and disposes what it keeps by itself. */
  constructor(id: string, options: ScopeOptions = {}, kept?: Kept) {
    this.id = id
    this.#limits = toLimits(options)
    this.#kept = kept ?? new Kept()
    this.#ownsKept = kept === undefined
    for (const { resource, close } of kept?.takeHandedOn() ?? []) this.own(resource, close)
  }

  /** True from the moment the disposal begins. */
  get disposed(): boolean {
    return this.#disposed
  }

  /** Aborts when the disposal begins, before the first disposer; already aborted if asked for later. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController()
      if (this.#disposed) this.#controller.abort()
    }
    return this.#controller.signal
  }

  /** An object that every evaluation of the same module gets, as Vite's `hot.data`. What is put into it is not disposed. */
  get data(): Record<string, unknown> {
    return this.#kept.data
  }

  /**
   * Disposes `resource` with this scope, by its `Symbol.asyncDispose` or else `Symbol.dispose` method as it is now; returns
   * it. `null` and `undefined` pass through. Throws a TypeError for anything without such a method.
   */
  use<T>(resource: T): T {
    if (resource === null || resource === undefined) return resource
    const disposer = ownDisposer(resource)
    if (!disposer) throw this.#typeError('use() takes something with a Symbol.asyncDispose or Symbol.dispose method')
    this.#give(disposer)
    return resource
  }

  /** Calls `onDispose(value)` when this scope is disposed; returns `value`. */
  adopt<T>(value: T, onDispose: (value: T) => unknown): T {
    if (typeof onDispose !== 'function') throw this.#typeError('adopt() takes a function after the value')
    this.#give(() => onDispose(value))
    return value
  }

  /** Calls `fn` when this scope is disposed. What it returns is awaited. */
  defer(fn: () => unknown): void {
    if (typeof fn !== 'function') throw this.#typeError('defer() takes a function')
    this.#give(() => fn())
  }

  /**
   * A value that outlives this evaluation: the first one to ask for `key` creates it, the next ones get the same. What
   * `create` returned is kept as it is, a promise as a promise; if it throws, nothing is kept.
   *
   * The value is disposed when an evaluation finished without asking for it, or there will be no other: by the `dispose`
   * given most recently, or else by its own `Symbol.asyncDispose` or `Symbol.dispose` method, if it has one. A disposed
   * scope hands out what is there, and disposes what it would have to create.
   */
  keep<T>(key: string, create: () => T, dispose?: (value: T) => unknown): T {
    // One key, one type: nothing but the callers' agreement says so, as with any store that outlives the code that filled it.
    const disposeKept = dispose as ((value: unknown) => unknown) | undefined
    if (!this.#disposed) return this.#kept.ask(key, create, disposeKept) as T
    if (this.#kept.has(key)) return this.#kept.peek(key) as T
    const value = create()
    const disposer = keptDisposer(value, disposeKept)
    if (disposer) disposeNow(this.id, disposer, this.#limits)
    return value
  }

  /**
   * Calls `close` with this scope's end; unless `resource` is in `data`, or kept, by then: it then belongs to the next
   * evaluation, on the same terms, and is closed when there is none.
   */
  own(resource: object, close: () => unknown): void {
    this.defer(() => {
      const handedOn = !this.#ownsKept && this.#kept.handOn(resource, close)
      if (handedOn instanceof Promise) return handedOn.then(isHandedOn => (isHandedOn ? undefined : close()))
      return handedOn ? undefined : close()
    })
  }

  /**
   * Disposes everything; a second call returns the same promise. The first disposer is called before this returns, and all of
   * them are if none returns a promise. One that throws stops no other: the promise rejects, when all is done, with one
   * AggregateError. One that hangs is given up on after `disposeTimeout`; the remaining ones are then started, not awaited.
   */
  dispose(): Promise<void> {
    this.#disposal ??= this.#unwind()
    return this.#disposal
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose()
  }

  async #unwind(): Promise<void> {
    this.#disposed = true
    this.#controller?.abort()
    const disposers = this.#disposers
    this.#disposers = []
    if (this.#ownsKept) disposers.unshift(...this.#kept.releaseAll())
    const errors = await unwind(this.id, disposers, this.#limits, () => {
      this.#ended = true
    })
    const failure = toAggregate([{ id: this.id, errors }])
    if (failure) throw failure
  }

  #give(disposer: Disposer): void {
    if (this.#disposed) disposeNow(this.id, disposer, this.#limits)
    else this.#disposers.push(disposer)
  }

  #typeError(message: string): TypeError {
    return new TypeError(`${message} (for ${this.id})`)
  }
}

export function toLimits(options: ScopeOptions): Limits {
  const { disposeTimeout = defaultTimeout } = options
  if (!(disposeTimeout >= 0)) throw new RangeError(`disposeTimeout is a number of milliseconds, not ${disposeTimeout}`)
  return { disposeTimeout, onError: options.onError ? (error, id) => options.onError!(error, id) : reportToConsole }
}
