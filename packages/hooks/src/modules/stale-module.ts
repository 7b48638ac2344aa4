/** A module that a change makes stale, and why. */
import type { Step } from '@hot/graph'
import type { HotModule } from './module.ts'

export interface StaleModule {
  readonly module: HotModule
  /** The ids through which the change arrived, from the one that changed to the module's own. */
  readonly chain: readonly string[]
  /** Whether its superseded version was ever handed to Node. */
  readonly loaded: boolean
}

/** The chain may be long, so it is built when it is asked for, not before. */
export class StaleStep implements StaleModule {
  readonly module: HotModule
  readonly loaded: boolean
  readonly #step: Step

  constructor(module: HotModule, step: Step) {
    this.module = module
    this.loaded = module.loaded
    this.#step = step
  }

  get chain(): readonly string[] {
    return this.#step.chain
  }
}
