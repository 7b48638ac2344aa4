/**
 * The versions of modules.
 *
 * `@hot/tree` has the same few lines for files, on purpose: neither package depends on the other.
 */
let last = 0

/**
 * The next version: the time in milliseconds, or the last version plus one if the clock has not moved on or was set back.
 * All graphs of the process share one counter, so that no number ever stands for two evaluations.
 */
export function nextVersion(): number {
  last = Math.max(Date.now(), last + 1)
  return last
}

/** Takes so many next versions, one after the other, and returns the first. The clock is read only once. */
export function nextVersions(count: number): number {
  const first = nextVersion()
  last += Math.max(count, 1) - 1
  return first
}

/** Tells the counter of a version that came from elsewhere: every version that it hands out afterwards is greater. */
export function versionSeen(version: number): void {
  last = Math.max(last, version)
}
