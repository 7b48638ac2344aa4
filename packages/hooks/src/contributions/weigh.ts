/** How much an object holds: elements, entries or properties. It has grown when something was added. */
import { isMap, isSet } from 'node:util/types'

/** How much an object of one kind holds. Runs none of the program's code. */
export type Weigh = (object: object) => number

const length: Weigh = array => (array as unknown[]).length
const sizeOfMap = Object.getOwnPropertyDescriptor(Map.prototype, 'size')!.get!
const sizeOfSet = Object.getOwnPropertyDescriptor(Set.prototype, 'size')!.get!
const entries: Weigh = map => sizeOfMap.call(map) as number
const values: Weigh = set => sizeOfSet.call(set) as number
/** What was assigned: four times as fast as all properties. */
const properties: Weigh = object => Object.keys(object).length
/** Methods are not enumerable, and nor is what decorators and mixins define. */
const methods: Weigh = prototype => Object.getOwnPropertyNames(prototype).length

/** The scale for an object, looked for once. */
export function scaleFor(object: object): Weigh {
  if (Array.isArray(object)) return length
  if (isMap(object)) return entries
  if (isSet(object)) return values
  return Object.hasOwn(object, 'constructor') || Object.hasOwn(object, 'prototype') ? methods : properties
}

/** The values that were added last to an object that has grown, or all that it holds. */
export function newestIn(object: object, count: number): unknown[] {
  if (Array.isArray(object)) return [...object.slice(-count), ...object.slice(0, count)]
  if (isMap(object)) return [...Map.prototype.entries.call(object)].slice(-count).flat()
  if (isSet(object)) return [...Set.prototype.values.call(object)].slice(-count)
  return propertiesIn(object)
    .slice(-2 * count)
    .map(([, value]) => value)
}

/** The values of an object's own properties, and its accessors' functions, by name. */
export function propertiesIn(object: object): [name: string, value: unknown][] {
  return Object.getOwnPropertyNames(object).flatMap((name): [string, unknown][] => {
    const property = Reflect.getOwnPropertyDescriptor(object, name)
    if (!property) return []
    return property.get ? [[name, property.get]] : [[name, property.value]]
  })
}
