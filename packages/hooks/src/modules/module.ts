/** A module of a tree: its id, and what is known of its current version. */
import type { ModuleGraph } from '@hot/graph'
import type { FileTree, TreeFile } from '@hot/tree'
import { requiredFormatOf } from './format.ts'

/** A module's id is its URL without `ver`. All other query parameters stay and are part of it. */
export function idOf(url: string): string {
  if (!url.includes('ver=')) return url
  if (inHash.test(url)) return url.replace(inHash, '')
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
  const match = /^[^?#]*\?(?:[^#]*&)?ver=(\d+)/.exec(url) ?? inHash.exec(url)
  return match ? Number(match[1]) : undefined
}

/** Where the version is that must not be in a query. */
const inHash = /(?<=^[^?#]*)#ver=(\d+)$/

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
  /** Names that were tried first and are not there: a file that appears under one of them changes the meaning. */
  readonly tried: readonly HotModule[]
  /** The generation of the importer for which the edge was last recorded. */
  noted: number
}

/** A link check that is under way: what it loads has names of its own. */
export interface LinkCheck {
  /** Whether an importer belongs to this check. */
  covers(parentURL: string | undefined): boolean
  /** The module behind a URL that this check made up. */
  get(url: string): HotModule | undefined
  fileOf(module: HotModule): TreeFile | undefined
  urlOf(module: HotModule): string
  /** The source of a module that is no file. */
  source(url: string): string | undefined
}

/** What a module knows of the program that it is part of. */
export interface Owner {
  readonly graph: ModuleGraph
  readonly current: Map<string, HotModule>
  readonly entry: HotModule | undefined
  readonly renamer: boolean
  readonly linking: LinkCheck | undefined
  readonly sweep:
    | {
        bypassCache(): void
        forget(url: string): void
        isNaming(file: TreeFile): boolean
        errorOf(module: HotModule): { readonly error: unknown } | undefined
      }
    | undefined
  find(url: string): HotModule | undefined
  of(tree: FileTree, path: string): readonly HotModule[]
  began(module: HotModule): void
  addEdge(importer: HotModule, module: HotModule, byFilename: boolean): void
  renewUnlinked(module: HotModule): void
}

/** One module of a tree: an id, and what is known of its current version. */
export class HotModule {
  readonly id: string
  readonly tree: FileTree
  readonly path: string
  readonly program: Owner
  /** Set while this is the entry point of the process, which never shows a version in its first life. */
  entry = false
  /** How often it was invalidated. */
  generation = 0
  /** Whether the current version was handed to Node: an evaluation that has to be ended at the next invalidation. */
  loaded = false
  /** Its edges in the graph are those of a superseded version: the current one was not loaded yet. */
  outdated = false
  /** Imported from outside all trees: never to be taken for unused. */
  root = false
  /** Loaded as CommonJS: there is an entry in `require.cache` to drop. */
  commonjs = false
  /** Nobody compiles it, so `require` takes it for CommonJS whatever it looks like. */
  uncompiled = false
  /** How often Node was given its source as a new version. */
  evaluations = 0
  /** The version whose scope was opened last. */
  scoped: number | undefined
  /** What it was compiled from last. */
  lastFile: TreeFile | undefined
  /** A JSON module's value. */
  value: unknown
  /** What it has resolved so far: by specifier, or by kind and specifier where it is not a plain `import`. */
  memo: Map<string, Resolved> | undefined
  #url: string | undefined

  constructor(program: Owner, id: string, tree: FileTree, path: string) {
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
      if (this.entry && this.generation === 0) this.#url = this.id
      else if (this.program.renamer && this.isRenamable) this.#url = `${this.id}#ver=${this.version}`
      else this.#url = withVersion(this.id, this.version)
      this.program.current.set(this.#url, this)
    }
    return this.#url
  }

  /** CommonJS TypeScript, which some compilers know by its file's name and would rename with a query. */
  get isRenamable(): boolean {
    if (!/\.(?:ts|[jt]sx)$/.test(this.id)) return false
    const { file } = this
    return file !== undefined && requiredFormatOf(this.tree, file) === 'commonjs'
  }

  becomeEntry(): void {
    this.root = true
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
    this.value = undefined
    this.forgetUrl()
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
