/**
 * A save that is evaluated more than once before it is live: what an evaluation has left on other modules comes in, and those
 * modules are re-evaluated in a second update. The invariant: one save is reported once, when its last update is live.
 */
import type { Contribution, FinishedUpdate, Hot } from '@hot/hooks'

/** How often a save may be widened: what is learned with each round is known from then on. */
const rounds = 5

export class Widening {
  readonly #hot: Hot
  #save: FinishedUpdate | undefined
  #rounds = 0
  #reasons: Contribution[] = []

  constructor(hot: Hot) {
    this.#hot = hot
  }

  /** An update of a save, widened from the beginning by what was learned before. */
  began(known: readonly Contribution[]): void {
    this.#save = undefined
    this.#rounds = 0
    this.#reasons = [...known]
  }

  /** Whether an evaluation has to be followed by another update: for modules that it has left something on. */
  isNeeded(left: readonly Contribution[]): boolean {
    return left.length > 0 && this.#rounds < rounds
  }

  /** Makes the receivers stale: an update with no changes, which is the rest of this save. */
  async begin(update: FinishedUpdate, left: readonly Contribution[]): Promise<void> {
    this.#save ??= update
    this.#rounds++
    this.#reasons.push(...left)
    await this.#hot.invalidate(new Set(left.map(({ receiver }) => receiver)))
  }

  /** The save that an update completes, and why it was widened, in words. */
  complete(update: FinishedUpdate): { readonly save: FinishedUpdate; readonly why: string } {
    const save = update.changes.length === 0 ? (this.#save ?? update) : update
    this.#save = undefined
    return { save, why: this.#why() }
  }

  #why(): string {
    const [first, ...others] = this.#reasons
    if (!first) return ''
    const { tree } = this.#hot
    const name = (id: string) => tree.pathOf(id)?.slice(1) ?? id
    const [contributor = ''] = first.contributors.map(name)
    const more = others.length === 0 ? '' : `, and ${others.length} more`
    return `${name(first.receiver)} too: ${contributor} adds to its "${first.name}"${more}`
  }
}
