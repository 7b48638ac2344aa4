/** What one evaluation of a module leaves to the next. */
import type { Disposer } from './unwind.ts'

interface KeptValue {
  readonly value: unknown
  dispose: ((value: unknown) => unknown) | undefined
}

/** Something that an evaluation opened, and that the next one takes over because it is in `data` or kept. */
interface HandedOn {
  readonly resource: object
  readonly close: () => unknown
}

/** What one evaluation of a module leaves to the next: `data`, kept values, and open resources found in either of them. */
export class CarriedOver {
  readonly data: Record<string, unknown> = {}
  readonly #values = new Map<string, KeptValue>()
  /** The keys that the present evaluation asked for. */
  readonly #asked = new Set<string>()
  #handedOn: HandedOn[] = []

  /** The next evaluation begins: it has asked for nothing yet. */
  begin(): void {
    this.#asked.clear()
  }

  get isEmpty(): boolean {
    return this.#values.size === 0
  }

  has(key: string): boolean {
    return this.#values.has(key)
  }

  /** The value of `key`. This does not count as asking for it. */
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

  /** Removes the values that the present evaluation did not ask for. Returns what disposes them, oldest first. */
  releaseUnasked(): Disposer[] {
    return this.#release(key => !this.#asked.has(key))
  }

  /** Removes every value, and what was handed on. Returns what disposes them. */
  releaseAll(): Disposer[] {
    return [...this.takeHandedOn().map(({ close }) => close), ...this.#release(() => true)]
  }

  /**
   * Hands a resource on to the next evaluation if `data` or a kept value is the resource, or has it as a property. Says whether
   * it did, after the promises among these values were looked into.
   */
  handOn(resource: object, close: () => unknown): boolean | Promise<boolean> {
    const values = [...Object.values(this.data), ...Array.from(this.#values.values(), ({ value }) => value)]
    const handOnIfIn = (found: readonly unknown[]) => {
      if (!found.some(value => isOrHas(value, resource))) return false
      this.#handedOn.push({ resource, close })
      return true
    }
    const promises = values.filter(value => value instanceof Promise)
    if (handOnIfIn(values)) return true
    if (promises.length === 0) return false
    return Promise.all(promises.map(valueNow)).then(handOnIfIn)
  }

  /** What the last evaluation handed on. From now on the caller must close it. */
  takeHandedOn(): HandedOn[] {
    const handedOn = this.#handedOn
    this.#handedOn = []
    return handedOn
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

function isOrHas(value: unknown, resource: object): boolean {
  if (value === resource) return true
  if (value === null || typeof value !== 'object') return false
  // Without the properties that Node uses itself: `_idleNext` leads from every timer to others.
  const properties = Object.entries(Object.getOwnPropertyDescriptors(value))
  return properties.some(([name, property]) => property.value === resource && !name.startsWith('_'))
}

/** The value of a promise that is fulfilled now, else `undefined`. */
async function valueNow(promise: Promise<unknown>): Promise<unknown> {
  try {
    return await Promise.race([promise, undefined])
  } catch {
    return undefined // whoever made the promise handles its rejection
  }
}

/** A kept value is disposed by the function given for it, else by its own method if it has one, else not at all. */
export function keptDisposer(value: unknown, dispose?: (value: unknown) => unknown): Disposer | undefined {
  return dispose ? () => dispose(value) : ownDisposer(value)
}

/** Calls a resource's own method: `Symbol.asyncDispose`, else `Symbol.dispose`. It is looked up now, as TC39 specifies it. */
export function ownDisposer(resource: unknown): Disposer | undefined {
  if (resource === null || (typeof resource !== 'object' && typeof resource !== 'function')) return undefined
  const { [Symbol.asyncDispose]: asynchronous, [Symbol.dispose]: synchronous } = resource as Partial<
    Record<symbol, unknown>
  >
  const method = asynchronous ?? synchronous
  return typeof method === 'function' ? () => method.call(resource) : undefined
}
