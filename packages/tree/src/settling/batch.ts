/** How long what is ready waits, in ms, for what is not: longer than an empty file does. */
export const TOGETHER = 150
/** So many files in one batch are no person's saves: a checkout, a build. */
const CROWD = 16
/** Those pause, in ms, between two files. */
const CROWD_QUIET = 30
/** So many more within `TOGETHER`, and they are still at it. */
const CROWD_GROWTH = 8
/** How long a batch may grow, in ms. */
const CROWD_TOGETHER = 2000
/** A timer that is later than so many ms is not just a bit late. */
const BLOCKED = 10

/**
 * The files that have settled and belong into one update. Saves that belong together settle at different times, and half
 * of them make a program that no one wrote: so the first waits for all that is dirty when it could go out.
 */
export class Batch {
  #ready = new Map<string, Buffer | undefined>()
  /** When the first file could have gone out. */
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

  /** A path became dirty, which may be in this batch already: then it leaves it until it is ready again. */
  join(path: string, now: number): void {
    if (this.#ready.delete(path)) return
    this.#joined++
    this.#lastJoined = now
  }

  add(path: string, content: Buffer | undefined): void {
    this.#ready.set(path, content)
  }

  /** For how many ms more the batch stays together; 0: it goes out. `held`: is anything dirty that it should wait for? */
  wait(now: number, held: boolean): number {
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
    if (held) return this.#until - now
    return isCrowd ? Math.max(0, Math.min(this.#lastJoined + CROWD_QUIET, this.#until) - now) : 0
  }

  /** The event loop could not be had for so many ms: nothing could settle meanwhile, so they do not count. */
  blocked(ms: number): void {
    if (this.#since === undefined || ms < BLOCKED) return
    this.#until = Math.min(this.#until + ms, Math.max(this.#until, this.#since + CROWD_TOGETHER))
  }

  /** Ends the batch: what is in it, and the next one is empty. */
  take(): Map<string, Buffer | undefined> {
    const ready = this.#ready
    this.#ready = new Map()
    this.#since = undefined
    return ready
  }
}
