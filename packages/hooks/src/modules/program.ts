/** What the trees of one graph share: their modules, the graph, the scopes, and the entry point of the process. */
import { Scope, Scopes } from '@hot/dispose'
import type { ModuleGraph } from '@hot/graph'
import { type FileTree, nextVersion } from '@hot/tree'
import type { Aftermath } from './aftermath.ts'
import { HotModule, type LinkCheck, type ModuleHost, type Resolved } from './module.ts'
import { PackageImports } from './package-imports.ts'
import { Registry } from './registry.ts'
import { type StaleModule, StaleStep } from './stale-module.ts'
import { UpdateQueue } from './update-queue.ts'
import { versionIn } from './version-url.ts'

/** What several trees with one graph share. */
export class Program implements ModuleHost {
  readonly graph: ModuleGraph
  readonly scopes: Scopes
  readonly queue = new UpdateQueue()
  /** What comes after an update; set once the hooks are complete. */
  afterUpdate: Aftermath | undefined
  /** What modules leave on others; set once the hooks are complete. */
  contributions: { evaluationBegan(module: HotModule): void } | undefined
  /** Who wants to know what is disposed and evaluated; set once the hooks are complete. */
  reports: { evaluationBegan(module: HotModule): void; disposed(id: string, duration: number): void } | undefined
  /** What importers outside all trees have resolved; they are evaluated once and never become stale. */
  readonly resolvedFromOutside = new Map<string, Map<string, Resolved>>()
  /** Who imports which package. */
  readonly packageImports = new PackageImports()
  /** The entry point of the process, if it lies in a tree. */
  entry: HotModule | undefined
  /** Whether Node has asked for the entry point, wherever it lies. */
  isEntryResolved = false
  /** Whether a compiler above renames CommonJS TypeScript with a query. */
  tsxRenamesQueries = false
  /** Called with the URL of each module of Node that is asked for, before it is loaded. */
  builtinAsked: ((url: string) => void) | undefined
  /** The link check that is under way. */
  linkCheck: LinkCheck | undefined
  /** Is this file or folder generated, so that what packages read there concerns no module? */
  isGenerated: ((place: string) => boolean) | undefined
  /** Called with each file that is loaded from outside the trees and the packages. */
  loadedOutside: ((url: string) => void) | undefined
  readonly #registry: Registry

