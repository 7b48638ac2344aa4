/** What is done when the root of a tree vanishes. */
import { statSync } from 'node:fs'

/** Taken before the program may replace them. */
const { setTimeout, clearTimeout } = globalThis

/** How often a root that vanished is looked for, in ms. */
const INTERVAL = 100

/** Waits for a root that vanished to come back. Nothing can be watched until then. */
export class LostRoot {
  readonly #root: string
  readonly #persistent: boolean
  readonly #found: () => void
  #timer: NodeJS.Timeout | undefined

  /** `found` is called when the root is back. `persistent`: does waiting keep the process alive? */
  constructor(root: string, persistent: boolean, found: () => void) {
    this.#root = root
    this.#persistent = persistent
    this.#found = found
  }

  get isAwaited(): boolean {
    return this.#timer !== undefined
  }

  exists(): boolean {
    try {
      return statSync(this.#root, { throwIfNoEntry: false })?.isDirectory() === true
    } catch {
      return false // it may not be looked at for now: a network mount that is gone, privileges that were dropped
    }
  }

  wait(): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      if (this.exists()) this.#found()
      else this.wait()
    }, INTERVAL)
    if (!this.#persistent) this.#timer.unref()
  }

  close(): void {
    clearTimeout(this.#timer)
  }
}
