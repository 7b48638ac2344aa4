/**
 * Data that a program parks on `globalThis`: arrays, Maps, Sets and plain objects, a few steps deep. It comes in before an update, and so
 * do the stretches of the evaluation; what the evaluation added to comes out. The invariant: what is only read, replaced or assigned
 * anew has not grown. What instances of classes hold, a client say, is their own.
 */
import { isMap, isProxy, isSet } from 'node:util/types'
import { addedGlobals } from '../node/builtin-objects.ts'
import { newestIn, propertiesIn, scaleFor, type Weigh } from './container-size.ts'

interface Parked {
  readonly object: object
  readonly key: string
  /** The way to it, as a program would write it. */
  readonly name: string
  readonly weigh: Weigh
  readonly atFirst: number
  beforeEvaluation?: number
  before: number
  added: number
}

export interface GrownGlobal {
  /** The name of the property of `globalThis`, and the way from there. */
  readonly key: string
  readonly name: string
  readonly values: readonly unknown[]
}

/** So much is looked at: what lies deeper is hardly added to by an evaluation. */
const manyObjects = 500
const manySteps = 3
const manyElements = 50

export class ParkedData {
  readonly #parked: readonly Parked[] = collect()
  #isRunning = false

  get isEmpty(): boolean {
    return this.#parked.length === 0
  }

  stretchBegan(): void {
    if (this.#isRunning) return
    this.#isRunning = true
    for (const parked of this.#parked) {
      parked.before = parked.weigh(parked.object)
      parked.beforeEvaluation ??= parked.before
    }
  }

  stretchEnded(): void {
    if (!this.#isRunning) return
    this.#isRunning = false
    for (const parked of this.#parked) parked.added += parked.weigh(parked.object) - parked.before
  }

  /** What holds more than it would without this evaluation. */
  grown(): GrownGlobal[] {
    return this.#parked.flatMap(({ object, key, name, weigh, atFirst, beforeEvaluation = 0, added }) => {
      const removed = Math.max(0, atFirst - beforeEvaluation)
      if (added <= removed || weigh(object) <= beforeEvaluation + removed) return []
      return { key, name, values: newestIn(object, added - removed) }
    })
  }
}

function collect(): Parked[] {
  const queue: { readonly object: object; readonly key: string; readonly name: string; readonly steps: number }[] = []
  const seen = new Set<unknown>()
  const add = (value: unknown, key: string, name: string, steps: number) => {
    if (steps > manySteps || seen.has(value) || !isData(value)) return
    seen.add(value)
    queue.push({ object: value, key, name, steps })
  }
  for (const [key, value] of addedGlobals()) {
    if (typeof key === 'symbol') add(value, key.description ?? '', `globalThis[${String(key)}]`, 1)
    else add(value, key, `globalThis.${key}`, 1)
  }
  for (let at = 0; at < queue.length && at < manyObjects; at++) {
    const { object, key, name, steps } = queue[at]!
    if (Array.isArray(object) || isMap(object) || isSet(object)) {
      for (const value of newestIn(object, manyElements)) add(value, key, name, steps + 1)
      continue
    }
    for (const [property, value] of propertiesIn(object).slice(0, manyElements)) {
      add(value, key, `${name}.${property}`, steps + 1)
    }
  }
  return queue.map(({ object, key, name }) => {
    const weigh = scaleFor(
      object,
      () => false,
      () => false,
    )
    const atFirst = weigh(object)
    return { object, key, name, weigh, atFirst, before: atFirst, added: 0 }
  })
}

function isData(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || isProxy(value)) return false
  if (Array.isArray(value) || isMap(value) || isSet(value)) return true
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
