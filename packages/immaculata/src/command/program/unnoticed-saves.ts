/**
 * For `--verbose`: why a save did nothing. What happens in the folders of the tree comes in; a line for each save of which nothing else is
 * said goes out.
 */
import { type FSWatcher, readFileSync, watch } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FileTree } from '../../tree.ts'

/** After so many ms, a save has been noticed by the tree, or never will be. */
const noticed = 400

export class UnnoticedSaves {
  readonly #tree: FileTree
  readonly #say: (text: string) => void
  readonly #watchers: FSWatcher[] = []
  /** The paths that something happened to, with the timers that look at them. */
  readonly #touched = new Map<string, NodeJS.Timeout>()

  constructor(tree: FileTree, say: (text: string) => void) {
    this.#tree = tree
    this.#say = say
    const folders = new Set([...tree.files.keys()].map(path => dirname(path)))
    for (const folder of folders) {
      try {
        const watcher = watch(fileURLToPath(tree.urlOf(folder)), { persistent: false }, (_, name) => {
          if (name !== null) this.#touch(folder === '/' ? `/${name}` : `${folder}/${name}`)
        })
        watcher.on('error', () => watcher.close())
        this.#watchers.push(watcher)
      } catch {
        // It is gone already.
      }
    }
  }

  /** The tree has noticed these. */
  noticed(paths: Iterable<string>): void {
    for (const path of paths) {
      clearTimeout(this.#touched.get(path))
      this.#touched.delete(path)
    }
  }

  #touch(path: string): void {
    clearTimeout(this.#touched.get(path))
    const timer = setTimeout(() => {
      this.#touched.delete(path)
      const why = this.#why(path)
      if (why !== undefined) this.#say(`${path.slice(1)} was touched · ${why}`)
    }, noticed).unref()
    this.#touched.set(path, timer)
  }

  #why(path: string): string | undefined {
    let bytes: Buffer
    try {
      bytes = readFileSync(fileURLToPath(this.#tree.urlOf(path)))
    } catch {
      return undefined // a folder, or a temporary file of an editor
    }
    const known = this.#tree.files.get(path)
    if (known) return known.content.equals(bytes) ? 'no byte of it differs' : undefined
    if (this.#tree.ignores(path)) return 'it is left alone (--ignore)'
    return 'nothing that runs imports or reads it (git ignores it, or it is no module)'
  }
}
