/** The tree of a program, and its hooks: which files belong to it, and what becomes of those that do not. */
import { type Hot, useTree } from '@hot/hooks'
import type { FileTree } from '../../tree.ts'
import { findRoot, projectFolder } from '../shared/find-root.ts'
import { generatedPlaces, openTree } from '../shared/followed-files.ts'
import type { Options } from '../shared/options.ts'
import type { Entry } from './entry.ts'

export function openProgram(
  { filename, url }: Entry,
  options: Options,
): { readonly tree: FileTree; readonly hot: Hot } {
  const root = options.root ?? findRoot(projectFolder(filename))
  const tree = openTree(root, filename, options)
  const hot = useTree(tree, {
    entry: url,
    ...(options.contributions === false && { contributions: false }),
    isGenerated: generatedPlaces(root, filename),
    loadedOutside: outside =>
      hot.restartWhenChanged(outside, 'it lies outside the folder that is hot (a --root that holds both makes it hot)'),
  })
  return { tree, hot }
}
