/** What an evaluation has shown, once it is over. */
import type { Thrown } from './suspects.ts'

/** Something that modules add to another module, the receiver. When one of them is re-evaluated, the receiver is, too. */
export interface Contribution {
  /** The URLs of the modules, without `ver`. Several, if it is not known which of them. */
  readonly contributors: readonly string[]
  /** The URL of the module that holds what was added. */
  readonly receiver: string
  /** The name of the variable or property that has grown; empty if it is not known. */
  readonly name: string
  /** The package that is re-evaluated with them: it would refuse what it was given before. */
  readonly package?: string
}

/** An evaluation threw. */
export interface Failure {
  readonly error: unknown
  /** What refused it, if it was not the new version's own code: something that an old version left may be in the way. */
  readonly thrown: Thrown | undefined
  /**
   * The modules that may hold what is in the way. Call this when it is known that a fresh process would not throw. If the next
   * evaluation succeeds after they were re-evaluated, they are remembered.
   */
  suspects(): readonly Contribution[]
  /**
   * The importers of packages that are to be re-evaluated themselves. Call this when it was no use to re-evaluate the suspects: from
   * then on these packages are renewed, unless the next evaluation throws.
   */
  packages(): readonly Contribution[]
}

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
