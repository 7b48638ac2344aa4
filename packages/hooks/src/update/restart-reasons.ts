/** What no module can be re-evaluated for: a change of it needs a new process. */
import type { Evaluations } from '../hot/evaluations.ts'
import type { Program } from '../modules/program.ts'
import type { FinishedUpdate } from './module-updates.ts'

/** Why an update needs a new process: one sentence for each reason. Asks each module that was replaced whether it had declined. */
export function restartReasons(update: FinishedUpdate, evaluations: Evaluations, program: Program): string[] {
  const packages = update.changes
    .filter(({ path }) => path.endsWith('/package.json') && isAboveModules(program, path))
    .map(
      ({ path }) => `${path} changed, and Node keeps what it read of a package.json for as long as the process lives`,
    )
  const declined = update.stale
    .filter(({ module, loaded }) => loaded && evaluations.takeDeclined(module.id))
    .map(({ module }) => `${module.path} changed, and it declines hot updates`)
  return [...packages, ...declined]
}

/** Node reads a package.json for the modules that it loads from below. */
function isAboveModules(program: Program, path: string): boolean {
  const folder = path.slice(0, path.lastIndexOf('/') + 1)
  for (const module of program.all()) if (module.evaluations > 0 && module.path.startsWith(folder)) return true
  return false
}
