/** Tells classes and their prototypes from other functions and objects. */
import { isObject } from '../node/object-graph.ts'

/** A class, or a function with methods as a class has them. */
export function isClass(fn: object): fn is { prototype: object } {
  const prototype: unknown = Reflect.getOwnPropertyDescriptor(fn, 'prototype')?.value
  if (!isObject(prototype)) return false
  return Reflect.ownKeys(prototype).length > 1 || Function.prototype.toString.call(fn).startsWith('class')
}

export function isPrototype(object: object): object is { constructor: unknown } {
  const maker: unknown = Reflect.getOwnPropertyDescriptor(object, 'constructor')?.value
  return typeof maker === 'function' && Reflect.getOwnPropertyDescriptor(maker, 'prototype')?.value === object
}
