/**
 * The process's one sequence of versions. It lives on `globalThis`, so two copies of this package (or two majors of it)
 * still share it: a version that were handed out twice would make Node answer with a module it evaluated before.
 */
const KEY = Symbol.for('@hot/tree:lastVersion')
const shared = globalThis as { [KEY]?: number }

/**
 * A version no file of this process had before: the time in ms, or one more than the last version when the clock has not
 * moved on (or was set back). Strictly increasing, so a newer version is always the greater number.
 */
export function nextVersion(): number {
  const next = Math.max(Date.now(), (shared[KEY] ?? 0) + 1)
  shared[KEY] = next
  return next
}
