/**
 * Finds what grew while modules were re-evaluated. The containers of all other modules come in; those to which the evaluation added
 * something come out. The invariant: only what happens in the evaluation's own synchronous stretches counts. What timers and requests
 * do in between does not count, nor does what replaces something that the old version's cleanup removed.
 */
import { followPromises } from '../node/promise-stretches.ts'
import type { Container } from './container.ts'
import type { Overwritten } from './overwritten.ts'

// Taken before the program may replace it.
const { nextTick } = process

export interface Grown {
  readonly container: Container
  /** How many elements, entries or properties were added. */
  readonly by: number
}

/**
 * So many containers are weighed for one evaluation, which takes some 100 ms. An evaluation of more stretches is one long stretch
 * from then on: what others add meanwhile counts as well, since a contribution must not be missed.
 */
const manyWeighings = 1_000_000

let looks = 0

export class Growth {
  readonly #containers: readonly Container[]
  readonly #overwritten: Overwritten | undefined
  /** The containers' objects, held only while they are measured. */
  #objects: readonly (object | undefined)[] = []
  /** What they held before the old versions were cleaned up. */
  readonly #atFirst: readonly number[]
  #beforeEvaluation: readonly number[] | undefined
  /** What they held at the beginning of the running stretch, if modules were loaded by then. */
  #before: readonly number[] | undefined
  readonly #added: number[]
  #running = false
  #closes = false
  #loaded = false
  #weighings = 0

  constructor(containers: readonly Container[], overwritten?: Overwritten) {
    this.#containers = containers
    this.#overwritten = overwritten
    this.#hold()
    this.#atFirst = this.#weighAll()
    this.#objects = []
    this.#added = containers.map(() => 0)
  }

  /** Runs an evaluation, and measures until its promise is settled. */
  measure<T>(run: () => T | Promise<T>): Promise<T> {
    const begin = async () => run()
    if (this.#containers.length === 0) return begin()
    this.#hold()
    const { result, end } = followPromises(begin, { before: () => this.#enter(), after: () => this.#leave() })
    // Not awaited here, because an `await` would show in the stacks of the program's errors.
    return result.finally(() => {
      end()
      this.#addUp()
      this.#objects = []
    })
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
    this.#before = this.#weighAll()
    this.#beforeEvaluation ??= this.#before
  }

  /** What follows in the same turn belongs to the stretch: nothing but its own promises runs in between. */
  #leave(): void {
    this.#running = false
    if (this.#weighings >= manyWeighings || this.#closes || !this.#before) return
    this.#closes = true
    nextTick(() => {
      this.#closes = false
      if (!this.#running) this.#addUp()
    })
  }

  #addUp(): void {
    const before = this.#before
    this.#before = undefined
    if (!before) return
    this.#overwritten?.stretchEnded(++looks)
    this.#weighAll().forEach((weight, index) => {
      this.#added[index]! += weight - before[index]!
    })
  }

  #weighAll(): number[] {
    this.#weighings += this.#objects.length
    return this.#objects.map((object, index) => (object ? this.#containers[index]!.weigh(object, looks) : 0))
  }

  /** The containers that hold more than they would without this evaluation. */
  grown(): Grown[] {
    const built = this.#overwritten?.builtUpon() ?? []
    const grown = this.#containers.flatMap((container, index) => {
      const removed = Math.max(0, this.#atFirst[index]! - (this.#beforeEvaluation?.[index] ?? 0))
      const by = this.#added[index]! - removed
      if (by <= 0) return []
      // What was put in to be taken out again at once, as a queue does with a job, is not there any more.
      const object = container.ref.deref()
      const isThere = object !== undefined && container.weigh(object) > this.#beforeEvaluation![index]! + removed
      return isThere ? { container, by } : []
    })
    return [...grown, ...built]
  }
}
