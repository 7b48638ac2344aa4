/** Changed files, in few words. */
import type { Change } from '@hot/tree'

/** `a.js changed`, `a.js changed, b.js added`, `12 files changed`. */
export function summary(changes: readonly Pick<Change, 'path' | 'kind'>[]): string {
  const [first] = changes
  if (changes.length > 3) return `${changes.length} files changed`
  const kinds = new Set(changes.map(({ kind }) => kind))
  if (kinds.size === 1) return `${changes.map(({ path }) => path.slice(1)).join(', ')} ${first!.kind}`
  return changes.map(({ path, kind }) => `${path.slice(1)} ${kind}`).join(', ')
}
