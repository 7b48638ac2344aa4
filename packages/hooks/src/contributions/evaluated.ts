/** What an evaluation has shown, once it is over. */
import type { Contribution, Failure } from './contributions.ts'

/** How an evaluation ended. */
export interface Evaluated {
  readonly failure: Failure | undefined
  /** What it newly added to other modules: they must be re-evaluated with it. */
  readonly left: readonly Contribution[]
  /** Why a restart is needed: something is left on an object of Node. */
  readonly restart: string | undefined
  /** The modules that may hold what is in the way, if the evaluation did not do what a fresh process does. */
  suspects(): readonly Contribution[]
  /** The ids of the modules that were evaluated. */
  readonly evaluated: readonly string[]
}
