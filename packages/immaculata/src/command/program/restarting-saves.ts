/** Saves that no re-evaluation makes live: what a process reads once, and what the user named. */
import type { FinishedUpdate, Hot } from '@hot/hooks'
import { includes } from '../shared/followed-files.ts'
import type { Options } from '../shared/options.ts'
import { restartReason } from '../shared/restart-reasons.ts'

/** Why a save restarts the program: each reason. The patterns of `include` are for files that nothing imports or reads: with `reload`, pages follow them. */
export function restartReasons(
  { changes, stale }: FinishedUpdate,
  { tree }: Hot,
  { include, reload }: Options,
): string[] {
  const isNamed = includes(reload ? [] : include)
  const isUsed = (path: string) => stale.some(({ chain: [id] }) => id !== undefined && tree.pathOf(id) === path)
  return changes.flatMap(({ path }) => {
    const isIncluded = isNamed(path) && !isUsed(path)
    return restartReason(path) ?? (isIncluded ? `${path.slice(1)} changed (--include)` : [])
  })
}
