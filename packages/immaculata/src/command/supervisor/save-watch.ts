/**
 * Waits for the next save on behalf of a program that does not run, or that cannot notice it. Folders and files may be missing when
 * it begins (`git checkout`, a clone over it): it waits for those as well.
 */
import { existsSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FileTree } from '../../tree.ts'
import { entryFile } from '../shared/find-root.ts'
import { openTree } from '../shared/followed-files.ts'
import { watchPackages } from '../shared/restart-reasons.ts'

/** How often something is looked for that is not there, in ms. */
const lookAgain = 200

/** File times come from a clock that may lag behind, in ms. */
const clockLag = 5

export interface Waiting {
  readonly root: string
  /** As it was given. */
  readonly entry: string
  readonly poll?: number | undefined
  readonly ignore?: readonly string[] | undefined
  /** Saves since this time, in ms, count as well. */
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
      this.#timer = setTimeout(() => this.#begin(false), lookAgain) // it went in this very moment
      return
    }
    this.#tree = tree
    tree.on('error', () => {})
    tree.watch(poll ? { poll } : {}).once('filesUpdated', () => this.#found())
    // It may have ended because a package was missing.
    this.#stopPackages = watchPackages(dirname(file), fileURLToPath(tree.root), () => this.#found())
    // What was saved before the watch was on is in the tree already; and what was missing has come.
    if (!isFirst) this.#found()
    else if (isNewerThan(since - clockLag, tree)) this.#found(true)
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

/** By the time at which a file was changed in any way: a copy may keep the time of its content. */
function isNewerThan(time: number, tree: FileTree): boolean {
  for (const path of tree.files.keys()) {
    const stat = statSync(fileURLToPath(tree.urlOf(path)), { throwIfNoEntry: false })
    if (stat && stat.ctimeMs > time) return true
  }
  return false
}
