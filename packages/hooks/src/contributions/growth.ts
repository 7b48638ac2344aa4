/**
 * What grew while modules were re-evaluated. The containers of all other modules come in, and those to which the evaluation has added
 * something come out. The invariant: only what happens in the evaluation's own synchronous stretches counts; what timers and
 * requests do in between, and what takes the place of something that the old version's cleanup took away, does not.
 */
import { followPromises } from '../node/promise-stretches.ts'
import type { Container } from './containers.ts'

export interface Grown {
  readonly container: Container
  /** How many elements, entries or properties were added. */
  readonly by: number
}

/** In ms. An evaluation of many steps beside much data is not measured any longer than this. */
const patience = 100

export class Growth {
  readonly #containers: readonly Container[]
  /** Held while they are measured only. */
  #objects: readonly (object | undefined)[] = []
  /** Before the old versions were cleaned up. */
  readonly #atFirst: readonly number[]
  #beforeEvaluation: readonly number[] | undefined
  /** At the beginning of the stretch that is running, once modules are loaded in it or were before. */
  #before: readonly number[] | undefined
  readonly #added: number[]
  #running = false
  #loaded = false
  #spent = 0

  constructor(containers: readonly Container[]) {
    this.#containers = containers
    this.#hold()
    this.#atFirst = this.#weighAll()
    this.#objects = []
    this.#added = containers.map(() => 0)
  }

  /** Runs an evaluation, and measures until what it returns is settled. */
  measure<T>(run: () => T | Promise<T>): Promise<T> {
    const begin = async () => run()
    if (this.#containers.length === 0) return begin()
    this.#hold()
    const { result, end } = followPromises(begin, { before: () => this.#enter(), after: () => this.#leave() })
    // Not awaited here: an `await` of ours would show in the stacks of the program's errors.
    return result.finally(() => {
      end()
      this.#objects = []
    })
  }

  /** A module is loaded: from now on something of it may run. Before, Node is only looking for files. */
  evaluationBegan(): void {
    this.#loaded = true
    if (this.#running && !this.#before) this.#enter()
  }

  #hold(): void {
    this.#objects = this.#containers.map(({ ref }) => ref.deref())
  }

  #enter(): void {
    this.#running = true
    if (!this.#loaded || this.#spent > patience) return
    this.#before = this.#weighAll()
    this.#beforeEvaluation ??= this.#before
  }

  #leave(): void {
    this.#running = false
    const before = this.#before
    this.#before = undefined
    if (!before) return
    this.#weighAll().forEach((weight, index) => {
      this.#added[index]! += weight - before[index]!
    })
  }

  #weighAll(): number[] {
    const began = performance.now()
    const weights = this.#objects.map((object, index) => (object ? this.#containers[index]!.weigh(object) : 0))
    this.#spent += performance.now() - began
    return weights
  }

  /** What has more in it than it would have without this evaluation. */
  grown(): Grown[] {
    return this.#containers.flatMap((container, index) => {
      const removed = Math.max(0, this.#atFirst[index]! - (this.#beforeEvaluation?.[index] ?? 0))
      const by = this.#added[index]! - removed
      return by > 0 ? { container, by } : []
    })
  }
}
