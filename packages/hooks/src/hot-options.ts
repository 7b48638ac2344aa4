/** The options of a handle, and the figures that it gives. */
import type { ModuleGraph } from '@hot/graph'

export interface HotOptions {
  /** Another handle's graph: the trees of both then make up one program, and may import each other. */
  graph?: ModuleGraph
  /** How long one module's cleanup may take before it is given up on and named, in ms. Default 5,000. */
  disposeTimeout?: number
  /**
   * The URL of the process's entry point, when it lies in the tree and Node is about to load it: in every
   * evaluation it then sees what an entry point sees, and it stands in for importers outside the trees, which cannot be
   * re-evaluated themselves.
   */
  entry?: string
  /**
   * Called with the URL of each file that is loaded and lies outside all trees and all packages: a change of it is not followed,
   * unless `hot.restartWhenChanged()` is called with it.
   */
  loadedOutside?: (url: string) => void
  /**
   * Whether a file or folder, given by its path, is generated. What a package reads there for a module is no dependency of the module:
   * a framework keeps its build there. What the module reads itself is one.
   */
  isGenerated?: (path: string) => boolean
  /** Whether superseded versions are given back to the garbage collector. Default true. */
  reclaim?: boolean
  /**
   * Whether what modules leave on each other is looked for. Default true. It takes idle time, and a little at each update; without it,
   * an update re-evaluates only what changed and what imports it.
   */
  contributions?: boolean
}

export interface HotStats {
  /** Modules of all trees whose current version is loaded. */
  modules: number
  /** How often a version of a module was loaded. */
  evaluated: number
  /** Superseded versions whose memory was given back. */
  reclaimed: number
  /** Bytes of all files in the trees. */
  bytes: number
  /**
   * How many versions of it are in memory, for the URL of each file that is loaded: more than one where superseded versions
   * were not collected yet, or are held by what they opened. A CommonJS version counts for as long as its `module.exports` is
   * in memory.
   */
  readonly versions: ReadonlyMap<string, number>
}
