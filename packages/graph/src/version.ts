let last = 0

/**
 * The next version: the time in milliseconds, or one more than the last version if the clock has not moved on or was set back.
 * One counter serves every graph of the process, so that no number ever stands for two evaluations.
 */
export function nextVersion(): number {
  last = Math.max(Date.now(), last + 1)
  return last
}

/** Tells the counter of a version that came from elsewhere: what `nextVersion` answers afterwards is greater. */
export function versionSeen(version: number): void {
  last = Math.max(last, version)
}
