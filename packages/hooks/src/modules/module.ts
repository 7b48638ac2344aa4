/**
 * What is known of the modules of all trees. URLs and files come in from the hooks; out go each module's id, its current
 * version's URL, and which modules are stale. The invariant: of each module, exactly one version is current, and Node is never
 * told of another one's URL.
 *
 * This file: one module of a tree, and what is known of its current version.
 */
import { fileURLToPath } from 'node:url'
import type { ModuleGraph } from '@hot/graph'
import type { FileTree, TreeFile } from '@hot/tree'
import type { Aftermath } from './aftermath.ts'
import { requiredFormatOf } from './format.ts'
import type { StaleModule } from './stale-module.ts'
import { fileUrlOf, withVersion, withVersionInHash } from './version-url.ts'

/** What a specifier means to its importer, as long as no file appears or vanishes. */
export interface Resolved {
  readonly module: HotModule
  readonly format: string | undefined
  readonly importAttributes: Record<string, string> | undefined
  /** Names that were tried first and are not there: a file that appears under one of them changes the meaning. */
  readonly tried: readonly HotModule[]
  /** The generation of the importer for which the edge was last recorded. */
  recordedFor: number
}

/** A link check that is under way: what it loads has names of its own. */
export interface LinkCheck {
  /** Whether an importer belongs to this check. */
  covers(parentURL: string | undefined): boolean
  /** The module behind a URL that this check made up. */
  get(url: string): HotModule | undefined
  fileOf(module: HotModule): TreeFile | undefined
  urlOf(module: HotModule): string
  /** Whether something else stands for a module, which is CommonJS or JSON. `specifier` is what led to it. */
  isStandIn(module: HotModule, specifier?: string): boolean
  /** Whether something else stands for a module, which is CommonJS or JSON. `specifier` is what led to it. */
  isStandIn(module: HotModule, specifier?: string): boolean
  /** The source of a module that is no file. */
  source(url: string): string | undefined
}

/** What a module knows of the program that it is part of. */
export interface ModuleHost {
  readonly graph: ModuleGraph
  readonly current: Map<string, HotModule>
  readonly entry: HotModule | undefined
  readonly tsxRenamesQueries: boolean
  readonly linkCheck: LinkCheck | undefined
  readonly afterUpdate: Aftermath | undefined
  findOrCreate(url: string): HotModule | undefined
  modulesOfFile(tree: FileTree, path: string): readonly HotModule[]
  evaluationBegan(module: HotModule): void
  addEdge(importer: HotModule, module: HotModule, byFilename: boolean): void
  addEdgeOfPackage(module: HotModule): void
  /** The modules that a change of these ids makes stale, importers before their dependencies. */
  plan(ids: Iterable<string>): StaleModule[]
}

/** Files that Node takes for modules, or that compilers of JavaScript do; those without an extension are. */
const nodesOwn = /(?:\.(?:[cm]?[jt]sx?|json|wasm|node)|\/\.?[^./]+)$/

/** One module of a tree: an id, and what is known of its current version. */
export class HotModule {
  readonly id: string
  readonly tree: FileTree
  readonly path: string
  readonly program: ModuleHost
  /** Set while this is the entry point of the process, whose URL shows no version at its first evaluation. */
  entry = false
  /** How often it was invalidated. */
  generation = 0
  /** Whether the current version was handed to Node: an evaluation that has to be ended at the next invalidation. */
  loaded = false
  /** The current version was not loaded yet, so its edges in the graph are those of the superseded version. */
  outdated = false
  /** Imported by a module outside all trees. It is never treated as unused. */
  importedFromOutside = false
  /** Loaded as CommonJS: there is an entry in `require.cache` to drop. */
  commonjs = false
  /** No compiler handles its extension, so `require` treats it as CommonJS, whatever its text looks like. */
  uncompiled = false
  /** How often Node was given its source as a new version. */
  evaluations = 0
  /** The version whose scope was opened last. */
  scopedVersion: number | undefined
  /** What it was compiled from last. */
  lastFile: TreeFile | undefined
  /** What hooks and Node said of its format when an `import` was resolved to it; `undefined` before that. */
  resolvedAs: { readonly format: string | undefined } | undefined
  /** There is no file, and another hook answers for it. */
  virtual = false
  /**
   * Its type is none of Node's: it is somebody's hook that compiles it, if anybody does, and such hooks go by how its URL ends.
   */
  readonly isForeign: boolean
  /** A package has asked for it. The entry point stands for that as its importer. */
  importedByPackage = false
  /** It was generated, and a package imports it for itself: no module of the program is its importer. It is never treated as unused. */
  isPackagesOwn = false
  /** Node can forget it, and so it needs no version in its URL, which the hook that compiles it may not understand. */
  isForgettable = true
  /** A JSON module's value. */
  value: unknown
  /** What it has resolved so far: by specifier, or by kind and specifier where it is not a plain `import`. */
  resolutions: Map<string, Resolved> | undefined
  #url: string | undefined

  constructor(program: ModuleHost, id: string, tree: FileTree, path: string) {
    this.program = program
    this.id = id
    this.tree = tree
    this.path = path
    this.isForeign = !nodesOwn.test(path)
  }

  get file(): TreeFile | undefined {
    return this.tree.files.get(this.path)
  }

  /** The URL of its file: the id without query and hash. */
  get fileUrl(): string {
    return fileUrlOf(this.id)
  }

  /** The name of its file on the disk, by which the CommonJS loader knows it. */
  get filename(): string {
    return fileURLToPath(this.fileUrl)
  }

  get version(): number {
    return this.program.graph.version(this.id)
  }

  /** The URL under which the current version is known to Node. */
  get url(): string {
    if (this.#url === undefined) {
      if ((this.entry && this.generation === 0) || (this.isForeign && this.isForgettable)) this.#url = this.id
      else if (this.program.tsxRenamesQueries && this.isRenamable) this.#url = withVersionInHash(this.id, this.version)
      else this.#url = withVersion(this.id, this.version)
      this.program.current.set(this.#url, this)
    }
    return this.#url
  }

  /** CommonJS TypeScript. Some compilers (tsx) know such a module by its file name and treat a query as part of that name. */
  get isRenamable(): boolean {
    if (!/\.(?:ts|[jt]sx)$/.test(this.id)) return false
    const { file } = this
    return file !== undefined && requiredFormatOf(this.tree, file) === 'commonjs'
  }

  becomeEntry(): void {
    this.importedFromOutside = true
    this.forgetUrl()
    this.entry = true
  }

  forgetUrl(): void {
    if (this.#url === undefined) return
    this.program.current.delete(this.#url)
    this.#url = undefined
  }

  /** Called in the publishing step, after the graph has given out the new version. */
  invalidated(): void {
    this.generation++
    this.loaded = false
    this.uncompiled = false
    this.virtual = false
    this.value = undefined
    this.forgetUrl()
    const file = this.file
    if (file) file.version = this.version
  }
}
