/** The lifetime of one evaluation of one module. */
import { CarriedOver, keptDisposer, ownDisposer } from './carried-over.ts'
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
   * Takes errors that nobody waits for: of something that was given to a disposed scope, or of a disposer that failed after
   * its time was over. Default: they are printed. An error that comes in time is in the rejection of `dispose()` instead.
   */
  onError?(error: unknown, id: string): void
}

/** Is a scope's disposal over, not only begun? Known without waiting. */
export let hasEnded: (scope: Scope) => boolean

/**
 * The lifetime of one evaluation of one module, or of anything else with a name.
 *
 * What is given to it is disposed with it: last in, first out, each awaited before the next, as in TC39's
 * `AsyncDisposableStack`. Giving something to a disposed scope is no error, unlike there: it is disposed at once.
 */
export class Scope implements AsyncDisposable {
  readonly id: string
  readonly #limits: Limits
  readonly #carriedOver: CarriedOver
  /** The scope has no predecessor and no successor. */
  readonly #isAlone: boolean
  /** In the order in which they were given. */
  #disposers = new Set<Disposer>()
  /** Which of them were given to `own`. */
  readonly #owned = new WeakSet<Disposer>()
  #controller: AbortController | undefined
  #disposal: Promise<void> | undefined
  #disposed = false
  #ended = false

  static {
    hasEnded = scope => scope.#ended
  }

  /** `carriedOver` is what an earlier evaluation left. Without it the scope stands alone, and disposes what it keeps itself. */
  constructor(id: string, options: ScopeOptions = {}, carriedOver?: CarriedOver) {
    this.id = id
    this.#limits = toLimits(options)
    this.#carriedOver = carriedOver ?? new CarriedOver()
    this.#isAlone = carriedOver === undefined
    for (const { resource, close } of carriedOver?.takeHandedOn() ?? []) this.own(resource, close)
  }

  /** True from the moment the disposal begins. */
  get disposed(): boolean {
    return this.#disposed
  }

  /** Aborts when the disposal begins, before the first disposer. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController()
      if (this.#disposed) this.#controller.abort()
    }
    return this.#controller.signal
  }

  /** An object that every evaluation of the same module gets, as Vite's `hot.data`. Its values are not disposed. */
  get data(): Record<string, unknown> {
    return this.#carriedOver.data
  }

  /**
   * Disposes `resource` with this scope, by its `Symbol.asyncDispose` or else `Symbol.dispose` method as it is now. Returns
   * `resource`. `null` and `undefined` pass through. Throws a TypeError for anything without such a method.
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
   * A value that outlives this evaluation. The first evaluation that asks for `key` creates it, the next ones get the same.
   * What `create` returns is kept as it is, a promise as a promise. If `create` throws, nothing is kept.
   *
   * The value is disposed when an evaluation finishes without asking for it, or when the module is gone: by the `dispose`
   * that was given last, or else by its own `Symbol.asyncDispose` or `Symbol.dispose` method, if it has one. A disposed
   * scope still returns kept values, but what it creates is disposed at once.
   */
  keep<T>(key: string, create: () => T, dispose?: (value: T) => unknown): T {
    // That one key always has one type is up to the callers, as with any store that outlives the code that filled it.
    const disposeKept = dispose as ((value: unknown) => unknown) | undefined
    if (!this.#disposed) return this.#carriedOver.ask(key, create, disposeKept) as T
    if (this.#carriedOver.has(key)) return this.#carriedOver.peek(key) as T
    const value = create()
    const disposer = keptDisposer(value, disposeKept)
    if (disposer) disposeNow(this.id, disposer, this.#limits)
    return value
  }

  /**
   * Calls `close` when this scope is disposed, unless `resource` is in `data` or kept by then. In that case the next evaluation
   * owns it in the same way. If there is none, it is closed. Returns what takes it out of this scope again. If `resource` is a
   * `WeakRef`, nothing is done when what it led to is gone.
   */
  own(resource: object, close: () => unknown): () => void {
    const disposer = () => {
      const held = resource instanceof WeakRef ? (resource.deref() as object | undefined) : resource
      if (held === undefined) return undefined
      const handedOn = !this.#isAlone && this.#carriedOver.handOn(held, close)
      if (handedOn instanceof Promise) return handedOn.then(isHandedOn => (isHandedOn ? undefined : close()))
      return handedOn ? undefined : close()
    }
    this.#owned.add(disposer)
    this.#give(disposer)
    return () => void this.#disposers.delete(disposer)
  }

  /** Whether there is nothing to dispose, kept values included. */
  get isEmpty(): boolean {
    return this.#disposers.size === 0 && this.#carriedOver.isEmpty && this.#controller === undefined
  }

  /** Whether the process closes all that this scope holds when it ends: nothing but what was given to `own`. */
  get endsWithProcess(): boolean {
    if (!this.#carriedOver.isEmpty || this.#controller !== undefined) return false
    for (const disposer of this.#disposers) if (!this.#owned.has(disposer)) return false
    return true
  }

  /** Whether something goes on from one evaluation to the next, by the module's own wish: a kept value, or `data`. */
  get carriesOver(): boolean {
    return !this.#carriedOver.isEmpty || Reflect.ownKeys(this.#carriedOver.data).length > 0
  }

  /** Forgets what `own` was given, without closing it: the process is about to end, and closes it. */
  leaveOwned(): void {
    for (const disposer of this.#disposers) if (this.#owned.has(disposer)) this.#disposers.delete(disposer)
  }

  /**
   * Disposes everything. A second call returns the same promise. The first disposer is called before this returns, and all of
   * them are if none returns a promise. A disposer that throws stops no other: when all are done, the promise rejects with one
   * AggregateError. A disposer that hangs is given up on after `disposeTimeout`: the remaining ones are started, not awaited.
   */
  dispose(): Promise<void> {
    this.#disposal ??= this.isEmpty ? this.#endAtOnce() : this.#unwind()
    return this.#disposal
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose()
  }

  /** Nothing is left to be settled later: a program that counts promises sees none of it. */
  #endAtOnce(): Promise<void> {
    this.#disposed = true
    this.#ended = true
    return Promise.resolve()
  }

  async #unwind(): Promise<void> {
    this.#disposed = true
    this.#controller?.abort()
    const disposers = [...this.#disposers]
    this.#disposers.clear()
    if (this.#isAlone) disposers.unshift(...this.#carriedOver.releaseAll())
    const errors = await unwind(this.id, disposers, this.#limits, () => {
      this.#ended = true
    })
    const failure = toAggregate([{ id: this.id, errors }])
    if (failure) throw failure
  }

  #give(disposer: Disposer): void {
    if (this.#disposed) disposeNow(this.id, disposer, this.#limits)
    else this.#disposers.add(disposer)
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
