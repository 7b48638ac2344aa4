/**
 * Finds what was overwritten by something that builds on it: a method that calls the one before, a chain of handlers in a variable, a
 * list whose head points to the former head, an array that holds what the former one held and more. Containers come in before an
 * update, and the stretches of the evaluation; those that were built upon come out. The invariant: of what merely replaces something,
 * the last one wins, and nothing is left.
 */
import { isMap, isSet } from 'node:util/types'
import type { Inspector } from '../node/inspector.ts'
import { innerScopes, isObject, ObjectWalk } from '../node/object-graph.ts'
import type { Scripts } from '../node/scripts.ts'
import type { Container } from './container.ts'
import { propertiesIn } from './container-size.ts'
import type { Grown } from './growth.ts'

/** A value leads to what it is built upon within a few steps. */
const manyObjects = 200

type Slots = ReadonlyMap<string, object>

export class Overwritten {
  readonly #containers: readonly Container[]
  readonly #inspect: <T>(use: (inspector: Inspector) => T) => T | undefined
  readonly #scripts: Scripts
  /** Before the old versions were cleaned up: a cleanup may take something back. */
  readonly #atFirst: readonly Slots[]
  /** What stretches have put into slots. */
  readonly #own = new WeakSet<object>()
  readonly #built = new Set<Container>()
  #told = 0
  #before: readonly Slots[] | undefined

  constructor(
    containers: readonly Container[],
    inspect: <T>(use: (inspector: Inspector) => T) => T | undefined,
    scripts: Scripts,
  ) {
    this.#containers = containers.filter(({ variables, hasSlots }) => variables || hasSlots)
    this.#inspect = inspect
    this.#scripts = scripts
    this.#atFirst = this.#slots(undefined)
  }

  stretchBegan(look: number): void {
    this.#before ??= this.#slots(look)
  }

  stretchEnded(look: number): void {
    const before = this.#before
    this.#before = undefined
    if (!before || this.#containers.length === 0) return
    this.#slots(look).forEach((slots, index) => {
      // Where a look has failed, there is nothing to compare with.
      const [was, first] = [before[index], this.#atFirst[index]]
      if (!was) return
      for (const [name, now] of slots) {
        const old = was.get(name)
        if (old === now) continue
        this.#own.add(now)
        const stayed = old !== undefined && (old === first?.get(name) || this.#own.has(old))
        if (stayed && (holdsMore(now, old) || this.#leadsTo(now, old))) this.#built.add(this.#containers[index]!)
      }
    })
  }

  /** Whether more was built upon than was told of so far. */
  get hasNews(): boolean {
    return this.#built.size > this.#told
  }

  /** The containers in which something new builds on what it has replaced. */
  builtUpon(): Grown[] {
    this.#told = this.#built.size
    return [...this.#built].map(container => ({ container, by: 1, files: new Set() }))
  }

  #slots(look: number | undefined): readonly Slots[] {
    if (this.#containers.length === 0) return []
    return this.#inspect(inspector => this.#containers.map(container => slotsOf(container, inspector, look))) ?? []
  }

  #leadsTo(value: object, wanted: object): boolean {
    // Most functions close over nothing but their module's variables, which is quickly seen.
    if (typeof value === 'function' && this.#inspect(inspector => isPlain(value, inspector))) return false
    let found = false
    const walk = new ObjectWalk<undefined>({
      scripts: this.#scripts,
      limit: manyObjects,
      visit(object) {
        found ||= object === wanted
        return !found
      },
    })
    walk.add(value, undefined, '')
    this.#inspect(inspector => walk.run(inspector, Number.POSITIVE_INFINITY))
    return found
  }
}

/** Whether an object has slots that may be built upon. */
export function hasSlots(object: object, isOfTree: (fn: unknown) => boolean): boolean {
  if (typeof object === 'function' || Array.isArray(object) || isMap(object) || isSet(object)) return false
  return propertiesIn(object).some(
    ([name, value]) =>
      Array.isArray(value) || (name !== 'constructor' && typeof value === 'function' && isOfTree(value)),
  )
}

/** The objects in variables; of an object, the functions, arrays and plain objects in its properties. */
function slotsOf({ ref, variables }: Container, inspector: Inspector, look: number | undefined): Slots {
  const object = ref.deref()
  const slots = new Map<string, object>()
  if (!object) return slots
  for (const [name, value] of variables ? variables(inspector, look) : propertiesIn(object)) {
    if (isObject(value) && name !== 'constructor') slots.set(name, value)
  }
  return slots
}

/** Whether a function has neither properties nor variables of a call around it, and is bound to nothing. */
function isPlain(fn: object, inspector: Inspector): boolean {
  const { scopes, values } = inspector.hiddenPartsOf(fn)
  const prototype: unknown = Reflect.getOwnPropertyDescriptor(fn, 'prototype')?.value
  const isMethodless = !isObject(prototype) || Reflect.ownKeys(prototype).length <= 1
  return Object.keys(fn).length === 0 && isMethodless && values.length === 0 && innerScopes(scopes).length === 0
}

/** Whether a collection holds all that another one of its kind holds, and more. */
function holdsMore(now: object, before: object): boolean {
  if (Array.isArray(now)) {
    if (!Array.isArray(before) || before.length === 0 || now.length <= before.length) return false
    const all = new Set<unknown>(now)
    return before.every(value => all.has(value))
  }
  if (isMap(now)) {
    return isMap(before) && before.size > 0 && now.size > before.size && [...before.keys()].every(key => now.has(key))
  }
  if (isSet(now)) {
    return isSet(before) && before.size > 0 && now.size > before.size && [...before].every(value => now.has(value))
  }
  const isLiteral = (object: object) => Object.getPrototypeOf(object) === Object.prototype
  if (typeof now === 'function' || !isLiteral(now) || !isLiteral(before)) return false
  const [keys, all] = [Object.keys(before), Object.keys(now)]
  if (keys.length === 0 || all.length <= keys.length) return false
  const valueAt = (object: object, key: string): unknown => Reflect.getOwnPropertyDescriptor(object, key)?.value
  return keys.every(key => Object.hasOwn(now, key) && valueAt(now, key) === valueAt(before, key))
}
