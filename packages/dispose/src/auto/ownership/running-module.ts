/** Whose code is running. */
import type { ModuleName } from './call-sites.ts'
import { evaluatedModule, isLoading } from './evaluations.ts'
import { chainStarter, isSuperseded } from './origins.ts'

export interface RunningModule extends ModuleName {
  readonly by: 'evaluation' | 'chain'
  /** A newer version of the module is published: this one is to begin nothing any more. */
  readonly superseded: boolean
}

/**
 * Whose code is running: the module that is being evaluated, or else the one that started the running async chain. Undefined
 * in a request, and in whatever else no evaluation has begun. It costs next to nothing there; elsewhere some microseconds.
 */
export function runningModule(): RunningModule | undefined {
  const evaluated = isLoading() ? evaluatedModule() : undefined
  if (evaluated) return { ...evaluated, by: 'evaluation', superseded: isSuperseded(evaluated) }
  const starter = chainStarter()
  return starter && { ...starter, by: 'chain' }
}
