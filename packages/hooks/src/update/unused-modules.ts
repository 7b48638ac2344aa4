/** Closes what modules opened that have no importer any more. */
import type { ModuleGraph } from '@hot/graph'
import type { Evaluations } from '../hot/evaluations.ts'
import type { Program } from '../modules/program.ts'
import type { StaleModule } from '../modules/stale-module.ts'
import { supersede } from '../modules/supersede.ts'

/**
 * Closes the unused modules among `ids` and their dependencies. Only modules that have something to close are touched, together
 * with their importers; a later import re-evaluates them. All others stay as they are. Resolves with those that were closed.
 */
export async function closeUnused(
  program: Program,
  evaluations: Evaluations,
  ids: readonly string[],
): Promise<readonly StaleModule[]> {
  const { scopes, graph } = program
  const below = [...reachableFrom(graph, ids)]
  const opened = below.filter(id => scopes.get(id)?.disposed === false || evaluations.hasPruneCallbacks(id))
  if (opened.length === 0) return []
  const roots = [...program.all()]
    .filter(module => module.importedFromOutside || module.isPackagesOwn)
    .map(module => module.id)
  const used = reachableFrom(graph, roots)
  const unused = graph.plan(opened.filter(id => !used.has(id))).map(step => step.id)
  if (unused.length === 0) return []
  const closed = program.plan(unused)
  const closing = evaluations.prune(unused)
  // Before the closing is awaited: an import during it has to get another version.
  supersede(program, unused)
  await closing
  return closed
}

/** These ids, and everything that they depend on, directly or not. */
export function reachableFrom(graph: ModuleGraph, ids: readonly string[]): Set<string> {
  const reached = new Set(ids)
  for (const id of reached) for (const dependency of graph.dependenciesOf(id)) reached.add(dependency)
  return reached
}
