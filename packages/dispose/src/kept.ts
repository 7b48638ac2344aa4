import type { Disposer } from './unwind.ts'

interface KeptValue {
  readonly value: unknown
  dispose: ((value: unknown) => unknown) | undefined
}

/** What the evaluations of one module hand on from one to the next. */
export class Kept {
  readonly data: Record<string, unknown> = {}
  readonly #values = new Map<string, KeptValue>()
  /** What the present evaluation asked for. */
  readonly #asked = new Set<string>()

  /** The next evaluation begins: it has asked for nothing yet. */
  begin(): void {
    this.#asked.clear()
  }

  has(key: string): boolean {
    return this.#values.has(key)
  }

  /** The value of `key`, not counted as asked for. */
  peek(key: string): unknown {
    return this.#values.get(key)?.value
  }

  /** The value of `key`, created if there is none. If `create` throws, nothing is kept. */
  ask(key: string, create: () => unknown, dispose?: (value: unknown) => unknown): unknown {
    let kept = this.#values.get(key)
    if (!kept) {
      kept = { value: create(), dispose: undefined }
      this.#values.set(key, kept)
    }
    this.#asked.add(key)
    if (dispose) kept.dispose = dispose
    return kept.value
  }

  /** Lets go of the values that the present evaluation did not ask for, and answers with what disposes them, oldest first. */
  releaseUnasked(): Disposer[] {
    return this.#release(key => !this.#asked.has(key))
  }

  /** Lets go of every value. */
  releaseAll(): Disposer[] {
    return this.#release(() => true)
  }

  #release(chosen: (key: string) => boolean): Disposer[] {
    const disposers: Disposer[] = []
    for (const [key, kept] of this.#values) {
      if (!chosen(key)) continue
      this.#values.delete(key)
      const disposer = keptDisposer(kept.value, kept.dispose)
      if (disposer) disposers.push(disposer)
    }
    return disposers
  }
}

/** A kept value is disposed by the function given for it, else by its own method if it has one, else not at all. */
export function keptDisposer(value: unknown, dispose?: (value: unknown) => unknown): Disposer | undefined {
  return dispose ? () => dispose(value) : ownDisposer(value)
}

/** What disposes a resource by itself: `Symbol.asyncDispose` before `Symbol.dispose`, looked up now, as TC39 has it. */
export function ownDisposer(resource: unknown): Disposer | undefined {
  if (resource === null || (typeof resource !== 'object' && typeof resource !== 'function')) return undefined
  const { [Symbol.asyncDispose]: asynchronous, [Symbol.dispose]: synchronous } = resource as Partial<
    Record<symbol, unknown>
  >
  const method = asynchronous ?? synchronous
  return typeof method === 'function' ? () => method.call(resource) : undefined
}
