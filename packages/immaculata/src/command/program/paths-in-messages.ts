/** Finds the strings in a message that may be a file's path or URL. Messages may be many and large, so only their top is looked at. */

/** So many entries of an object or a list are looked at. */
const MANY = 32
/** No path is longer than this. */
const LONG = 4096

export function pathsIn(values: readonly unknown[], depth = 2): string[] {
  const paths: string[] = []
  for (const value of values.slice(0, MANY)) {
    if (typeof value === 'string') {
      if (value.length < LONG && /^(?:\/|file:|[A-Za-z]:[\\/])/.test(value)) paths.push(value)
    } else if (depth > 0 && isPlain(value)) paths.push(...pathsIn(Object.values(value), depth - 1))
  }
  return paths
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return Array.isArray(value) || prototype === Object.prototype || prototype === null
}
