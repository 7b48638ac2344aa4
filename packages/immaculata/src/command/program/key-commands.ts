/** What the keys at the terminal do, apart from ending and restarting the program. */
import type { StaleModule } from '@hot/hooks'
import { type Show, stepsOf } from '../messages/show.ts'

export class KeyCommands {
  readonly #show: Show
  /** What the last save re-evaluated, and why: the modules are named when they are asked for. */
  #last: readonly StaleModule[] = []

  constructor(show: Show) {
    this.#show = show
  }

  saved(stale: readonly StaleModule[]): void {
    if (stale.some(({ loaded }) => loaded)) this.#last = stale
  }

  /** By what is typed. */
  get all(): Record<string, () => void> {
    return {
      e: () => this.#explain(),
      o: () => this.#open(),
      h: () =>
        this.#show.note(
          'r restarts · q ends · e explains the last save · o shows what is open · h helps (each with Enter)',
        ),
    }
  }

  #explain(): void {
    const steps = stepsOf(this.#last)
    this.#show.note(steps.length === 0 ? 'no save has re-evaluated anything yet' : 'the last save re-evaluated:')
    this.#show.steps(steps)
  }

  /** What keeps the process alive, in Node's words. */
  #open(): void {
    const counts = new Map<string, number>()
    for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1)
    const kinds = [...counts].map(([kind, count]) => `${count} × ${kind}`)
    this.#show.note(`open: ${kinds.join(', ') || 'nothing'}`)
  }
}
