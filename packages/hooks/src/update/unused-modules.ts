/** Modules that nobody imports any more: what they opened is closed. */
import type { ModuleGraph } from '@hot/graph'
import type { Evaluations } from '../hot/evaluations.ts'
import type { Program } from '../modules/program.ts'
import { supersede } from '../modules/supersede.ts'

/**
 * Closes those of `ids`, and of what lies below them, that nobody imports any more. Only a module that has something to close is
 * touched, with its importers: a later import re-evaluates them. All others stay as they are.
 */
export async function closeUnused(program: Program, evaluations: Evaluations, ids: readonly string[]): Promise<void> {
  const { scopes, graph } = program
  const below = [...reachableFrom(graph, ids)]
  const opened = below.filter(id => scopes.get(id)?.disposed === false || evaluations.hasPruneCallbacks(id))
  if (opened.length === 0) return
  const roots = [...program.all()].filter(module => module.importedFromOutside).map(module => module.id)
  const used = reachableFrom(graph, roots)
  const unused = graph.plan(opened.filter(id => !used.has(id))).map(step => step.id)
  if (unused.length === 0) return
  const closing = evaluations.prune(unused)
  // At once: who asks for one of them while it is being closed gets another.
  supersede(program, unused)
  await closing
}

/** These ids, and everything that they depend on, directly or not. */
export function reachableFrom(graph: ModuleGraph, ids: readonly string[]): Set<string> {
  const reached = new Set(ids)
  for (const id of reached) for (const dependency of graph.dependenciesOf(id)) reached.add(dependency)
  return reached
}
