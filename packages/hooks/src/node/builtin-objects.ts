/**
 * The objects that Node gives to every program: globals, the exports of its modules, the prototypes of its classes. Found out when the
 * program's first modules are looked through, one level deep; a function that the program has put on one of them is its own.
 */
import { isProxy } from 'node:util/types'
import { scriptIdOf } from './scripts.ts'

export interface PutOn {
  readonly object: object
  readonly key: string | symbol
  /** The way to it, as a program would write it: `console.log`. */
  readonly name: string
  /** `undefined`: nothing was found, this is a moment to pause. */
  readonly fn: object | undefined
}

/** Globals of this process before the program ran: what it adds to them is data that it parks there. */
const globals = new Set(Reflect.ownKeys(globalThis))

/** The globals that the program has added, with their values. Getters are not called. */
export function* addedGlobals(): Iterable<readonly [key: string | symbol, value: unknown]> {
  for (const key of Reflect.ownKeys(globalThis)) {
    if (!globals.has(key)) yield [key, Reflect.getOwnPropertyDescriptor(globalThis, key)?.value]
  }
}

interface Builtin {
  readonly object: object
  readonly name: string
}

/** The functions on the objects that Node gives that `isOurs` says are the program's. `isTime` says when to pause. */
export function* functionsOnBuiltins(isOurs: (fn: object) => boolean, isTime: () => boolean): Iterable<PutOn> {
  for (const { object, name } of builtins()) {
    for (const key of Reflect.ownKeys(object)) {
      if (object === globalThis && !globals.has(key)) continue
      if (isTime()) yield { object, key, name, fn: undefined }
      const property = Reflect.getOwnPropertyDescriptor(object, key)
      for (const fn of [property?.value, property?.get] as unknown[]) {
        if (typeof fn === 'function' && scriptIdOf(fn) >= 0 && isOurs(fn)) {
          yield { object, key, name: `${name}${name && '.'}${String(key)}`, fn }
        }
      }
    }
  }
}

function* builtins(): Iterable<Builtin> {
  yield { object: globalThis, name: '' }
  for (const key of globals) {
    const value: unknown = Reflect.getOwnPropertyDescriptor(globalThis, key)?.value
    if (value === globalThis || typeof key === 'symbol') continue
    yield* withPrototype(value, key)
  }
  const { moduleLoadList = [] } = process as unknown as { moduleLoadList?: string[] }
  for (const entry of moduleLoadList) {
    const name = /^NativeModule (?!internal\/)([^_].*)$/.exec(entry)?.[1]
    const exports: unknown = name === undefined ? undefined : process.getBuiltinModule(name)
    if (!isWhole(exports)) continue
    yield { object: exports, name: name! }
    for (const key of Object.keys(exports)) {
      if (/^[A-Z]|^promises$/.test(key))
        yield* withPrototype(Reflect.getOwnPropertyDescriptor(exports, key)?.value, key)
    }
  }
}

function* withPrototype(value: unknown, name: string): Iterable<Builtin> {
  if (!isWhole(value)) return
  yield { object: value, name }
  const prototype: unknown = typeof value === 'function' && Reflect.getOwnPropertyDescriptor(value, 'prototype')?.value
  if (isWhole(prototype)) yield { object: prototype, name: `${name}.prototype` }
}

function isWhole(value: unknown): value is object {
  return ((typeof value === 'object' && value !== null) || typeof value === 'function') && !isProxy(value)
}
