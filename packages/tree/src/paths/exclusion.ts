/** Which paths are left out of a tree. */
import { folderOf } from './paths.ts'

/** What is left out of a tree: folders named `node_modules` or `.git` always, and whatever the tree's user leaves out. */
export class Exclusion {
  readonly #excludedByUser: ((path: string, isFolder: boolean) => boolean) | undefined
  /** For each folder that was asked about: is it, or any folder above it, left out? */
  readonly #folders = new Map<string, boolean>()

  readonly #onDemand: ((path: string) => boolean) | undefined
  /** The files that are taken only on demand, and were demanded. */
  readonly #demanded = new Set<string>()

  constructor(
    excludedByUser: ((path: string, isFolder: boolean) => boolean) | undefined,
    onDemand?: (path: string) => boolean,
  ) {
    this.#excludedByUser = excludedByUser
    this.#onDemand = onDemand
  }

  /** Takes a file from now on, if it was left out only because nobody demanded it. Says whether it was. */
  demand(path: string): boolean {
    if (!this.#isLeftForLater(path) || this.excludesAbove(path) || this.#excludedByUser?.(path, false)) return false
    this.#demanded.add(path)
    return true
  }

  /** Is a path left out even on demand, by itself or with a folder above it? */
  ignores(path: string): boolean {
    if (this.excludesAbove(path) || this.excludes(path, true)) return true
    return this.#excludedByUser?.(path, false) === true
  }

  #isLeftForLater(path: string): boolean {
    return this.#onDemand?.(path) === true && !this.#demanded.has(path)
  }

  /** Is a path itself left out? The folders above it are in the tree. */
  excludes(path: string, isFolder: boolean): boolean {
    if (isFolder && (path.endsWith('/node_modules') || path.endsWith('/.git'))) return true
    return this.#excludedByUser?.(path, isFolder) === true || (!isFolder && this.#isLeftForLater(path))
  }

  /** Is a folder above a path left out? The answer is remembered for each folder, since callers ask for many files in it. */
  excludesAbove(path: string): boolean {
    if (path.includes('/node_modules/') || path.includes('/.git/')) return true
    return this.#excludedByUser !== undefined && this.#excludesFolder(folderOf(path))
  }

  #excludesFolder(folder: string): boolean {
    if (folder === '') return false
    let excluded = this.#folders.get(folder)
    if (excluded === undefined) {
      excluded = this.#excludesFolder(folderOf(folder)) || this.#excludedByUser?.(folder, true) === true
      this.#folders.set(folder, excluded)
    }
    return excluded
  }
}
