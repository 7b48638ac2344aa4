import type { Disposer } from './unwind.ts'

interface KeptValue {
  readonly value: unknown
  dispose: ((value: unknown) => unknown) | undefined
}

/** Something that an evaluation opened, and that goes on to the next because it is in `data` or kept. */
interface HandedOn {
  readonly resource: object
  readonly close: () => unknown
}

/** What the evaluations of one module hand on from one to the next. */
export class Kept {
  readonly data: Record<string, unknown> = {}
  readonly #values = new Map<string, KeptValue>()
  /** What the present evaluation asked for. */
  readonly #asked = new Set<string>()
  #handedOn: HandedOn[] = []

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

  /** Lets go of every value, and of what was handed on. */
  releaseAll(): Disposer[] {
    return [...this.takeHandedOn().map(({ close }) => close), ...this.#release(() => true)]
  }

  /** Leaves a resource to the next evaluation, if it is in `data` or kept, by itself or as a property of something that is. */
  handOn(resource: object, close: () => unknown): boolean | Promise<boolean> {
    const values = [...Object.values(this.data), ...Array.from(this.#values.values(), ({ value }) => value)]
    const held = (found: readonly unknown[]) => {
      if (!found.some(value => isOrHas(value, resource))) return false
      this.#handedOn.push({ resource, close })
      return true
    }
    const promises = values.filter(value => value instanceof Promise)
    if (held(values)) return true
    if (promises.length === 0) return false
    return Promise.all(promises.map(valueNow)).then(held)
  }

  /** What the last evaluation handed on, for the next, or nobody, to close. */
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
  // Not what Node calls its own: by `_idleNext`, every timer leads to others.
  const properties = Object.entries(Object.getOwnPropertyDescriptors(value))
  return properties.some(([name, property]) => property.value === resource && !name.startsWith('_'))
}

/** What a promise was fulfilled with; `undefined` if it was not, so far. */
async function valueNow(promise: Promise<unknown>): Promise<unknown> {
  try {
    return await Promise.race([promise, undefined])
  } catch {
    return undefined // whoever made it heard of it
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
