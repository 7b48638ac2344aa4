/**
 * Lifetimes: what a module opened is closed when that module is replaced.
 *
 * Evaluations come in, each with the resources and cleanups that it gives to its scope; disposals go out, in order. The
 * invariant: an id has one current scope, and what was given to a scope is disposed once, or handed on to the next one.
 */
import { CarriedOver } from './carried-over.ts'
import { hasEnded, Scope, type ScopeOptions, toLimits } from './scope.ts'
import { type Failure, type Limits, report, toAggregate, unwind } from './unwind.ts'

interface Opened {
  readonly scope: Scope
  readonly version: string
  readonly carriedOver: CarriedOver
}

export interface ScopesOptions extends ScopeOptions {
  /** Called for each scope that `dispose()` has disposed, with the time that took, in ms. */
  onDisposed?(id: string, duration: number): void
}

/** Modules that are gone, and the two steps of their cleanup. */
export interface Retired {
  /** Disposes their scopes, each awaited before the next. */
  dispose(): Promise<AggregateError | undefined>
  /** Disposes what they kept. */
  release(): Promise<AggregateError | undefined>
}

/**
 * The scopes of a program: which evaluation of which module is alive. Each id has one current scope; a superseded one is not
 * remembered.
 *
 * Nothing here rejects. A promise resolves with an AggregateError if something failed; errors that nobody waits for go to
 * `onError`.
 */
export class Scopes {
  readonly #options: ScopesOptions
  readonly #limits: Limits
  /** The current scope of each module, in the order of opening. */
  readonly #opened = new Map<string, Opened>()
  /** The ids of modules that are gone: an evaluation of one may still come and give something to its scope. */
  readonly #forgotten = new Set<string>()

  constructor(options: ScopesOptions = {}) {
    this.#options = options
    this.#limits = toLimits(options)
  }