  constructor(graph: ModuleGraph, disposeTimeout: number | undefined) {
    this.graph = graph
    this.scopes = new Scopes({
      ...(disposeTimeout === undefined ? {} : { disposeTimeout }),
      onDisposed: (id, duration) => this.reports?.disposed(id, duration),
    })
    this.#registry = new Registry((id, { tree, path }) => {
      const module = new HotModule(this, id, tree, path)
      graph.setVersion(id, module.file?.version ?? nextVersion())
      return module
    })
  }

  get trees(): readonly FileTree[] {
    return this.#registry.trees
  }

  /** The modules by the URL under which Node knows their current version. */
  get current(): Map<string, HotModule> {
    return this.#registry.current
  }

  addTree(tree: FileTree): void {
    this.#registry.addTree(tree)
    this.forgetResolutions()
  }

  removeTree(tree: FileTree): void {
    for (const module of this.#registry.removeTree(tree)) this.graph.delete(module.id)
    this.forgetResolutions()
  }

  /** The module with this id, if it was ever asked for. */
  byId(id: string): HotModule | undefined {
    return this.#registry.byId(id)
  }

  all(): Iterable<HotModule> {
    return this.#registry.all()
  }

  /** The modules whose source is this file: one for each query string it was imported with. */
  modulesOfFile(tree: FileTree, path: string): readonly HotModule[] {
    return this.#registry.ofFile(tree, path)
  }

  /**
   * The module that a URL names, if its file lies in a tree, whether or not that file exists. One that was never asked for is
   * created.
   */
  findOrCreate(url: string): HotModule | undefined {
    return this.#registry.findOrCreate(url)
  }

  /** Whether a URL lies in one of the trees. */
  contains(url: string): boolean {
    return this.#registry.locate(url) !== undefined
  }

  /** The same for a file that is imported: the trees take what they left out only because nobody had asked for it. */
  findOrInclude(url: string): HotModule | undefined {
    return this.#registry.findOrCreate(url) ?? this.#registry.include(url)
  }

  /** Node has found what is in none of the trees, or not known to be. A link check is no importer. */
  asked(url: string, importer: string | undefined): void {
    if (url.startsWith('node:')) this.builtinAsked?.(url)
    else if (importer !== undefined) this.packageImports.add(url, importer)
  }

  setEntry(url: string): void {
    this.entry = this.findOrCreate(url)
    this.entry?.becomeEntry()
  }

  /** Node asked for the source of a module's current version: an evaluation begins, with no edges as yet. */
  evaluationBegan(module: HotModule): void {
    if (module.loaded) return
    module.loaded = true
    module.outdated = false
    module.evaluations++
    this.contributions?.evaluationBegan(module)
    this.reports?.evaluationBegan(module)
    this.afterUpdate?.unfinished.add(module)
    if (module.generation > 0) this.afterUpdate?.evaluationBegan(module, this.graph.dependenciesOf(module.id))
    this.graph.setDependencies(module.id, [])
  }

  /**
   * Records an edge. `require` knows its importer by the file's name only: of the ids of that file, any that is loaded may be
   * the importer, so all of them are.
   */
  addEdge(importer: HotModule, module: HotModule, byFilename: boolean): void {
    this.graph.addDependency(importer.id, module.id)
    if (!byFilename) return
    for (const other of this.modulesOfFile(importer.tree, importer.path)) {
      if (other !== importer && other !== module && other.loaded) this.graph.addDependency(other.id, module.id)
    }
  }

  /** A package imports a module: the entry point stands for it, unless it is what the package has generated for itself. */
  addEdgeOfPackage(module: HotModule): void {
    module.importedByPackage = true
    module.isPackagesOwn = this.isGenerated?.(module.filename) === true
    if (!module.isPackagesOwn) this.graph.addDependency(this.entry!.id, module.id)
  }

  /** The modules that a change of these ids makes stale, importers before their dependencies. */
  plan(ids: Iterable<string>): StaleModule[] {
    const stale: StaleModule[] = []
    for (const step of this.graph.plan(ids)) {
      const module = this.byId(step.id)
      if (module) stale.push(new StaleStep(module, step))
    }
    return stale
  }

  /** The ids of all modules, or those of one tree: importers before their dependencies. */
  idsImportersFirst(tree?: FileTree): string[] {
    const ids = this.graph.plan(this.#registry.ids()).map(({ id }) => id)
    return tree ? ids.filter(id => this.byId(id)?.tree === tree) : ids
  }

  /**
   * The lifetime of one evaluation: of the version given, else of the current one. For a superseded version it is disposed
   * already. Throws a `TypeError` for a URL outside all trees.
   */
  scopeOf(url: string): Scope {
    const module = this.findOrCreate(url)
    if (!module) throw new TypeError(`${url} is not a module of ${this.trees.map(tree => tree.root).join(' or ')}`)
    const version = versionIn(url) ?? module.version
    if (version === module.version && module.scopedVersion !== version) {
      module.scopedVersion = version
      return this.scopes.open(module.id, version)
    }
    const scope = this.scopes.find(module.id, version)
    if (scope) return scope
    const ended = new Scope(module.id)
    void ended.dispose()
    return ended
  }

  /** How many versions of each file are in memory, by its URL. */
  versionsInMemory(): Map<string, number> {
    const versions = new Map<string, number>()
    for (const module of this.all()) {
      const count = (module.loaded ? 1 : 0) + (this.afterUpdate?.supersededVersions.count(module) ?? 0)
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
    this.resolvedFromOutside.clear()
    for (const module of this.all()) module.resolutions = undefined
  }
}
