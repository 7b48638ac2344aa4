/**
 * The process's one sequence of versions. It lives on `globalThis`, so two copies of this package (or two majors of it)
 * still share it: a version that were handed out twice would make Node answer with a module it evaluated before.
 */
const KEY = Symbol.for('@hot/tree:lastVersion')
const global = globalThis as { [KEY]?: { last: number } }
global[KEY] ??= { last: 0 }
const shared = global[KEY]

/**
 * A version no file of this process had before: the time in ms, or one more than the last version when the clock has not
 * moved on (or was set back). Strictly increasing, so a newer version is always the greater number.
 */
export function nextVersion(): number {
  shared.last = Math.max(Date.now(), shared.last + 1)
  return shared.last
}
