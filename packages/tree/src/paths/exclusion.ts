/** Which paths are left out of a tree. */
import { folderOf } from './paths.ts'

/** What is left out of a tree: folders named `node_modules` or `.git` always, and whatever the tree's user leaves out. */
export class Exclusion {
  readonly #excludedByUser: ((path: string, isFolder: boolean) => boolean) | undefined
  /** For each folder that was asked about: is it, or any folder above it, left out? */
  readonly #folders = new Map<string, boolean>()

  constructor(excludedByUser: ((path: string, isFolder: boolean) => boolean) | undefined) {
    this.#excludedByUser = excludedByUser
  }

  /** Is a path itself left out? The folders above it are in the tree. */
  excludes(path: string, isFolder: boolean): boolean {
    if (isFolder && (path.endsWith('/node_modules') || path.endsWith('/.git'))) return true
    return this.#excludedByUser?.(path, isFolder) === true
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
