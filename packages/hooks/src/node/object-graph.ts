/**
 * A walk over the objects that a program holds. Values come in, each with the one who owns it; every object that they lead to
 * comes out once, with the owner that is nearest. It follows what code can reach: properties, entries of Maps and Sets, private
 * fields, what closures hold. It changes nothing and runs none of the program's code, no getter either; it never enters Node's own
 * objects, a module's namespace, or the variables at the top level of any module, which are roots of their own.
 */
import { types } from 'node:util'
import type { HiddenParts, Inspector } from './inspector.ts'
import { type Scripts, scriptIdOf } from './scripts.ts'

const { isMap, isSet, isProxy, isPromise, isModuleNamespaceObject, isAnyArrayBuffer } = types
const { forEach: forEachEntry } = Map.prototype
const { forEach: forEachValue } = Set.prototype

/** Elements of one array, Map or Set that are followed: a table of data holds no more than the first of them show. */
const manyEntries = 1_000

export interface WalkOptions<Owner> {
  readonly scripts: Scripts
  /** How many objects are followed in one go, at most. */
  readonly limit: number
  /**
   * Called for each object, before what it holds; `name` is the property or variable that led to it, without indices. `false`:
   * what it holds is not followed.
   */
  visit(object: object, owner: Owner, name: string, holder: object | undefined): unknown
}

interface Waiting<Owner> {
  readonly object: object
  readonly owner: Owner
  readonly name: string
  readonly holder: object | undefined
}

export class ObjectWalk<Owner> {
  /** Whether properties and entries alone are followed: without the debugger, and so much cheaper. */
  shallow = false
  readonly #options: WalkOptions<Owner>
  readonly #seen = new WeakSet<object>()
  #queue: Waiting<Owner>[] = []
  #next = 0
  #followed = 0

  constructor(options: WalkOptions<Owner>) {
    this.#options = options
  }

  /** Adds a value to begin from. The first owner of an object keeps it. */
  add(value: unknown, owner: Owner, name: string, holder?: object): void {
    if (!isObject(value) || this.#seen.has(value)) return
    this.#seen.add(value)
    this.#queue.push({ object: value, owner, name, holder })
  }

  /** Follows an object once more that may hold something new by now. It is not visited again. */
  again(object: object, owner: Owner, name: string, inspector: Inspector): void {
    if (!isClosed(object)) this.#follow(object, owner, name, inspector)
  }

  /** Marks an object as known: it is neither visited nor followed. */
  leaveOut(value: unknown): void {
    if (isObject(value)) this.#seen.add(value)
  }

  /** Goes on until `deadline` (as `performance.now()` counts). Says whether it is done. */
  run(inspector: Inspector, deadline: number): boolean {
    let steps = 0
    while (this.#next < this.#queue.length) {
      if (this.#followed >= this.#options.limit) break
      if ((++steps & 15) === 0 && performance.now() > deadline) return false
      const { object, owner, name, holder } = this.#queue[this.#next++]!
      this.#followed++
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
        if (count++ > manyEntries) return
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
    for (const key of Reflect.ownKeys(object)) {
      if (count++ > manyEntries) break
      const property = Reflect.getOwnPropertyDescriptor(object, key)
      if (!property) continue
      const label = typeof key === 'symbol' ? (key.description ?? '') : key
      add(property.value, label)
      add(property.get, label)
      add(property.set, label)
    }
    const prototype: unknown = Object.getPrototypeOf(object)
    if (isObject(prototype) && !isNodes(object, this.#options.scripts, inspector)) add(prototype, undefined)
    if (!this.shallow) this.#followHidden(object, add, inspector)
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
    }
  }
}

/** The scopes that belong to one call of a function: those at the top level of a module are the module's. */
export function innerScopes(scopes: HiddenParts['scopes']): HiddenParts['scopes'] {
  if (scopes.at(-1)?.kind === 'Module') return scopes.slice(0, -1)
  // Of CommonJS, it is the function without a name around the whole file.
  return scopes.at(-1)?.kind === 'Closure' ? scopes.slice(0, -1) : scopes
}

/** Functions of the same text are made in the same place, and have scopes or have none. */
function placeOf(fn: object, script: number): string | undefined {
  if (script < 0) return undefined
  return `${script} ${Function.prototype.toString.call(fn)}`.slice(0, 500)
}

const scopeless = new Set<string>()

function partsOf(object: object, inspector: Inspector): HiddenParts {
  try {
    return inspector.hiddenPartsOf(object)
  } catch {
    return { scopes: [], values: [] } // an object that the debugger refuses has nothing to show
  }
}

/** What leads nowhere, or into everything. */
function isClosed(object: object): boolean {
  return (
    isProxy(object) ||
    ArrayBuffer.isView(object) ||
    isAnyArrayBuffer(object) ||
    isModuleNamespaceObject(object) ||
    builtins().has(object)
  )
}

let known: WeakSet<object> | undefined

/** The global object, what hangs on it, and the exports of Node's modules that are loaded. */
function builtins(): WeakSet<object> {
  if (known) return known
  known = new WeakSet([globalThis, process, process.env])
  const add = (value: unknown) => {
    if (isObject(value)) known!.add(value)
  }
  for (const key of Reflect.ownKeys(globalThis)) {
    const property = Reflect.getOwnPropertyDescriptor(globalThis, key)
    const value: unknown = property?.value
    // What the program has put there is its own.
    if (typeof value !== 'function' || scriptIdOf(value) >= 0 || !Object.hasOwn(value, 'prototype')) {
      if (property && !property.enumerable) add(value)
      continue
    }
    add(value)
    add((value as { prototype?: unknown }).prototype)
  }
  const { moduleLoadList = [] } = process as unknown as { moduleLoadList?: string[] }
  for (const entry of moduleLoadList) {
    const name = /^NativeModule (?!internal\/)(.+)$/.exec(entry)?.[1]
    if (name !== undefined) add(process.getBuiltinModule(name))
  }
  return known
}

const nodes = new WeakMap<object, boolean>()

/** Whether an object is an instance of one of Node's own classes: a socket, a stream, a timer. Emitters are everybody's. */
function isNodes(object: object, scripts: Scripts, inspector: Inspector): boolean {
  if (typeof object === 'function')
    return scriptIdOf(object) >= 0 && scripts.of(object, inspector).url.startsWith('node:')
  const prototype: unknown = Object.getPrototypeOf(object)
  if (!isObject(prototype) || prototype === Object.prototype || prototype === Array.prototype) return false
  let answer = nodes.get(prototype)
  if (answer === undefined) {
    const maker: unknown = Reflect.getOwnPropertyDescriptor(prototype, 'constructor')?.value
    const { url } = scripts.of(maker, inspector)
    answer = url.startsWith('node:') && url !== 'node:events' && !/^node:internal\/event_target/.test(url)
    nodes.set(prototype, answer)
  }
  return answer
}

const withPrivateFields = new WeakMap<object, boolean>()

/** Whether a class that made this object, or one it extends, declares private fields. */
function hasPrivateFields(object: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(object)
  if (!isObject(prototype) || prototype === Object.prototype || prototype === Array.prototype) return false
  let answer = withPrivateFields.get(prototype)
  if (answer === undefined) {
    const maker: unknown = Reflect.getOwnPropertyDescriptor(prototype, 'constructor')?.value
    answer = scriptIdOf(maker) >= 0 && Function.prototype.toString.call(maker).includes('#')
    answer ||= hasPrivateFields(prototype)
    withPrivateFields.set(prototype, answer)
  }
  return answer
}

export function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}
