/**
 * Finds what was overwritten by something that builds on it: a method that calls the one before, a chain of handlers in a variable, a
 * list whose head points to the former head, an array that holds what the former one held and more, a value that the text makes of the
 * one before. Containers come in before an update, and the stretches of the evaluation; those that were built upon come out. The
 * invariant: of what merely replaces something, the last one wins, and nothing is left.
 */
import { isMap, isPromise, isSet, isTypedArray } from 'node:util/types'
import type { Inspector } from '../node/inspector.ts'
import { innerScopes, isObject, ObjectWalk } from '../node/object-graph.ts'
import type { Scripts } from '../node/scripts.ts'
import type { Container } from './container.ts'
import { propertiesIn } from './container-size.ts'
import type { Grown } from './growth.ts'
import { addsToEntries } from './source-text.ts'

/** A value leads to what it is built upon within a few steps. */
const manyObjects = 200
/** Of a Map or a typed array with more entries, no counters are looked at. */
const manyEntries = 200

type Slots = ReadonlyMap<string, unknown>

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
  /** Slots with values that were made of the ones before, by container, with what they held at first. */
  readonly #made = new Map<Container, Map<string, unknown>>()
  #before: readonly Slots[] | undefined

  constructor(
    containers: readonly Container[],
    inspect: <T>(use: (inspector: Inspector) => T) => T | undefined,
    scripts: Scripts,
  ) {
    this.#containers = containers.filter(({ variables, hasSlots, counts }) => variables || hasSlots || counts)
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
      const [was, first, container] = [before[index], this.#atFirst[index], this.#containers[index]!]
      if (!was) return
      for (const [name, now] of slots) {
        const old = was.get(name)
        if (Object.is(old, now)) continue
        if (isMade(now)) {
          if (was.has(name) && first && Object.is(old, first.get(name))) this.#noteMade(container, name, old)
          continue
        }
        if (!isObject(now)) continue
        this.#own.add(now)
        const stayed = isObject(old) && (old === first?.get(name) || this.#own.has(old))
        if (stayed && (holdsMore(now, old) || this.#leadsTo(now, old))) this.#built.add(container)
      }
    })
  }

  /** Whether more was built upon than was told of so far. */
  get hasNews(): boolean {
    return this.#built.size > this.#told
  }

  /** The containers in which something new builds on what it has replaced. */
  builtUpon(): Grown[] {
    for (const [container, values] of this.#made) if (this.#differs(container, values)) this.#built.add(container)
    this.#told = this.#built.size
    return [...this.#built].map(container => ({ container, by: 1, files: new Set() }))
  }

  #noteMade(container: Container, name: string, old: unknown): void {
    const values = this.#made.get(container) ?? new Map<string, unknown>()
    this.#made.set(container, values)
    if (!values.has(name)) values.set(name, old)
  }

  /** Whether a value is not what it was before the evaluation: a flag may have been up for the time of a call only. */
  #differs(container: Container, values: ReadonlyMap<string, unknown>): boolean {
    const slots = this.#inspect(inspector => slotsOf(container, inspector, undefined))
    return [...values].some(([name, old]) => slots?.has(name) && !Object.is(slots.get(name), old))
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
  if (typeof object === 'function' || Array.isArray(object) || isTypedArray(object) || isMap(object) || isSet(object))
    return false
  return propertiesIn(object).some(
    ([name, value]) =>
      Array.isArray(value) || (name !== 'constructor' && typeof value === 'function' && isOfTree(value)),
  )
}

/** A value of which a text may make the next one, without a trace of it in that: all but objects, and promises. */
const isMade = (value: unknown): boolean => !isObject(value) || isPromise(value)

/** Which values of an object, by name, may be made of the ones before; `undefined` if none. `name`: the object's own. */
export function countsIn(
  object: object,
  name: string,
  isCounted: (name: string, counts?: typeof addsToEntries) => boolean,
): ((name: string) => boolean) | undefined {
  if (Array.isArray(object) || isSet(object)) return undefined
  const holdsMade = isMap(object) || isTypedArray(object) || propertiesIn(object).some(([, value]) => isMade(value))
  if (!holdsMade) return undefined
  if (isCounted(name, addsToEntries)) return () => true
  if (isMap(object) || isTypedArray(object)) return undefined
  const counted = new Set(
    propertiesIn(object).flatMap(([name, value]) => (isMade(value) && isCounted(name) ? [name] : [])),
  )
  return counted.size > 0 ? name => counted.has(name) : undefined
}

/** The objects in variables; of an object, the functions, arrays and plain objects in its properties; and what is counted. */
function slotsOf(
  { ref, variables, counts, hasSlots }: Container,
  inspector: Inspector,
  look: number | undefined,
): Slots {
  const object = ref.deref()
  const slots = new Map<string, unknown>()
  if (!object) return slots
  for (const [name, value] of variables ? variables(inspector, look) : entriesIn(object)) {
    if (isMade(value) ? counts?.(name) : (variables || hasSlots) && name !== 'constructor') slots.set(name, value)
  }
  return slots
}

/** The entries of a small Map, the elements of a small typed array, or the properties of an object, by name. */
function entriesIn(object: object): Iterable<[name: string, value: unknown]> {
  if (isMap(object)) {
    const entries = object.size > manyEntries ? [] : [...Map.prototype.entries.call(object)]
    return entries.filter((entry): entry is [string, unknown] => typeof entry[0] === 'string')
  }
  if (isTypedArray(object))
    return object.length > manyEntries ? [] : [...object].map((value, index) => [`${index}`, value])
  return propertiesIn(object)
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
