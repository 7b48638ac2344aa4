/** Which URL is which module, and in which tree its file is. */
import type { FileTree } from '@hot/tree'
import type { HotModule } from './module.ts'
import { idOf } from './version-url.ts'

/** Where a URL lies. */
export interface Located {
  readonly tree: FileTree
  readonly path: string
}

export class Registry {
  readonly trees: FileTree[] = []
  /** The modules by the URL under which Node knows their current version. */
  readonly current = new Map<string, HotModule>()
  readonly #create: (id: string, located: Located) => HotModule
  readonly #byId = new Map<string, HotModule>()
  readonly #byPath = new Map<FileTree, Map<string, HotModule[]>>()

  constructor(create: (id: string, located: Located) => HotModule) {
    this.#create = create
  }

  addTree(tree: FileTree): void {
    this.trees.push(tree)
    // A tree may lie in another one's folder: the innermost answers first.
    this.trees.sort((a, b) => b.root.length - a.root.length)
    this.#byPath.set(tree, new Map())
  }

  /** Forgets a tree and its modules, which it returns. */
  removeTree(tree: FileTree): HotModule[] {
    this.trees.splice(this.trees.indexOf(tree), 1)
    const removed = [...(this.#byPath.get(tree)?.values() ?? [])].flat()
    for (const module of removed) {
      this.#byId.delete(module.id)
      this.current.delete(module.url)
    }
    this.#byPath.delete(tree)
    return removed
  }

  /** The module with this id, if it was ever asked for. */
  byId(id: string): HotModule | undefined {
    return this.#byId.get(id)
  }

  all(): Iterable<HotModule> {
    return this.#byId.values()
  }

  ids(): Iterable<string> {
    return this.#byId.keys()
  }

  /** The modules whose source is this file: one for each query string it was imported with. */
  ofFile(tree: FileTree, path: string): readonly HotModule[] {
    return this.#byPath.get(tree)?.get(path) ?? []
  }

  /**
   * The module that a URL names, if its file lies in a tree, whether or not that file exists. One that was never asked for is
   * created.
   */
  findOrCreate(url: string): HotModule | undefined {
    const current = this.current.get(url)
    if (current) return current
    const id = idOf(url)
    const known = this.#byId.get(id)
    if (known) return known
    const located = this.locate(id)
    return located && this.#add(id, located)
  }

  /** The module of a file that a tree takes on demand; this is one. */
  include(url: string): HotModule | undefined {
    for (const tree of this.trees) {
      const path = tree.pathOf(url)
      if (path !== undefined && !path.endsWith('/') && tree.include(path)) return this.findOrCreate(url)
    }
    return undefined
  }

  /** Where a URL lies: in the innermost tree that does not leave it out. */
  locate(url: string): Located | undefined {
    for (const tree of this.trees) {
      const path = tree.pathOf(url)
      if (path !== undefined && path !== '/' && (tree.files.has(path) || !tree.excludes(path))) return { tree, path }
    }
    return undefined
  }

  #add(id: string, located: Located): HotModule {
    const module = this.#create(id, located)
    this.#byId.set(id, module)
    const paths = this.#byPath.get(located.tree)!
    const sharing = paths.get(located.path)
    if (sharing) sharing.push(module)
    else paths.set(located.path, [module])
    return module
  }
}
