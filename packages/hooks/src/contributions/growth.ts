/**
 * Finds what grew or shrank while modules were re-evaluated. The containers of all other modules come in; those to which the evaluation
 * added something, or from which it took something, come out. The invariant: only what happens in the evaluation's own synchronous
 * stretches counts. What timers and requests do in between does not count, nor does what replaces something that the old version's
 * cleanup removed.
 *
 * An async function that nobody awaits goes on after the evaluation: its stretches are the evaluation's own, too.
 */
import { awaitingFiles } from '@hot/dispose/ownership'
import { type Followed, followPromises } from '../node/promise-stretches.ts'
import type { Container } from './container.ts'
import type { Overwritten } from './overwritten.ts'
import type { ParkedData } from './parked-data.ts'
import type { Rearranged } from './rearranged.ts'

// Taken before the program may replace them.
const { nextTick } = process
const { setImmediate, setTimeout, clearTimeout } = globalThis

export interface Grown {
  readonly container: Container
  /** How many elements, entries or properties were added. */
  readonly by: number
  /** The files whose functions did it after the evaluation was over, as V8 names them without `?ver=`, as far as that is known. */
  readonly files: ReadonlySet<string>
}

const none: ReadonlySet<string> = new Set()

/**
 * So many containers are weighed for one evaluation, which takes some 100 ms. An evaluation of more stretches is one long stretch
 * from then on: what others add meanwhile counts as well, since a contribution must not be missed.
 */
const manyWeighings = 1_000_000

/**
 * What nobody awaited is followed for so many ms, because it slows down all promises. What is added still later belongs to the state
 * that a program gathers while it runs.
 */
const followed = 5_000

let looks = 0

export class Growth {
  readonly #containers: readonly Container[]
  readonly #overwritten: Overwritten | undefined
  readonly parked: ParkedData | undefined
  readonly #addedLater: (isOver: boolean) => void
  readonly #rearranged: Rearranged | undefined
  /** The containers' objects, held only while they are measured. */
  #objects: readonly (object | undefined)[] = []
  /** What they held before the old versions were cleaned up. */
  readonly #atFirst: readonly number[]
  #beforeEvaluation: readonly number[] | undefined
  /** What they held at the beginning of the running stretch, if modules were loaded by then. */
  #before: readonly number[] | undefined
  readonly #added: number[]
  /** The files whose functions have added something later. */
  readonly #addedBy: (Set<string> | undefined)[] = []
  /** The files whose functions run in this stretch. */
  #files = new Set<string>()
  #running = false
  #closes = false
  #loaded = false
  #weighings = 0
  #follows: Followed<unknown> | undefined
  #limit: NodeJS.Timeout | undefined
  /** The evaluation is over: whoever waited for it has asked what has grown. */
  #late = false
  #hasLater = false

  /** `addedLater`: something was added after the evaluation was over. `isOver`: and nothing of it goes on. */
  constructor(
    containers: readonly Container[],
    {
      overwritten,
      rearranged,
      parked,
    }: { overwritten?: Overwritten; rearranged?: Rearranged; parked?: ParkedData } = {},
    addedLater = (_isOver: boolean) => {},
  ) {
    this.parked = parked
    this.#addedLater = addedLater
    this.#containers = containers
    this.#overwritten = overwritten
    this.#rearranged = rearranged
    this.#hold()
    this.#atFirst = this.#weighAll()
    this.#objects = []
    this.#added = containers.map(() => 0)
  }

