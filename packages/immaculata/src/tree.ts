/** The `FileTree` of this package: that of `@hot/tree`, with the calls that modules need. */
import { useTree } from '@hot/hooks'
import { FileTree as Tree } from '@hot/tree'

/**
 * A folder of the disk in memory, with the calls that its modules need. It raises `'moduleInvalidated'` (path) for each module
 * that was replaced, importers first, before `'filesUpdated'`.
 */
export class FileTree extends Tree {
  /**
   * Calls `fn` once, and awaits it, before this evaluation of the module is replaced, or its file is removed. Pass
   * `import.meta.url`. Throws a `TypeError` if that lies outside the tree.
   */
  onModuleInvalidated(url: string | URL, fn: () => unknown): void {
    useTree(this).onModuleInvalidated(url, fn)
  }

  /**
   * Makes a module depend on a file that it neither imports nor reads while it is evaluated: a file that it reads in a request, say.
   * Both are URLs. Throws a `TypeError` if one of them lies outside the tree.
   */
  addDependency(importer: string | URL, dependency: string | URL): void {
    useTree(this).addDependency(importer, dependency)
  }
}
