/**
 * What the trees of one graph share: which URL is which module, in which tree its file is, and which version of it is
 * current.
 */
import { Scope, Scopes } from '@hot/dispose'
import type { ModuleGraph, Step } from '@hot/graph'
import { type FileTree, nextVersion, type TreeFile } from '@hot/tree'
import { dropSuperseded, loadedExports } from '../loading/require-esm.ts'
import { HotModule, idOf, type LinkCheck, type Owner, type Resolved, type StaleModule, versionIn } from './module.ts'
import type { Versions } from './superseded-versions.ts'

/** A long chain is spelled out when somebody asks for it, not before. */
class Stale implements StaleModule {
  readonly module: HotModule
  readonly loaded: boolean
  readonly #step: Step

  constructor(module: HotModule, step: Step) {
    this.module = module
    this.loaded = module.loaded
    this.#step = step
  }

  get chain(): readonly string[] {
    return this.#step.chain
  }
}

/** What comes after an update, once it has settled. */
export interface Aftermath {
  readonly versions: Versions
  /** How many superseded versions were given back. */
  readonly reclaimed: number
  /** Modules that Node was given and that were not yet seen to be evaluated. */
  readonly unfinished: Set<HotModule>
  /** A module that was invalidated before is loaded again. */
  began(module: HotModule, dependencies: readonly string[]): void
  /** Nothing asks Node for these URLs any more: those of a module's superseded version, its own first. */
  superseded(urls: Iterable<string>, module?: HotModule): void
  /** The same for a URL that is asked for again: it cannot wait. */
  forget(url: string): void
  /** The files of these modules' importers were removed: they may be unused now. */
  lost(ids: readonly string[]): void
  takeUnfinished(): HotModule[]
  unlinkedBelow(module: HotModule): Iterable<HotModule>
  bypassCache(): void
  /** What a module threw that `import()` has evaluated. */
  errorOf(module: HotModule): { readonly error: unknown } | undefined
  isNaming(file: TreeFile): boolean
  /** After the hooks: what is compiled is Node's business again. */
  end(): void
}

/** What several trees with one graph share. */
export class Program implements Owner {
  readonly graph: ModuleGraph
  readonly scopes: Scopes
  readonly trees: FileTree[] = []
  /** What comes after an update; set once the hooks are complete. */
  sweep: Aftermath | undefined
  /** What importers outside all trees have resolved; they are evaluated once and never become stale. */
  readonly outside = new Map<string, Map<string, Resolved>>()
  /** The entry point of the process, if it lies in a tree. */
  entry: HotModule | undefined
  /** Whether a compiler above renames CommonJS TypeScript with a query. */
  renamer = false
  /** The link check that is under way. */
  linking: LinkCheck | undefined
  /** Sources that Node was given of modules that imported nothing yet, oldest first: they may not even parse. */
  readonly unlinked = new Map<HotModule, TreeFile>()
  /** The modules by the URL under which Node knows their current version. */
  readonly current = new Map<string, HotModule>()
  readonly #modules = new Map<string, HotModule>()
  readonly #byPath = new Map<FileTree, Map<string, HotModule[]>>()
  #queue: Promise<unknown> = Promise.resolve()

  constructor(graph: ModuleGraph, disposeTimeout: number | undefined) {
    this.graph = graph
    this.scopes = new Scopes(disposeTimeout === undefined ? {} : { disposeTimeout })
  }

  add(tree: FileTree): void {
    this.trees.push(tree)
    // A tree may lie in another one's folder: the innermost answers first.
    this.trees.sort((a, b) => b.root.length - a.root.length)
    this.#byPath.set(tree, new Map())
    this.forgetResolutions()
  }

  remove(tree: FileTree): void {
    this.trees.splice(this.trees.indexOf(tree), 1)
    for (const modules of this.#byPath.get(tree)?.values() ?? []) {
      for (const module of modules) {
        this.#modules.delete(module.id)
        this.current.delete(module.url)
        this.graph.delete(module.id)
      }
    }
    this.#byPath.delete(tree)
    this.forgetResolutions()
  }

  /** The module with this id, if it was ever asked for. */
  get(id: string): HotModule | undefined {
    return this.#modules.get(id)
  }

  all(): Iterable<HotModule> {
    return this.#modules.values()
  }

  /** The modules whose source is this file: one for each query string it was imported with. */
  of(tree: FileTree, path: string): readonly HotModule[] {
    return this.#byPath.get(tree)?.get(path) ?? []
  }

  /** The module that a URL names, if its file lies in a tree, whether or not that file exists. */
  find(url: string): HotModule | undefined {
    const current = this.current.get(url)
    if (current) return current
    const id = idOf(url)
    const known = this.#modules.get(id)
    if (known) return known
    const place = this.locate(id)
    return place && this.#create(id, place.tree, place.path)
  }

  /** Where a URL lies: in the innermost tree that does not leave it out. */
  locate(url: string): { tree: FileTree; path: string } | undefined {
    for (const tree of this.trees) {
      const path = tree.pathOf(url)
      if (path !== undefined && path !== '/' && (tree.files.has(path) || !tree.excludes(path))) return { tree, path }
    }
    return undefined
  }

