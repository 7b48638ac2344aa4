/** Finds the module whose code is running. */
import type { ModuleName } from './call-sites.ts'
import { evaluatedModule, isLoading } from './evaluations.ts'
import { chainStarter, isSuperseded } from './origins.ts'

export interface RunningModule extends ModuleName {
  readonly by: 'evaluation' | 'chain'
  /** A newer version of the module is published: this one may begin nothing any more. */
  readonly superseded: boolean
}

/**
 * The module that is being evaluated, else the one that started the running async chain. Undefined in a request, and in other code that
 * no evaluation started. It costs next to nothing there, and some microseconds elsewhere.
 */
export function runningModule(): RunningModule | undefined {
  const evaluated = isLoading() ? evaluatedModule() : undefined
  if (evaluated) return { ...evaluated, by: 'evaluation', superseded: isSuperseded(evaluated) }
  const starter = chainStarter()
  return starter && { ...starter, by: 'chain' }
}
