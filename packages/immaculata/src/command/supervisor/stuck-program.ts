/** Notices a program that is stuck in its evaluation, perhaps in an endless loop: it could not see the save that mends it. */
import type { SaveWatch, Waiting } from './save-watch.ts'

/** If an evaluation blocks the program's thread for so many ms, a save is waited for in its place. */
const stuckInEvaluation = 3_000

export class StuckProgram {
  readonly #saved: () => void
  /** Fires when the program does not answer while it is evaluated. */
  #beat: NodeJS.Timeout | undefined
  #watch: SaveWatch | undefined

  /** Calls `saved` when something was saved while the program was stuck. */
  constructor(saved: () => void) {
    this.#saved = saved
  }

  /** The program is being evaluated, and has just answered. */
  expectBeat(waiting: Omit<Waiting, 'since'>): void {
    this.idle()
    const since = Date.now()
    this.#beat = setTimeout(() => void this.#wait({ ...waiting, since }), stuckInEvaluation)
  }

  /** The program is not evaluated. */
  idle(): void {
    clearTimeout(this.#beat)
    this.#beat = undefined
    this.#watch?.end()
    this.#watch = undefined
  }

  async #wait(waiting: Waiting): Promise<void> {
    const beat = this.#beat
    const { SaveWatch } = await import('./save-watch.ts')
    if (beat !== this.#beat) return // it has answered meanwhile
    this.#watch = new SaveWatch(waiting, this.#saved)
  }
}
