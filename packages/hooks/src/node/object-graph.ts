/**
 * A walk over the objects that a program holds. Values come in, each with its owner; every object that they lead to comes out once,
 * with the nearest owner. The walk follows what code can reach: properties, entries of Maps and Sets, private fields, and what closures
 * hold. It changes nothing and runs no code of the program, not even a getter. It never enters Node's own objects, the namespace of a
 * module, or the top-level variables of a module, which are roots of their own.
 */
import { types } from 'node:util'
import type { HiddenParts, Inspector } from './inspector.ts'
import { isClosed, isNodes, isObject, prototypeOf } from './objects-of-node.ts'
import { type Scripts, scriptIdOf } from './scripts.ts'

export { areListeners, isObject, makerOf, prototypeOf } from './objects-of-node.ts'

const { isMap, isSet, isTypedArray, isWeakMap, isPromise } = types
const { forEach: forEachEntry } = Map.prototype
const { forEach: forEachValue } = Set.prototype
const { get: getWeakly } = WeakMap.prototype

/** So many elements of one array, Map or Set are followed: the first elements of a table show what the others hold. */
const manyEntries = 1_000

export interface WalkOptions<Owner> {
  readonly scripts: Scripts
  /** At most so many objects are followed in one go. */
  readonly limit: number
  /**
   * Called for each object, before what it holds. `name` is the property or variable that led to it, without indices. If it returns
   * `false`, what the object holds is not followed.
   */
  visit(object: object, owner: Owner, name: string, holder: object | undefined): unknown
  /** Whether the entry of a Map with this key is left out: who does not have the key cannot get at the value. */
  isKeyLeftOut?(key: object): boolean
  /** Whatever that walk has reached is neither visited nor followed. */
  readonly except?: ObjectWalk<Owner>
}

interface Waiting<Owner> {
  readonly object: object
  readonly owner: Owner
  readonly name: string
  readonly holder: object | undefined
}

export class ObjectWalk<Owner> {
  /**
   * When private fields and what closures hold are followed: at once, when there is nothing else left to follow, or not yet. They
   * take the debugger, so they are dear.
   */
  hidden: 'at once' | 'last' | 'not yet' = 'at once'
  readonly #options: WalkOptions<Owner>
  readonly #seen = new WeakSet<object>()
  #queue: Waiting<Owner>[] = []
  /** Objects and functions whose hidden parts were not followed so far. */
  readonly #unfollowed: Waiting<Owner>[] = []
  readonly #unfollowedFunctions: Waiting<Owner>[] = []
  #next = 0
  #followed = 0

  constructor(options: WalkOptions<Owner>) {
    this.#options = options
  }

  /** Whether this walk has reached an object. */
  has(object: object): boolean {
    return this.#seen.has(object)
  }