  /** Runs an evaluation, and measures until its promise is settled. */
  measure<T>(run: () => T | Promise<T>): Promise<T> {
    const begin = async () => run()
    if (this.#containers.length === 0 && (this.parked?.isEmpty ?? true)) return begin()
    this.#hold()
    const follows = followPromises(begin, {
      mark: () => {
        const files = [...awaitingFiles()]
        return files.length > 0 ? files : undefined
      },
      before: files => {
        for (const file of files ?? []) this.#files.add(file)
        this.#enter()
      },
      after: () => this.#leave(),
      settled: () => this.#late && this.#endWhenOver(),
    })
    this.#follows = follows
    // Not awaited here, because an `await` would show in the stacks of the program's errors.
    return follows.result.finally(() => {
      this.#addUp()
      this.#late = true
      this.#limit = setTimeout(() => this.end(), followed).unref()
      this.#endWhenOver()
    })
  }

  /** A promise may be settled in the middle of a stretch that goes on. */
  #endWhenOver(): void {
    setImmediate(() => {
      if (!this.#follows || this.#follows.goesOn()) return
      this.end()
      if (this.#hasLater) this.#addedLater(true)
    })
  }

  /** Nothing is measured any more. */
  end(): void {
    this.#addUp()
    clearTimeout(this.#limit)
    this.#follows?.end()
    this.#follows = undefined
    this.#objects = []
  }

  /** A module is loaded: from now on its code may run. Before that, Node only looks for files. */
  evaluationBegan(): void {
    this.#loaded = true
    if (this.#running && !this.#before) this.#enter()
  }

  #hold(): void {
    this.#objects = this.#containers.map(({ ref }) => ref.deref())
  }

  #enter(): void {
    this.#running = true
    if (!this.#loaded || this.#before) return
    this.#overwritten?.stretchBegan(++looks)
    this.#rearranged?.stretchBegan()
    if (!this.#late) this.parked?.stretchBegan()
    this.#before = this.#weighAll()
    this.#beforeEvaluation ??= this.#before
  }

  /** What follows in the same turn belongs to the stretch: nothing but its own promises runs in between. */
  #leave(): void {
    this.#running = false
    if (this.#closes || !this.#before) return
    if (this.#weighings >= manyWeighings) {
      if (this.#late) this.end()
      return
    }
    this.#closes = true
    nextTick(() => {
      this.#closes = false
      if (!this.#running) this.#addUp()
    })
  }

  #addUp(): void {
    const [before, files] = [this.#before, this.#files]
    this.#before = undefined
    this.#files = new Set()
    if (!before) return
    this.#overwritten?.stretchEnded(++looks)
    this.#rearranged?.stretchEnded()
    this.parked?.stretchEnded()
    let hasGrown = false
    this.#weighAll().forEach((weight, index) => {
      this.#added[index]! += weight - before[index]!
      if (!this.#late || weight <= before[index]!) return
      const known = this.#addedBy[index]
      // What a loop gathers grows in each of its rounds: that is no news.
      hasGrown ||= known === undefined || [...files].some(file => !known.has(file))
      this.#addedBy[index] = new Set([...(known ?? []), ...files])
    })
    if (!this.#late || (!hasGrown && !this.#overwritten?.hasNews)) return
    this.#hasLater = true
    this.#addedLater(false)
  }

  #weighAll(): number[] {
    this.#weighings += this.#objects.length
    return this.#objects.map((object, index) => (object ? this.#containers[index]!.weigh(object, looks) : 0))
  }

  /** The containers that hold more than they would without this evaluation, or less, or the same in another form. */
  grown(): Grown[] {
    const built = [...(this.#overwritten?.builtUpon() ?? []), ...(this.#rearranged?.changed() ?? [])]
    const grown = this.#containers.flatMap((container, index) => {
      const removed = Math.max(0, this.#atFirst[index]! - (this.#beforeEvaluation?.[index] ?? 0))
      const by = this.#added[index]! - removed
      if (by <= 0) return this.#hasShrunk(index) ? [{ container, by: 1, files: this.#addedBy[index] ?? none }] : []
      // What was put in to be taken out again at once, as a queue does with a job, is not there any more.
      const object = container.ref.deref()
      const isThere = object !== undefined && container.weigh(object) > this.#beforeEvaluation![index]! + removed
      return isThere ? { container, by, files: this.#addedBy[index] ?? none } : []
    })
    return [...grown, ...built]
  }

  /** Whether the evaluation took out something that was in there. A cleanup may have put it back before. */
  #hasShrunk(index: number): boolean {
    const { ref, isOwn, weigh } = this.#containers[index]!
    const object = this.#added[index]! < 0 && isOwn ? ref.deref() : undefined
    if (object === undefined || this.#beforeEvaluation === undefined) return false
    return weigh(object) < Math.min(this.#atFirst[index]!, this.#beforeEvaluation[index]!)
  }
}
