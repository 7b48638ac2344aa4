/** What no module can be re-evaluated for: a change of it needs a new process. */
import type { Evaluations } from '../hot/evaluations.ts'
import type { FinishedUpdate } from './module-updates.ts'

/** Why an update needs a new process: one sentence for each reason. Asks each module that was replaced whether it had declined. */
export function restartReasons(update: FinishedUpdate, evaluations: Evaluations): string[] {
  const packages = update.changes
    .filter(({ path }) => path.endsWith('/package.json'))
    .map(
      ({ path }) => `${path} changed, and Node keeps what it read of a package.json for as long as the process lives`,
    )
  const declined = update.stale
    .filter(({ module, loaded }) => loaded && evaluations.takeDeclined(module.id))
    .map(({ module }) => `${module.path} changed, and it declines hot updates`)
  return [...packages, ...declined]
}