  /** Adds a value to begin from. The first owner of an object stays its owner. */
  add(value: unknown, owner: Owner, name: string, holder?: object): void {
    if (!isObject(value) || this.#seen.has(value) || this.#options.except?.has(value)) return
    this.#seen.add(value)
    this.#queue.push({ object: value, owner, name, holder })
  }

  /** Follows an object once more, because it may hold something new. It is not visited again. */
  again(object: object, owner: Owner, name: string, inspector: Inspector): void {
    if (!isClosed(object)) this.#follow(object, owner, name, inspector)
  }

  /** Marks an object as known, so that it is neither visited nor followed. */
  leaveOut(value: unknown): void {
    if (isObject(value)) this.#seen.add(value)
  }

  /** Continues until `deadline`, a time of `performance.now()`. Says whether it is complete. */
  run(inspector: Inspector, deadline: number): boolean {
    let steps = 0
    while (this.#next < this.#queue.length || this.#followLast(inspector)) {
      if (this.#followed >= this.#options.limit) break
      if ((++steps & 15) === 0 && performance.now() > deadline) return false
      if (this.#next === this.#queue.length) continue
      const { object, owner, name, holder } = this.#queue[this.#next++]!
      this.#followed++
      // A counter may be an array of numbers, which leads nowhere.
      if (isTypedArray(object)) this.#options.visit(object, owner, name, holder)
      if (isClosed(object)) continue
      if (this.#options.visit(object, owner, name, holder) === false) continue
      this.#follow(object, owner, name, inspector)
    }
    this.#queue = []
    this.#next = 0
    this.#followed = 0
    return true
  }

  #follow(object: object, owner: Owner, name: string, inspector: Inspector): void {
    if (isNodes(object, this.#options.scripts, inspector)) return
    const add = (value: unknown, key: unknown) => {
      if (isObject(value)) this.add(value, owner, typeof key === 'string' && !/^\d+$/.test(key) ? key : name, object)
    }
    if (isMap(object)) {
      let count = 0
      forEachEntry.call(object, (value, key) => {
        if (count++ > manyEntries || (isObject(key) && this.#options.isKeyLeftOut?.(key))) return
        add(key, '')
        add(value, key)
      })
    } else if (isSet(object)) {
      let count = 0
      forEachValue.call(object, value => {
        if (count++ <= manyEntries) add(value, undefined)
      })
    }
    let count = 0
    for (const key of keysOf(object)) {
      if (count++ > manyEntries) break
      if (isAsyncContext(key)) continue
      const property = Reflect.getOwnPropertyDescriptor(object, key)
      if (!property) continue
      const label = typeof key === 'symbol' ? (key.description ?? '') : key
      add(property.value, label)
      add(property.get, label)
      add(property.set, label)
    }
    const prototype = prototypeOf(object)
    if (prototype && !isNodes(object, this.#options.scripts, inspector)) add(prototype, undefined)
    if (this.hidden === 'at once') this.#followHidden(object, add, inspector)
    else if (hasHidden(object)) {
      const list = typeof object === 'function' ? this.#unfollowedFunctions : this.#unfollowed
      list.push({ object, owner, name, holder: undefined })
    }
  }

  /** Follows the hidden parts of one object, if it is their turn. Says whether there was one. */
  #followLast(inspector: Inspector): boolean {
    if (this.hidden !== 'last') return false
    // A class has few objects with private fields, and often hundreds of functions that close over nothing of interest.
    const waiting = this.#unfollowed.shift() ?? this.#unfollowedFunctions.shift()
    if (!waiting) return false
    const { object, owner, name } = waiting
    this.#followHidden(
      object,
      (value, key) => this.add(value, owner, typeof key === 'string' ? key : name, object),
      inspector,
    )
    return true
  }

  #followHidden(object: object, add: (value: unknown, key: unknown) => void, inspector: Inspector): void {
    if (typeof object === 'function') {
      const id = scriptIdOf(object)
      if (id < 0 && !object.name.startsWith('bound ')) return
      const place = placeOf(object, id)
      if (place !== undefined && scopeless.has(place)) return
      const { scopes, values } = partsOf(object, inspector)
      const inner = innerScopes(scopes)
      if (place !== undefined && inner.length === 0) scopeless.add(place)
      for (const { variables } of inner) for (const key in variables) add(variables[key], key)
      for (const value of values) add(value, undefined)
    } else if (isPromise(object) || hasPrivateFields(object)) {
      for (const value of partsOf(object, inspector).values) add(value, undefined)
      for (const fields of weakFieldsOf(object, inspector)) add(getWeakly.call(fields, object), undefined)
    }
  }
}

/** The names of a long array are not asked for: a million strings would have to be made. */
function keysOf(object: object): Iterable<string | symbol> {
  if (!Array.isArray(object) || object.length <= manyEntries) return Reflect.ownKeys(object)
  return Array.from({ length: manyEntries }, (_, index) => String(index))
}

/**
 * Whether a property holds the async context in which an object was made: every promise has it on Node 22, and instances of
 * AsyncResource on all versions. What is stored there belongs to whoever stored it, and leads to everything.
 */
function isAsyncContext(key: string | symbol): boolean {
  return typeof key === 'symbol' && (key.description === 'kResourceStore' || key.description === 'async_context_frame')
}

/** The scopes of a function that belong to one call. Those at the top level belong to the module. */
export function innerScopes(scopes: HiddenParts['scopes']): HiddenParts['scopes'] {
  if (scopes.at(-1)?.kind === 'Module') return scopes.slice(0, -1)
  // For CommonJS, that is the function without a name around the whole file.
  return scopes.at(-1)?.kind === 'Closure' ? scopes.slice(0, -1) : scopes
}

/** Functions with the same text come from the same place: all of them have such scopes, or none. */
function hasHidden(object: object): boolean {
  return typeof object === 'function' || isPromise(object) || hasPrivateFields(object)
}

function placeOf(fn: object, script: number): string | undefined {
  if (script < 0) return undefined
  return `${script} ${Function.prototype.toString.call(fn)}`.slice(0, 500)
}

const scopeless = new Set<string>()

function partsOf(object: object, inspector: Inspector): HiddenParts {
  try {
    return inspector.hiddenPartsOf(object)
  } catch {
    return { scopes: [], values: [] } // the debugger refuses to show this object
  }
}

const withPrivateFields = new WeakMap<object, boolean>()

/** Does the class of an object, or one that it extends, declare private fields? */
export function hasPrivateFields(object: object): boolean {
  const prototype = prototypeOf(object)
  if (!prototype || prototype === Object.prototype || prototype === Array.prototype) return false
  let answer = withPrivateFields.get(prototype)
  if (answer === undefined) {
    const maker: unknown = Reflect.getOwnPropertyDescriptor(prototype, 'constructor')?.value
    answer = scriptIdOf(maker) >= 0 && /#|__classPrivateField/.test(Function.prototype.toString.call(maker))
    answer ||= hasPrivateFields(prototype)
    withPrivateFields.set(prototype, answer)
  }
  return answer
}

const weakFields = new WeakMap<object, readonly WeakMap<object, unknown>[]>()

/** TypeScript compiles each private field to a WeakMap beside the class. */
function weakFieldsOf(object: object, inspector: Inspector): readonly WeakMap<object, unknown>[] {
  const prototype = prototypeOf(object)
  if (!prototype || prototype === Object.prototype) return []
  let fields = weakFields.get(prototype)
  if (!fields) {
    const maker: unknown = Reflect.getOwnPropertyDescriptor(prototype, 'constructor')?.value
    const isCompiled =
      typeof maker === 'function' && Function.prototype.toString.call(maker).includes('__classPrivateField')
    const scopes = isCompiled ? partsOf(maker, inspector).scopes : []
    const own = scopes.flatMap(({ variables }) => Object.values(variables)).filter(value => isWeakMap(value))
    fields = [...(own as WeakMap<object, unknown>[]), ...weakFieldsOf(prototype, inspector)]
    weakFields.set(prototype, fields)
  }
  return fields
}
