/**
 * Waits for the next save for a program that does not run, or that cannot notice the save. Folders and files may be missing when it
 * begins (`git checkout`, a new clone): it waits for those as well.
 */
import { existsSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FileTree } from '../../tree.ts'
import { entryFile } from '../shared/find-root.ts'
import { openTree } from '../shared/followed-files.ts'
import { watchPackages } from '../shared/installed-packages.ts'

/** How often a missing file or folder is looked for, in ms. */
const lookAgain = 200

export interface Waiting {
  readonly root: string
  /** The entry point, as it was given. */
  readonly entry: string
  readonly poll?: number | undefined
  readonly ignore?: readonly string[] | undefined
  /** Saves since this time count as well, by the clock of file times ({@link fileTime}). */
  readonly since: number
}

export class SaveWatch {
  readonly #waiting: Waiting
  readonly #saved: (atOnce: boolean) => void
  readonly #isMissing: (file: string) => void
  #tree: FileTree | undefined
  #stopPackages: (() => void) | undefined
  #timer: NodeJS.Timeout | undefined
  #over = false

  /** Calls `saved` once, when there is an entry point and something was saved (`atOnce`: before this watched); `isMissing` when it has to wait for a file or folder. */
  constructor(waiting: Waiting, saved: (atOnce: boolean) => void, isMissing: (file: string) => void = () => {}) {
    this.#waiting = waiting
    this.#saved = saved
    this.#isMissing = isMissing
    this.#begin(true)
  }

  /** Resolves when every save before this call was noticed. */
  async whenSettled(): Promise<void> {
    await this.#tree?.whenSettled()
  }

  end(): void {
    this.#over = true
    this.#stop()
  }

  #stop(): void {
    clearTimeout(this.#timer)
    this.#stopPackages?.()
    this.#tree?.close()
    this.#tree = undefined
  }

  #begin(isFirst: boolean): void {
    const { root, entry, poll, since } = this.#waiting
    const wanted = existsSync(root) ? resolve(entry) : root
    const file = entryFile(entry)
    if (file === undefined || !existsSync(root)) {
      if (isFirst) this.#isMissing(wanted)
      this.#timer = setTimeout(() => this.#begin(false), lookAgain)
      return
    }
    let tree: FileTree
    try {
      tree = openTree(root, file, this.#waiting)
    } catch {
      this.#timer = setTimeout(() => this.#begin(false), lookAgain) // it vanished in this very moment
      return
    }
    this.#tree = tree
    tree.on('error', () => {})
    tree.watch(poll ? { poll } : {}).once('filesUpdated', () => this.#found())
    // The program may have ended because a package was missing.
    this.#stopPackages = watchPackages(dirname(file), fileURLToPath(tree.root), () => this.#found())
    // What was saved before the watching began is in the tree already, and what was missing is there now.
    if (!isFirst) this.#found()
    else if (isSavedSince(since, tree)) this.#found(true)
  }

  #found(atOnce = false): void {
    if (this.#over) return
    if (entryFile(this.#waiting.entry) === undefined) {
      this.#stop()
      this.#begin(true)
      return
    }
    this.end()
    this.#saved(atOnce)
  }
}

/** Was a file changed since a time? `ctime` tells: a copy may keep `mtime`. */
function isSavedSince(time: number, tree: FileTree): boolean {
  for (const path of tree.files.keys()) {
    const stat = statSync(fileURLToPath(tree.urlOf(path)), { throwIfNoEntry: false })
    if (stat && stat.ctimeMs >= time) return true
  }
  return false
}
