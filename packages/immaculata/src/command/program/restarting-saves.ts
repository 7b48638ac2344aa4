/** Saves that no re-evaluation makes live: what a process reads once, and what the user named. */
import { relative } from 'node:path'
import type { FinishedUpdate, Hot, StagedUpdate } from '@hot/hooks'
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

/** Why a save restarts a program whose modules were loaded by a tool outside the tree: that cannot be re-evaluated. */
export function reasonOutside(
  { changes, stale }: StagedUpdate,
  hot: Hot,
  entry: string,
  supervised: boolean,
): string | undefined {
  if (hot.entry !== undefined || !stale.some(({ module, loaded }) => loaded && module.importedFromOutside))
    return undefined
  const changed = changes.map(({ path }) => path.slice(1)).join(', ') || 'a module'
  const loader = relative(process.cwd(), entry)
  const remedy = supervised
    ? ''
    : ': to have it hot, start the file itself, with immaculata in place of node (PM2: interpreter "immaculata")'
  return `${changed} changed, and ${loader}, which loaded it, cannot be re-evaluated${remedy}`
}
