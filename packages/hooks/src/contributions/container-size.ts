/** Measures how much an object holds: elements, entries or properties. When something is added, it has grown. */
import { isMap, isSet, isTypedArray } from 'node:util/types'

/** Measures how much an object of one kind holds. Runs no code of the program. Measures with one `look` belong together. */
export type Weigh = (object: object, look?: number) => number

const length: Weigh = array => (array as unknown[]).length
const sizeOfMap = Object.getOwnPropertyDescriptor(Map.prototype, 'size')!.get!
const sizeOfSet = Object.getOwnPropertyDescriptor(Set.prototype, 'size')!.get!
const entries: Weigh = map => sizeOfMap.call(map) as number
const values: Weigh = set => sizeOfSet.call(set) as number
/** Counts the assigned properties, which is four times as fast as counting all. */
const properties: Weigh = object => Object.keys(object).length
/** Counts the methods of a class, which are not enumerable, nor is what decorators and mixins define. */
const methods: Weigh = prototype => Object.getOwnPropertyNames(prototype).length

/** Numbers that are counted up are small and whole; what is larger is a time or an amount. */
const isCount = (value: unknown): value is number => Number.isInteger(value) && Math.abs(value as number) < 1e6

/** What a value that is built up stands at: a counter, or a text that is added to. */
const isBuilt = (value: unknown): value is number | string => isCount(value) || typeof value === 'string'
const standOf = (value: unknown): number => (isCount(value) ? value : typeof value === 'string' ? value.length : 0)

/** Properties, and what those of them stand at that are counters or are added to. */
function countersOf(names: readonly string[]): Weigh {
  return object => {
    let weight = properties(object)
    for (const name of names) weight += standOf(Reflect.getOwnPropertyDescriptor(object, name)?.value)
    return weight
  }
}

/** The same for the entries of a Map. Of a Map with many, nobody means each to be counted. */
const builtEntries: Weigh = map => {
  let weight = entries(map)
  if (weight > manyBuilt) return weight
  forEachEntry.call(map, value => {
    weight += standOf(value)
  })
  return weight
}
const manyBuilt = 1_000
const forEachEntry = Map.prototype.forEach

/** How much a variable holds: an assignment may replace what it held by something that holds more. */
export function weightOf(value: unknown): number {
  if (Array.isArray(value)) return value.length
  if (isMap(value)) return entries(value)
  if (isSet(value)) return values(value)
  return standOf(value)
}

/**
 * The scale for an object, looked for once. `counted` says of a property with a number or a text in it whether it is added to
 * somewhere: of a value that is only assigned, the last one wins. `builds` says the same of the entries of Maps.
 */
export function scaleFor(object: object, counted: (name: string) => boolean, builds: () => boolean): Weigh {
  if (Array.isArray(object)) return length
  if (isTypedArray(object)) return () => 0 // it cannot grow
  if (isMap(object)) return builds() ? builtEntries : entries
  if (isSet(object)) return values
  if (typeof object !== 'function') {
    const counters = propertiesIn(object).filter(([name, value]) => isBuilt(value) && counted(name))
    if (counters.length > 0) return countersOf(counters.map(([name]) => name))
  }
  return Object.hasOwn(object, 'constructor') || Object.hasOwn(object, 'prototype') ? methods : properties
}

/** The values that were added last to an object, or all that it holds. */
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
