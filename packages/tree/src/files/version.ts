/**
 * The versions of files.
 *
 * The process has one sequence of them, on `globalThis`, so two copies of this package (or two majors of it) share it. If a
 * version were handed out twice, Node would answer with a module that it evaluated before.
 *
 * `@hot/graph` has the same few lines for modules, on purpose: neither package depends on the other.
 */
const KEY = Symbol.for('@hot/tree:lastVersion')
const global = globalThis as { [KEY]?: { last: number } }
global[KEY] ??= { last: 0 }
const shared = global[KEY]

/**
 * A version that no file of this process had before: the time in ms, or the last version plus one when the clock has not
 * moved on (or was set back). Versions strictly increase, so the newer version is always the greater number.
 */
export function nextVersion(): number {
  shared.last = Math.max(Date.now(), shared.last + 1)
  return shared.last
}

/** The greatest version given out so far. */
export function newestVersion(): number {
  return shared.last
}
