import { Kept } from './carried-over.ts'
import { hasEnded, Scope, type ScopeOptions, toLimits } from './scope.ts'
import { type Failure, type Limits, report, toAggregate, unwind } from './unwind.ts'

interface Opened {
  readonly scope: Scope
  readonly version: string
  readonly kept: Kept
}

/** Modules that are gone, and what is left to do about them. */
export interface Retired {
  /** Disposes their scopes, each awaited before the next. */
  dispose(): Promise<AggregateError | undefined>
  /** Disposes what they kept. */
  release(): Promise<AggregateError | undefined>
}

/**
 * The scopes of a program: which evaluation of which module is alive. One is current for each id; a superseded one is not
 * held on to.
 *
 * Nothing here rejects: what failed is the AggregateError that a promise resolves with, or goes to `onError` where nobody waits.
 */
export class Scopes {
  readonly #options: ScopeOptions
  readonly #limits: Limits
  /** The current scope of each module, in the order of opening. */
  readonly #opened = new Map<string, Opened>()
  /** The ids of modules that are gone: an evaluation of one may still come and give something to its scope. */
  readonly #forgotten = new Set<string>()

  constructor(options: ScopeOptions = {}) {
    this.#options = options
    this.#limits = toLimits(options)
  }

  /**
   * The lifetime of the next evaluation of `id`; it gets the kept values and the data of the last. Call it once for each
   * evaluation: it makes the last one's scope a superseded one, and disposes it, without waiting, if nobody has.
   */
  open(id: string, version: number | string): Scope {
    const last = this.#opened.get(id)
    if (last && !last.scope.disposed) {
      last.scope.dispose().then(undefined, error => report(id, error, this.#limits))
    }
    const kept = last?.kept ?? new Kept()
    kept.begin()
    const scope = new Scope(id, this.#options, kept)
    // Taken out first, so that the map's order stays that of opening.
    this.#opened.delete(id)
    this.#opened.set(id, { scope, version: String(version), kept })
    this.#forgotten.delete(id)
    return scope
  }

  /** The scope that was opened last for `id`, disposed or not; undefined if there was none, or the module is gone. */
  get(id: string): Scope | undefined {
    return this.#opened.get(id)?.scope
  }

  /**
   * The scope of one particular evaluation. For a superseded one, or of a module that is gone, the answer is a disposed
   * scope: what such an evaluation still gives is disposed at once. Undefined only if `id` was never opened.
   */
  find(id: string, version: number | string): Scope | undefined {
    const current = this.#opened.get(id)
    if (current?.version === String(version)) return current.scope
    if (!current && !this.#forgotten.has(id)) return undefined
    const scope = new Scope(id, this.#options, current?.kept ?? new Kept())
    // It holds nothing, so its disposal is over at once and cannot fail.
    void scope.dispose()
    return scope
  }

  /**
   * Disposes the current scopes of these ids, each awaited before the next, in the order given: importers first. Kept values
   * and data wait for the successor. Unknown ids, and scopes whose disposal is over, are passed over.
   */
  async dispose(ids: Iterable<string>): Promise<AggregateError | undefined> {
    const disposals: Promise<Failure>[] = []
    for (const id of [...ids]) {
      const scope = this.#opened.get(id)?.scope
      if (!scope || hasEnded(scope)) continue
      disposals.push(end(scope))
      // No pause after a scope that needed none: if none does, all are disposed when this returns.
      if (!hasEnded(scope)) await disposals.at(-1)
    }
    return toAggregate(await Promise.all(disposals))
  }

  /**
   * Says that the current evaluation of `id` finished well: kept values that it did not ask for are disposed now. Hand in the
   * `version` to have a superseded evaluation's late end ignored. Without this call, kept values wait for the next evaluation.
   */
  async settled(id: string, version?: number | string): Promise<AggregateError | undefined> {
    const current = this.#opened.get(id)
    if (!current || current.scope.disposed) return undefined
    if (version !== undefined && current.version !== String(version)) return undefined
    const errors = await unwind(id, current.kept.releaseUnasked(), this.#limits)
    return toAggregate([{ id, errors }])
  }

  /**
   * These modules are gone: removed, or imported by nobody. Each one's scope is disposed, and then what it kept, before the
   * next. From now on `get` knows none of them, and opening one again starts afresh.
   */
  async forget(ids: Iterable<string>): Promise<AggregateError | undefined> {
    const disposals: Promise<Failure>[] = []
    for (const { scope, kept } of this.#takeOut(ids)) {
      const ending = this.#end(scope, disposals)
      if (ending) await ending
      const releasing = this.#release(scope, kept, disposals)
      if (releasing) await releasing
    }
    return toAggregate(await Promise.all(disposals))
  }

  /**
   * As `forget`, in two steps that the caller takes: the modules are gone when this returns, and an evaluation that comes in the
   * meantime is another one. First `dispose()`, then `release()` of what was kept.
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
      release: () => each(({ scope, kept }, disposals) => this.#release(scope, kept, disposals)),
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

  /** What has to be waited for: nothing, after a scope that needed no pause, so that all of these end when the caller returns. */
  #end(scope: Scope, disposals: Promise<Failure>[]): Promise<unknown> | undefined {
    if (hasEnded(scope)) return undefined
    const ending = end(scope)
    disposals.push(ending)
    return hasEnded(scope) ? undefined : ending
  }

  #release({ id }: Scope, kept: Kept, disposals: Promise<Failure>[]): Promise<unknown> | undefined {
    let ended = false
    const errors = unwind(id, kept.releaseAll(), this.#limits, () => {
      ended = true
    })
    disposals.push(errors.then(errors => ({ id, errors })))
    return ended ? undefined : errors
  }

  /** Forgets every module: those given first, in that order, then the others, last opened first. */
  disposeAll(first: Iterable<string> = []): Promise<AggregateError | undefined> {
    return this.forget(new Set([...first, ...[...this.#opened.keys()].reverse()]))
  }
}

/** Disposes a scope, or waits for its disposal; what failed comes as a value. */
function end(scope: Scope): Promise<Failure> {
  return scope.dispose().then(
    () => ({ id: scope.id, errors: [] }),
    error => ({ id: scope.id, errors: error instanceof AggregateError ? error.errors : [error] }),
  )
}