  #create(id: string, tree: FileTree, path: string): HotModule {
    const module = new HotModule(this, id, tree, path)
    this.#modules.set(id, module)
    const paths = this.#byPath.get(tree)!
    const sharing = paths.get(path)
    if (sharing) sharing.push(module)
    else paths.set(path, [module])
    this.graph.setVersion(id, module.file?.version ?? nextVersion())
    return module
  }

  setEntry(url: string): void {
    this.entry = this.find(url)
    this.entry?.becomeEntry()
  }

  /** Node asked for the source of a module's current version: an evaluation begins, with no edges as yet. */
  began(module: HotModule): void {
    if (module.loaded) return
    module.loaded = true
    module.outdated = false
    module.evaluations++
    this.sweep?.unfinished.add(module)
    if (module.generation > 0) this.sweep?.began(module, this.graph.dependenciesOf(module.id))
    this.graph.setDependencies(module.id, [])
  }

  /**
   * Gives modules, and all that is stale with them, a new version; drops what Node holds of the superseded ones. The one
   * place where a version ends; nothing in it waits.
   */
  supersede(ids: Iterable<string>): StaleModule[] {
    const stale = this.plan(ids)
    const urls = stale.map(({ module }) => module.url)
    this.graph.invalidate(ids)
    stale.forEach(({ module, loaded }, index) => {
      const url = urls[index]!
      module.invalidated()
      if (!loaded) return
      module.outdated = true
      this.#letGo(module, url)
    })
    return stale
  }

  #letGo(module: HotModule, url: string): void {
    const exports = module.commonjs ? loadedExports(module)?.exports : undefined
    if (exports !== undefined) this.sweep?.versions.add(module, exports)
    const imported = exports === undefined ? module : undefined
    // `require()` takes a file of any other extension for JavaScript, and the ESM loader keeps it by its name if it is a module.
    if (module.commonjs && !/\.(?:[cm]?[jt]s|json)$/.test(module.path)) this.sweep?.forget(module.id)
    this.sweep?.superseded([url, ...dropSuperseded(module, url)], imported)
  }

  /**
   * Gives a new version to what was loaded and did not finish, and is not stale anyway; its importers are not touched. A
   * CommonJS module that threw would seem evaluated to its second importer, and an ES module that did not link could not be
   * required (`ERR_REQUIRE_ESM_RACE_CONDITION`).
   */
  renewUnfinished(ids: Iterable<string>): string[] {
    const unfinished = this.sweep?.takeUnfinished() ?? []
    if (unfinished.length === 0) return []
    const stale = new Set(this.graph.plan(ids).map(({ id }) => id))
    const renewed = unfinished.filter(({ id }) => !stale.has(id))
    for (const module of renewed) this.#renew(module)
    return renewed.map(({ id }) => id)
  }

  /** Gives a new version to what keeps a module from being linked, for Node to say anew what is wrong with it. */
  renewUnlinked(module: HotModule): void {
    for (const unlinked of this.sweep?.unlinkedBelow(module) ?? []) this.#renew(unlinked)
  }

  #renew(module: HotModule): void {
    const { url } = module
    this.graph.setVersion(module.id, nextVersion())
    module.invalidated()
    // Its importers, which failed with it, depend on what it imports all the same.
    module.outdated = false
    this.sweep?.superseded([url, ...dropSuperseded(module, url)])
  }

  /**
   * Records an edge. `require` knows its importer by the file's name only: whichever ids of that file are loaded, one of them
   * asked.
   */
  addEdge(importer: HotModule, module: HotModule, byFilename: boolean): void {
    this.graph.addDependency(importer.id, module.id)
    if (!byFilename) return
    for (const other of this.of(importer.tree, importer.path)) {
      if (other !== importer && other !== module && other.loaded) this.graph.addDependency(other.id, module.id)
    }
  }

  /** The modules that a change of these ids makes stale, importers before their dependencies. */
  plan(ids: Iterable<string>): StaleModule[] {
    const stale: StaleModule[] = []
    for (const step of this.graph.plan(ids)) {
      const module = this.#modules.get(step.id)
      if (module) stale.push(new Stale(module, step))
    }
    return stale
  }

  /** The ids of all modules, or those of one tree: importers before their dependencies. */
  order(tree?: FileTree): string[] {
    const ids = this.graph.plan(this.#modules.keys()).map(({ id }) => id)
    return tree ? ids.filter(id => this.#modules.get(id)?.tree === tree) : ids
  }

  /**
   * The lifetime of one evaluation: of the version given, else of the current one. For a superseded version it is disposed
   * already. Throws a `TypeError` for a URL outside all trees.
   */
  scopeOf(url: string): Scope {
    const module = this.find(url)
    if (!module) throw new TypeError(`${url} is not a module of ${this.trees.map(tree => tree.root).join(' or ')}`)
    const version = versionIn(url) ?? module.version
    if (version === module.version && module.scoped !== version) {
      module.scoped = version
      return this.scopes.open(module.id, version)
    }
    const scope = this.scopes.find(module.id, version)
    if (scope) return scope
    const ended = new Scope(module.id)
    void ended.dispose()
    return ended
  }

  /** How many versions of each file are in memory, by its URL. */
  versions(): Map<string, number> {
    const versions = new Map<string, number>()
    for (const module of this.all()) {
      const count = (module.loaded ? 1 : 0) + (this.sweep?.versions.count(module) ?? 0)
      if (count === 0) continue
      const url = module.tree.urlOf(module.path)
      versions.set(url, (versions.get(url) ?? 0) + count)
    }
    return versions
  }

  /** Errors of cleanups and callbacks go where a listener's go. */
  report(error: unknown): void {
    if (error !== undefined) this.trees[0]?.emit('error', error)
  }

  /** A file appeared or vanished: what a specifier means may be different now. */
  forgetResolutions(): void {
    this.outside.clear()
    for (const module of this.#modules.values()) module.memo = undefined
  }

  /** Runs one update at a time, over all trees. Returns when it is this caller's turn; call the result when done. */
  async turn(): Promise<() => void> {
    let done!: () => void
    const before = this.#queue
    this.#queue = new Promise<void>(resolve => {
      done = resolve
    })
    await before
    return done
  }
}
