/** Which module adds something to which: learned from one evaluation, remembered for the next. */

/** Modules that add something to another one, by their ids. */
export interface Pair {
  /** The module that adds something. Several, if it is not known which of them. */
  readonly contributors: readonly string[]
  readonly receiver: string
  /** The name of the receiver's variable or property that has grown; empty if it is not known. */
  readonly name: string
  /** The package that is re-evaluated with the receiver, if that is why. */
  readonly package?: string
}

const keyOf = ({ receiver, contributors }: Pair) => [receiver, ...[...contributors].sort()].join('\0')

export class LearnedPairs {
  readonly #pairs = new Map<string, Pair>()
  /** Who imported each receiver when the newest update began. */
  #importers: readonly Pair[] = []

  get all(): Iterable<Pair> {
    return this.#pairs.values()
  }

  /** Remembers a pair. Says whether it is new. */
  add(pair: Pair): boolean {
    const key = keyOf(pair)
    if (this.#pairs.has(key)) return false
    this.#pairs.set(key, pair)
    return true
  }

  get isEmpty(): boolean {
    return this.#pairs.size === 0
  }

  /**
   * An update begins. Whoever imports a receiver may have added something when it was evaluated last, for nothing was compared then.
   * `importersOf` names those that are in use.
   */
  updateBegan(importersOf: (receiver: string) => Iterable<string>): void {
    this.#importers = [...this.#pairs.values()].flatMap(({ receiver, name }) =>
      [...importersOf(receiver)].map(id => ({ contributors: [id], receiver, name })),
    )
  }

  /** Forgets the pairs of which a contributor is not used any more. Importers of a receiver that are not used any more count, too. */
  takeUnused(used: ReadonlySet<string>): Pair[] {
    const isUnused = ({ contributors }: Pair) => contributors.some(id => !used.has(id))
    const unused = [...this.#pairs.values()].filter(isUnused)
    for (const pair of unused) this.delete(pair)
    const others = this.#importers.filter(
      pair => isUnused(pair) && !unused.some(({ receiver }) => receiver === pair.receiver),
    )
    return [...unused, ...others]
  }

  delete(pair: Pair): void {
    this.#pairs.delete(keyOf(pair))
  }

  /**
   * The pairs that make more modules stale than an update's own plan: the receivers of stale modules, and the contributors of stale
   * receivers. `plan` returns everything that is stale with some modules.
   */
  widen(
    ids: readonly string[],
    plan: (ids: readonly string[]) => ReadonlySet<string>,
  ): { ids: string[]; pairs: Pair[] } {
    const widened = [...ids]
    const used: Pair[] = []
    if (this.#pairs.size === 0) return { ids: widened, pairs: used }
    for (let stale = plan(widened), before = -1; before !== widened.length; stale = plan(widened)) {
      before = widened.length
      for (const pair of this.#pairs.values()) {
        if (stale.has(pair.receiver)) {
          if (pair.contributors.length > 1) continue
          for (const id of pair.contributors) if (!stale.has(id)) widened.push(id)
        } else if (pair.contributors.every(id => stale.has(id))) {
          widened.push(pair.receiver)
          used.push(pair)
        }
      }
    }
    return { ids: widened, pairs: used }
  }
}
