/** A plan as a value: what a change makes stale, and why. It holds plain data, and changes nothing. */
import type { Boundary } from '@hot/graph'
import type { Change } from '@hot/tree'
import type { Contribution } from '../contributions/evaluated.ts'
import type { Program } from '../modules/program.ts'

/** A module that a change makes stale. */
export interface PlannedModule {
  /** Its URL without `ver`. */
  readonly id: string
  /** From the module that changed, through importers, to this one. */
  readonly chain: readonly string[]
  /** Whether its current version was ever loaded. If not, there is nothing to dispose or to re-evaluate. */
  readonly loaded: boolean
}

export interface Plan {
  /** Paths in the tree, and those of files outside of it that modules have read. */
  readonly changes: readonly Change[]
  /** What is stale, importers before their dependencies. */
  readonly modules: readonly PlannedModule[]
  /** Why modules are stale that import nothing stale: others add something to them. */
  readonly contributions: readonly Contribution[]
  /** Where the change stops, because a module accepts it. */
  readonly boundaries: readonly Boundary[]
}

/** What is stale if these modules change. `contributions` says why some of them do. */
export function planOf(
  program: Program,
  ids: readonly string[],
  changes: readonly Change[],
  contributions: readonly Contribution[],
): Plan {
  const steps = program.graph.plan(ids)
  const modules: PlannedModule[] = []
  for (const { id, chain } of steps) {
    const module = program.byId(id)
    if (module) modules.push({ id, chain, loaded: module.loaded })
  }
  return {
    changes: [...changes],
    modules,
    contributions: [...contributions],
    boundaries: program.graph.boundaries(steps),
  }
}
