/**
 * A save that is evaluated more than once before it is live: what an evaluation has left on other modules comes in, and those
 * modules are re-evaluated in a second update. The invariant: one save is reported once, when its last update is live.
 */
import type { Contribution, Evaluated, Failure, FinishedUpdate, Hot } from '@hot/hooks'
import { headOf } from '../messages/describe-error.ts'
import { type Fresh, tryFreshProcess } from './fresh-process.ts'

export interface Judgement {
  readonly believe?: true
  readonly receivers?: readonly Contribution[]
  readonly restart?: string
  /** What is said of a save after which a port is not served, in a fresh process neither. */
  readonly note?: string
}

/** How often a save may be widened: what is learned with each round is known from then on. */
const rounds = 5

export class Widening {
  readonly #hot: Hot
  #save: FinishedUpdate | undefined
  #newestSave: FinishedUpdate | undefined
  #rounds = 0
  #reasons: Contribution[] = []
  /** What becomes of a fresh process, once that was found out for this save. */
  #fresh: Fresh | undefined
  #newest: Evaluated | undefined
  /** The modules that were evaluated for this save, in whichever round. */
  readonly #evaluated = new Set<string>()
  #hasSuspected = false
  #hasRenewed = false
  readonly #entry: string

  constructor(hot: Hot, entry: string) {
    this.#hot = hot
    this.#entry = entry
  }

  /** An update of a save, widened from the beginning by what was learned before. */
  began(known: readonly Contribution[]): void {
    this.#save = undefined
    this.#newestSave = undefined
    this.#rounds = 0
    this.#reasons = [...known]
    this.#fresh = undefined
    this.#hasSuspected = false
    this.#hasRenewed = false
    this.#evaluated.clear()
  }

  /** The ids of the modules that were evaluated for this save. */
  get evaluated(): readonly string[] {
    return [...this.#evaluated]
  }

  /** An evaluation of this save has ended. */
  ended(evaluation: Evaluated, update: FinishedUpdate): void {
    this.#newest = evaluation
    this.#newestSave = update.changes.length === 0 ? (this.#save ?? this.#newestSave ?? update) : update
    for (const id of evaluation.evaluated) this.#evaluated.add(id)
  }

  /** Whether an evaluation has to be followed by another update: for modules that it has left something on. */
  isNeeded(left: readonly Contribution[]): boolean {
    return left.length > 0 && this.#rounds < rounds
  }

  /**
   * What becomes of an evaluation that threw: the error is believed, modules that may hold what is in its way are re-evaluated, or
   * the process starts again for the reason given. Nothing is tried twice for one save.
   */
  async judge({ error, thrown, suspects, packages }: Failure, left: readonly Contribution[]): Promise<Judgement> {
    if (!thrown) return { believe: true }
    this.#fresh ??= await tryFreshProcess(this.#entry)
    if (this.#fresh === 'throws') return { believe: true }
    const receivers = this.#hasSuspected ? [] : [...left, ...suspects()]
    this.#hasSuspected = true
    if (receivers.length > 0) return { receivers }
    const renewed = this.#hasRenewed ? [] : packages()
    this.#hasRenewed = true
    if (renewed.length > 0) return { receivers: renewed }
    const by = thrown.by?.path.slice(1) ?? 'the new version'
    return {
      restart: `${by} is refused by ${thrown.inside}, which was loaded once and keeps what it had (${headOf(error)})`,
    }
  }

  /** The same for a save after which nobody serves what was served, though nothing was thrown. */
  async judgeUnserved(name: string): Promise<Judgement> {
    this.#fresh ??= await tryFreshProcess(this.#entry)
    const gone = `nothing listens on ${name} any more`
    if (this.#fresh === 'throws') return { note: `Not live: ${gone}, and a fresh process ends with an error.` }
    if (this.#fresh === 'runs') return { believe: true, note: `${gone}, as in a fresh process` }
    const receivers = this.#hasSuspected ? [] : (this.#newest?.suspects() ?? [])
    this.#hasSuspected = true
    return receivers.length > 0 ? { receivers } : { restart: gone }
  }

  /** The save that was evaluated last, unless another one has begun since. */
  get newestSave(): FinishedUpdate | undefined {
    return this.#newestSave
  }

  /** Makes the receivers stale: an update with no changes, which is the rest of this save. */
  async begin(update: FinishedUpdate, left: readonly Contribution[], began: () => void): Promise<void> {
    this.#save ??= update
    this.#rounds++
    this.#reasons.push(...left)
    await this.#hot.invalidate(new Set(left.map(({ receiver }) => receiver)), began)
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
    // The entry point is among those of which one did it: hardly anybody means that.
    const contributor = name(first.contributors.at(-1)!)
    const more = others.length === 0 ? '' : `, and ${others.length} more`
    if (first.package) return `${first.package} too: ${contributor} gave it something${more}`
    const what = first.name === '' ? 'leaves something on it' : `adds to its "${first.name}"`
    return `${name(first.receiver)} too: ${contributor} ${what}${more}`
  }
}
