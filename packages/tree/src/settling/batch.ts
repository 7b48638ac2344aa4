/** Which files make up one update. */

/** How long files that are ready wait for others that are not, in ms. Longer than an empty file may stay empty. */
export const TOGETHER = 150
/** So many files in one batch are not the saves of a person: a checkout, or a build, writes them. */
const CROWD = 16
/** How long a checkout may pause between two files, in ms. */
const CROWD_QUIET = 30
/** When so many more files came within `TOGETHER`, the checkout is still running. */
const CROWD_GROWTH = 8
/** How long a batch may grow, in ms. */
const CROWD_TOGETHER = 2000
/** A timer that is late by so many ms shows that the event loop was blocked. */
const BLOCKED = 10

/**
 * The files that have settled and belong into one update. Saves that belong together settle at different times, and half
 * of them make a program that nobody wrote. So the first file that is ready waits for every other file that is dirty then.
 */
export class Batch {
  #ready = new Map<string, Buffer | undefined>()
  /** When the first file was ready. */
  #since: number | undefined
  #until = 0
  /** How many paths became dirty since `#until` was set, and when the last one did. */
  #joined = 0
  #lastJoined = Number.NEGATIVE_INFINITY

  get isEmpty(): boolean {
    return this.#ready.size === 0
  }

  has(path: string): boolean {
    return this.#ready.has(path)
  }

  paths(): Iterable<string> {
    return this.#ready.keys()
  }

  /** A path became dirty. If it is in this batch already, it leaves the batch until it is ready again. */
  join(path: string, now: number): void {
    if (this.#ready.delete(path)) return
    this.#joined++
    this.#lastJoined = now
  }

  add(path: string, content: Buffer | undefined): void {
    this.#ready.set(path, content)
  }

  /** For how many ms more the batch waits; 0: it goes out. `isDelayed`: is a file dirty that the batch should wait for? */
  wait(now: number, isDelayed: boolean): number {
    if (this.#since === undefined) {
      this.#since = now
      this.#until = now + TOGETHER
      this.#joined = 0
    }
    const isCrowd = this.#ready.size >= CROWD
    if (now >= this.#until && isCrowd && this.#joined >= CROWD_GROWTH) {
      this.#until = Math.min(now + TOGETHER, this.#since + CROWD_TOGETHER)
      this.#joined = 0
    }
    if (now >= this.#until) return 0
    if (isDelayed) return this.#until - now
    return isCrowd ? Math.max(0, Math.min(this.#lastJoined + CROWD_QUIET, this.#until) - now) : 0
  }

  /** The event loop was blocked for so many ms. Nothing could settle meanwhile, so that time does not count. */
  blocked(ms: number): void {
    if (this.#since === undefined || ms < BLOCKED) return
    this.#until = Math.min(this.#until + ms, Math.max(this.#until, this.#since + CROWD_TOGETHER))
  }

  /** Ends the batch: returns its files, and starts an empty one. */
  take(): Map<string, Buffer | undefined> {
    const ready = this.#ready
    this.#ready = new Map()
    this.#since = undefined
    return ready
  }
}
