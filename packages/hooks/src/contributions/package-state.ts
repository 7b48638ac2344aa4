/**
 * Functions of a program in the objects that its packages export, such as the handlers that passport keeps in an array. It looks at
 * properties and entries only, a few steps deep and at the first 20,000 objects: what a package hides in private fields or in
 * its modules is not seen.
 */
import { isMap, isProxy, isSet } from 'node:util/types'
import { isObject } from '../node/object-graph.ts'
import { scriptIdOf } from '../node/scripts.ts'
import { newestIn, propertiesIn } from './container-size.ts'

export interface InPackage {
  readonly object: object
  readonly fn: object
  /** The package, and the property that holds the function: `passport._deserializers`. */
  readonly name: string
}

const manyObjects = 20_000
const manySteps = 4
const manyElements = 100

interface Reached {
  readonly object: object
  readonly name: string
  readonly steps: number
}

/** `exports`: objects that packages export, with the packages' names. Yields `undefined` where it is time to pause. */
export function* functionsInPackages(
  exports: Iterable<readonly [exports: object, name: string, url: string]>,
): Iterable<InPackage | undefined> {
  const queue: Reached[] = [...exports].map(([object, name]) => ({ object, name, steps: 0 }))
  const seen = new Set(queue.map(({ object }) => object))
  for (let at = 0; at < queue.length && at < manyObjects; at++) {
    if (at % 50 === 49) yield undefined
    const { object, name, steps } = queue[at]!
    if (isProxy(object) || ArrayBuffer.isView(object)) continue
    for (const [key, value] of partsOf(object)) {
      if (!isObject(value) || key === '_events' || key === 'prototype' || key === 'constructor') continue
      if (typeof value === 'function' && scriptIdOf(value) >= 0) yield { object, fn: value, name }
      if (steps >= manySteps || seen.has(value)) continue
      seen.add(value)
      queue.push({ object: value, name: key === '' ? name : `${name}.${key}`, steps: steps + 1 })
    }
  }
}

function partsOf(object: object): [name: string, value: unknown][] {
  if (Array.isArray(object) || isMap(object) || isSet(object)) {
    return newestIn(object, manyElements).map(value => ['', value])
  }
  return propertiesIn(object)
}
