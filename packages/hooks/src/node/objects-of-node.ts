/** Which objects a walk over what a program holds does not enter: Node's own, ours, and those that lead to everything. */
import { EventEmitter } from 'node:events'
import { types } from 'node:util'
import type { Inspector } from './inspector.ts'
import { isOurs } from './our-packages.ts'
import { type Scripts, scriptIdOf } from './scripts.ts'

const { isProxy, isModuleNamespaceObject, isAnyArrayBuffer } = types

/** Objects that lead nowhere, or to everything. */
export function isClosed(object: object): boolean {
  return (
    isProxy(object) ||
    ArrayBuffer.isView(object) ||
    isAnyArrayBuffer(object) ||
    isModuleNamespaceObject(object) ||
    builtins().has(object)
  )
}

let known: WeakSet<object> | undefined

/** The global object, its properties, and the exports of Node's loaded modules. */
function builtins(): WeakSet<object> {
  if (known) return known
  known = new WeakSet([globalThis, process, process.env])
  const add = (value: unknown) => {
    if (isObject(value)) known!.add(value)
  }
  for (const key of Reflect.ownKeys(globalThis)) {
    const property = Reflect.getOwnPropertyDescriptor(globalThis, key)
    const value: unknown = property?.value
    // What the program put there belongs to the program.
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

/**
 * Is an object an instance of one of Node's own classes: a socket, a stream, a timer? Emitters do not count: everybody extends them.
 * What this product put in the place of Node's functions counts: it is Node's, as far as the program is concerned.
 */
export function isNodes(object: object, scripts: Scripts, inspector: Inspector): boolean {
  if (typeof object === 'function') return scriptIdOf(object) >= 0 && isNodesOrOurs(scripts.of(object, inspector).url)
  const prototype = prototypeOf(object)
  if (!prototype || prototype === Object.prototype || prototype === Array.prototype) return false
  let answer = nodes.get(prototype)
  if (answer === undefined) {
    const maker: unknown = Reflect.getOwnPropertyDescriptor(prototype, 'constructor')?.value
    const { url } = scripts.of(maker, inspector)
    answer = isNodesOrOurs(url) && url !== 'node:events' && !/^node:internal\/event_target/.test(url)
    nodes.set(prototype, answer)
  }
  return answer
}

function isNodesOrOurs(url: string): boolean {
  return url.startsWith('node:') || isOurs(url)
}

/** An object's prototype. `undefined` for a Proxy, since looking at one runs code of the program. */
export function prototypeOf(object: object): object | undefined {
  const prototype: unknown = Object.getPrototypeOf(object)
  return isObject(prototype) && !isProxy(prototype) ? prototype : undefined
}

/** What an object's prototypes call its constructor. */
export function makerOf(object: object): unknown {
  for (let prototype = prototypeOf(object); prototype; prototype = prototypeOf(prototype)) {
    const maker = Reflect.getOwnPropertyDescriptor(prototype, 'constructor')
    if (maker) return maker.value
  }
  return undefined
}

/** Node keeps listeners in these properties of its emitters. */
const { prototype: emitters } = EventEmitter
const { prototype: targets } = EventTarget

/** Whether an object's property of this name holds its listeners, which are removed one by one. */
export function areListeners(name: string, holder: object | undefined): boolean {
  const wanted = name === '_events' ? emitters : name === 'kEvents' ? targets : undefined
  if (!wanted || !holder) return false
  for (let prototype = prototypeOf(holder); prototype; prototype = prototypeOf(prototype)) {
    if (prototype === wanted) return true
  }
  return false
}

export function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}
