/**
 * Looks at a program's objects through the inspector, so that neither its size nor a failure harms the program. A search comes in, in
 * steps; it is run in slices. The invariant: no slice is much longer than 5 ms, and an exception ends one search, not what is looked for
 * after it.
 */
import { Inspector, InspectorRefused } from '../node/inspector.ts'

/** How many ms one slice takes: requests wait no longer for it. */
const slice = 5
/** So many exceptions may end a search before it is complete as it is. */
export const manyFailures = 10
/** Before fake timers of the program are in their place. */
const { setImmediate } = globalThis

export class Looks {
  #isOff = true
  #isRefused = false
  #hasToldOfFailure = false
  #inspector: Inspector | undefined

  /** Nothing is seen: nobody wants to know, or there is no inspector. */
  get isOff(): boolean {
    return this.#isOff
  }

  begin(): void {
    this.#isOff = this.#isRefused
  }

  end(): void {
    this.#isOff = true
  }

  /** Runs one short look. `undefined` if there is no inspector, or the look has failed. */
  readonly inspect = <T>(use: (inspector: Inspector) => T): T | undefined => {
    if (this.#isOff) return undefined
    try {
      return Inspector.with(use)
    } catch (error) {
      if (error instanceof InspectorRefused) this.#isOff = this.#isRefused = true
      else this.#tellOfFailure(error)
      return undefined
    }
  }

  /** The inspector of the slice that runs. */
  readonly inspector = (): Inspector => this.#inspector!

  /** Runs a search for one slice. Says whether it is over; `undefined` if an exception has ended it. */
  run<T>(search: Generator<T>, take?: (found: T) => void): boolean | undefined {
    const until = performance.now() + slice
    return this.inspect(inspector => {
      this.#inspector = inspector
      do {
        const { done, value } = search.next()
        if (done) return true
        take?.(value as T)
      } while (performance.now() < until)
      return false
    })
  }

  /** What a search finds, for as long as `goesOn()`: the program runs between the slices. An exception makes it begin anew. */
  async findAll<T>(search: () => Generator<T>, goesOn: () => boolean): Promise<T[]> {
    const found: T[] = []
    let running = search()
    let failures = 0
    for (;;) {
      const isDone = this.run(running, value => found.push(value))
      if (isDone || this.#isOff) return found
      if (isDone === undefined) {
        if (++failures === manyFailures) return found
        running = search()
      }
      await new Promise(resolve => setImmediate(resolve))
      if (!goesOn()) return found
    }
  }

  /** What could not be looked at may be missed, and everything else is seen as before. */
  #tellOfFailure(error: unknown): void {
    if (this.#hasToldOfFailure) return
    this.#hasToldOfFailure = true
    const message =
      'what modules leave on each other could not all be looked at: if something old answers, restart the process'
    const detail = error instanceof Error ? (error.stack ?? String(error)) : String(error)
    process.emitWarning(message, { code: 'HOT_CONTRIBUTIONS', detail })
  }
}
