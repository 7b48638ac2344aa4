/** Keeps the process running: a program whose version before is closed, and whose next one is not there yet, has nothing that does. */

/** Taken before the program may replace them. */
const { setInterval, clearInterval } = globalThis

export class Awake {
  #timer: NodeJS.Timeout | undefined
  #isOver = false

  keep(awake: boolean): void {
    if (!awake) clearInterval(this.#timer)
    this.#timer = awake && !this.#isOver ? (this.#timer ?? setInterval(() => {}, 2 ** 30)) : undefined
  }

  /** The program is about to end, and may do so by itself. */
  end(): void {
    this.#isOver = true
    this.keep(false)
  }
}
