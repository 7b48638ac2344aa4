import { folderOf } from './paths.ts'

/** What is left out of a tree: folders named `node_modules` or `.git` always, and whatever it is asked to leave out besides. */
export class Exclusion {
  readonly #asked: ((path: string, isFolder: boolean) => boolean) | undefined
  /** What was found of folders before: is one, or any above it, left out? */
  readonly #folders = new Map<string, boolean>()

  constructor(asked: ((path: string, isFolder: boolean) => boolean) | undefined) {
    this.#asked = asked
  }

  /** By itself; what lies above it is in the tree. */
  excludes(path: string, isFolder: boolean): boolean {
    if (isFolder && (path.endsWith('/node_modules') || path.endsWith('/.git'))) return true
    return this.#asked?.(path, isFolder) === true
  }

  /** With a folder above it. Remembered for each folder: whoever asks, asks for many files of the same one. */
  excludesAbove(path: string): boolean {
    if (path.includes('/node_modules/') || path.includes('/.git/')) return true
    return this.#asked !== undefined && this.#excludesFolder(folderOf(path))
  }

  #excludesFolder(folder: string): boolean {
    if (folder === '') return false
    let excluded = this.#folders.get(folder)
    if (excluded === undefined) {
      excluded = this.#excludesFolder(folderOf(folder)) || this.#asked?.(folder, true) === true
      this.#folders.set(folder, excluded)
    }
    return excluded
  }
}
