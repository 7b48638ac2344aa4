/**
 * The modules of all trees that share one graph: which URL is which module, in which tree its file is, and which
 * version of it is current.
 */
import { Scope, Scopes } from '@hot/dispose'
import type { ModuleGraph } from '@hot/graph'
import { type FileTree, nextVersion, type TreeFile } from '@hot/tree'
import { dropSuperseded } from './commonjs.ts'
import type { Linking } from './link.ts'
import type { Sweep } from './sweep.ts'

/** A module's id is its URL without `ver`. All other query parameters stay and are part of it. */
export function idOf(url: string): string {
  if (!url.includes('ver=')) return url
  const match = /^([^?#]*)\?([^#]*)(#.*)?$/s.exec(url)
  if (!match) return url
  const query = match[2]!
    .split('&')
    .filter(part => !part.startsWith('ver='))
    .join('&')
  return match[1] + (query && `?${query}`) + (match[3] ?? '')
}

/** The version in a URL, or `undefined` where there is none. */
export function versionIn(url: string): number | undefined {
  if (!url.includes('ver=')) return undefined
  const match = /^[^?#]*\?(?:[^#]*&)?ver=(\d+)/.exec(url)
  return match ? Number(match[1]) : undefined
}

function withVersion(id: string, version: number): string {
  const hash = id.indexOf('#')
  const end = hash < 0 ? id.length : hash
  const head = id.slice(0, end)
  return `${head}${head.includes('?') ? '&' : '?'}ver=${version}${id.slice(end)}`
}

/** What a specifier means to its importer, as long as no file appears or vanishes. */
export interface Resolved {
  readonly module: HotModule
  readonly format: string | undefined
  readonly importAttributes: Record<string, string> | undefined
  /** The generation of the importer for which the edge was last recorded. */
  noted: number
}

/** One module of a tree: an id, and what is known of its current version. */
export class HotModule {
  readonly id: string
  readonly tree: FileTree
  readonly path: string
  readonly program: Program
  /** Set while this is the entry point of the process, which never shows a version in its first life. */
  entry = false
  /** How often it was invalidated. */
  generation = 0
  /** Whether the current version was handed to Node: an evaluation that has to be ended at the next invalidation. */
  loaded = false
  /** Imported from outside all trees: never to be taken for unused. */
  root = false
  /** Loaded as CommonJS: there is an entry in `require.cache` to drop. */
  commonjs = false
  /** How often Node was given its source as a new version. */
  evaluations = 0
  /** The version whose scope was opened last. */
  scoped: number | undefined
  /** What it has resolved so far: by specifier, or by kind and specifier where it is not a plain `import`. */
  memo: Map<string, Resolved> | undefined
  #url: string | undefined

  constructor(program: Program, id: string, tree: FileTree, path: string) {
    this.program = program
    this.id = id
    this.tree = tree
    this.path = path
  }

  get file(): TreeFile | undefined {
    return this.tree.files.get(this.path)
  }

  get version(): number {
    return this.program.graph.version(this.id)
  }

  /** The URL under which the current version is known to Node. */
  get url(): string {
    if (this.#url === undefined) {
      this.#url = this.entry && this.generation === 0 ? this.id : withVersion(this.id, this.version)
      this.program.current.set(this.#url, this)
    }
    return this.#url
  }

  becomeEntry(): void {
    this.root = true
    this.#forgetUrl()
    this.entry = true
  }

  #forgetUrl(): void {
    if (this.#url === undefined) return
    this.program.current.delete(this.#url)
    this.#url = undefined
  }

  /** Called in the publishing step, after the graph has given out the new version. */
  invalidated(): void {
    this.generation++
    this.loaded = false
    this.#forgetUrl()
    const file = this.file
    if (file) file.version = this.version
  }
}

export interface StaleModule {
  readonly module: HotModule
  /** The ids through which the change arrived, from the one that changed to the module's own. */
  readonly chain: readonly string[]
  /** Whether its superseded version was ever handed to Node. */
  readonly loaded: boolean
}

/** What several trees with one graph share. */
export class Program {
  readonly graph: ModuleGraph
  readonly scopes: Scopes
  readonly trees: FileTree[] = []
  /** What comes after an update; set once the hooks are complete. */
  sweep: Sweep | undefined
  /** What importers outside all trees have resolved; they are evaluated once and never become stale. */
  readonly outside = new Map<string, Map<string, Resolved>>()
  /** The entry point of the process, if it lies in a tree. */
  entry: HotModule | undefined
  /** The link check that is under way. */
  linking: Linking | undefined
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
    module.evaluations++
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
    const superseded: string[] = []
    stale.forEach(({ module, loaded }, index) => {
      const url = urls[index]!
      module.invalidated()
      if (loaded) superseded.push(url, ...dropSuperseded(module, url))
    })
    this.sweep?.superseded(superseded)
    return stale
  }

  /** The modules that a change of these ids makes stale, importers before their dependencies. */
  plan(ids: Iterable<string>): StaleModule[] {
    const stale: StaleModule[] = []
    for (const { id, chain } of this.graph.plan(ids)) {
      const module = this.#modules.get(id)
      if (module) stale.push({ module, chain, loaded: module.loaded })
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
