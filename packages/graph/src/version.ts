let last = 0

/**
 * The next version: the time in milliseconds, or one more than the last version if the clock has not moved on or was set back.
 * One counter serves every graph of the process, so that no number ever stands for two evaluations.
 */
export function nextVersion(): number {
  last = Math.max(Date.now(), last + 1)
  return last
}

/** The first of so many next versions, one after the other. The time is asked for once, not for each. */
export function nextVersions(count: number): number {
  const first = nextVersion()
  last += Math.max(count, 1) - 1
  return first
}

/** Tells the counter of a version that came from elsewhere: what `nextVersion` answers afterwards is greater. */
export function versionSeen(version: number): void {
  last = Math.max(last, version)
}