  /**
   * Opens the scope of the next evaluation of `id`, which gets the kept values and the data of the last one. Call it once for
   * each evaluation. The last one's scope is then superseded; if it is not disposed yet, its disposal begins.
   */
  open(id: string, version: number | string): Scope {
    const last = this.#opened.get(id)
    if (last && !last.scope.disposed) {
      last.scope.dispose().then(undefined, error => report(id, error, this.#limits))
    }
    const carriedOver = last?.carriedOver ?? new CarriedOver()
    carriedOver.begin()
    const scope = new Scope(id, this.#options, carriedOver)
    // Removed first, so that the map stays in the order of opening.
    this.#opened.delete(id)
    this.#opened.set(id, { scope, version: String(version), carriedOver })
    this.#forgotten.delete(id)
    return scope
  }

  /** The scope that was opened last for `id`, disposed or not. Undefined if there was none, or the module is gone. */
  get(id: string): Scope | undefined {
    return this.#opened.get(id)?.scope
  }

  /**
   * The scope of one particular evaluation. If it is superseded, or its module is gone, the answer is a disposed scope: what
   * such an evaluation still gives to it is disposed at once. Undefined only if `id` was never opened.
   */
  find(id: string, version: number | string): Scope | undefined {
    const current = this.#opened.get(id)
    if (current?.version === String(version)) return current.scope
    if (!current && !this.#forgotten.has(id)) return undefined
    const scope = new Scope(id, this.#options, current?.carriedOver ?? new CarriedOver())
    // It holds nothing, so its disposal is over at once and cannot fail.
    void scope.dispose()
    return scope
  }

  /**
   * Disposes the current scopes of these ids in the order given (importers first), each awaited before the next. Kept values
   * and data wait for the successor. Unknown ids, and scopes whose disposal is over, are skipped.
   */
  async dispose(ids: Iterable<string>): Promise<AggregateError | undefined> {
    const disposals: Promise<Failure>[] = []
    for (const id of [...ids]) {
      const scope = this.#opened.get(id)?.scope
      if (!scope || hasEnded(scope)) continue
      const began = performance.now()
      disposals.push(end(scope))
      // Only a scope that needs time is awaited: if none does, all are disposed when this returns.
      if (!hasEnded(scope)) await disposals.at(-1)
      this.#options.onDisposed?.(id, performance.now() - began)
    }
    return toAggregate(await Promise.all(disposals))
  }

  /**
   * Tells that the current evaluation of `id` finished well: kept values that it did not ask for are disposed now. With
   * `version`, the late end of a superseded evaluation is ignored. Without this call, kept values wait for the next evaluation.
   */
  async settled(id: string, version?: number | string): Promise<AggregateError | undefined> {
    const current = this.#opened.get(id)
    if (!current || current.scope.disposed) return undefined
    if (version !== undefined && current.version !== String(version)) return undefined
    const errors = await unwind(id, current.carriedOver.releaseUnasked(), this.#limits)
    return toAggregate([{ id, errors }])
  }

  /**
   * Tells that these modules are gone: removed, or imported by nobody. One after the other, each scope is disposed, and then
   * what it kept. From now on `get` knows none of them, and opening one again starts without kept values.
   */
  async forget(ids: Iterable<string>): Promise<AggregateError | undefined> {
    const disposals: Promise<Failure>[] = []
    for (const { scope, carriedOver } of this.#takeOut(ids)) {
      const ending = this.#end(scope, disposals)
      if (ending) await ending
      const releasing = this.#release(scope, carriedOver, disposals)
      if (releasing) await releasing
    }
    return toAggregate(await Promise.all(disposals))
  }

  /**
   * As `forget`, but the caller takes the two steps: first `dispose()`, then `release()` of what was kept. The modules are gone
   * when this returns: an evaluation that begins in the meantime starts without kept values.
   */
  retire(ids: Iterable<string>): Retired {
    const gone = this.#takeOut(ids)
    const each = async (step: (opened: Opened, disposals: Promise<Failure>[]) => Promise<unknown> | undefined) => {
      const disposals: Promise<Failure>[] = []
      for (const opened of gone) {
        const ending = step(opened, disposals)
        if (ending) await ending
      }
      return toAggregate(await Promise.all(disposals))
    }
    return {
      dispose: () => each(({ scope }, disposals) => this.#end(scope, disposals)),
      release: () => each(({ scope, carriedOver }, disposals) => this.#release(scope, carriedOver, disposals)),
    }
  }

  #takeOut(ids: Iterable<string>): Opened[] {
    const gone: Opened[] = []
    for (const id of ids) {
      const opened = this.#opened.get(id)
      if (!opened) continue
      gone.push(opened)
      this.#opened.delete(id)
      this.#forgotten.add(id)
    }
    return gone
  }

  /** Returns what must be awaited: nothing, for a scope that needs no time. If none does, all end when the caller returns. */
  #end(scope: Scope, disposals: Promise<Failure>[]): Promise<unknown> | undefined {
    if (hasEnded(scope)) return undefined
    const ending = end(scope)
    disposals.push(ending)
    return hasEnded(scope) ? undefined : ending
  }

  #release({ id }: Scope, carriedOver: CarriedOver, disposals: Promise<Failure>[]): Promise<unknown> | undefined {
    let ended = false
    const errors = unwind(id, carriedOver.releaseAll(), this.#limits, () => {
      ended = true
    })
    disposals.push(errors.then(errors => ({ id, errors })))
    return ended ? undefined : errors
  }

  /** The process ends by itself, and with it what scopes own: leaves that to it. What was given to them otherwise stays theirs. */
  leaveOwned(): void {
    for (const { scope } of this.#opened.values()) scope.leaveOwned()
  }

  /** Forgets every module: those given first, in that order, then the others, last opened first. */
  disposeAll(first: Iterable<string> = []): Promise<AggregateError | undefined> {
    return this.forget(new Set([...first, ...[...this.#opened.keys()].reverse()]))
  }
}

/** Disposes a scope, or waits for its disposal. Resolves with the errors. */
function end(scope: Scope): Promise<Failure> {
  return scope.dispose().then(
    () => ({ id: scope.id, errors: [] }),
    error => ({ id: scope.id, errors: error instanceof AggregateError ? error.errors : [error] }),
  )
}
