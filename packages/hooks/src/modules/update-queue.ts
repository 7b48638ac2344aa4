/** One update at a time, over all trees of a program. */
export class UpdateQueue {
  #last: Promise<unknown> = Promise.resolve()

  /** Resolves when it is this caller's turn; call the result when done. */
  async whenFree(): Promise<() => void> {
    let done!: () => void
    const before = this.#last
    this.#last = new Promise<void>(resolve => {
      done = resolve
    })
    await before
    return done
  }
}
