/** The options of a tree. */
import type { WatchSeams } from './watching/watches.ts'

export interface TreeOptions {
  /**
   * Leaves out files, and folders with all below them. Paths are `/a/b`. Comes on top of what is always out: folders
   * named `node_modules` or `.git`. It is called often, also for paths that do not exist, and its answer may be remembered:
   * let it be quick, and depend on nothing but its arguments.
   */
  exclude?(path: string, isDirectory: boolean): boolean
  /**
   * Leaves out files until `tree.include` asks for them, one by one: files that may be needed, and mostly are not. Called as
   * `exclude` is.
   */
  onDemand?(path: string): boolean
  /** For tests only: stands in for the operating system. `read` runs before each reading of a path. */
  testing?: Partial<WatchSeams & { queue: number; read(path: string): void }>
}
