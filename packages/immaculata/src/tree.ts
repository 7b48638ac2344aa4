import { useTree } from '@hot/hooks'
import { FileTree as Tree } from '@hot/tree'

/**
 * A folder of the disk in memory, with what its modules need on it. `'moduleInvalidated'` (path) is raised for each module
 * that was replaced, importers first, before `'filesUpdated'`.
 */
export class FileTree extends Tree {
  /**
   * Calls `fn` once, and waits for it, before this evaluation of the module is replaced, or its file removed: give
   * `import.meta.url`. Throws a `TypeError` if that lies outside the tree.
   */
  onModuleInvalidated(url: string | URL, fn: () => unknown): void {
    useTree(this).onModuleInvalidated(url, fn)
  }

  /**
   * Says that a module depends on a file that it does not import: one that it reads, say. Both are URLs. Throws a
   * `TypeError` if one of them lies outside the tree.
   */
  addDependency(importer: string | URL, dependency: string | URL): void {
    useTree(this).addDependency(importer, dependency)
  }
}
