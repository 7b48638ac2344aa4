/**
 * The link check: does a staged update parse, resolve and link? Without running any of it. A generated module imports the
 * roots of what is stale and, after them, something that a last module does not export: so a sound graph fails with exactly
 * that error, and not one line has been evaluated. What is loaded for it has names of its own and is thrown away.
 */
import { fileURLToPath } from 'node:url'
import type { FileTree, TreeFile, Update } from '@hot/tree'
import { formatOf } from './format.ts'
import type { HotModule } from './modules.ts'
import { Module } from './node.ts'
import type { Program } from './program.ts'

const scheme = 'hot:'
const barrier = `${scheme}barrier`
const missing = 'linked'
let checks = 0

export class Linking {
  readonly program: Program
  readonly #tree: FileTree
  readonly #files: Pick<Update, 'file'>
  readonly #stale: ReadonlySet<HotModule>
  readonly #number = ++checks
  readonly #names = new Map<string, HotModule>()
  readonly #root = `${scheme}check?${this.#number}`
  readonly #roots: readonly HotModule[]

  constructor(program: Program, tree: FileTree, files: Pick<Update, 'file'>, ids: readonly string[]) {
    this.program = program
    this.#tree = tree
    this.#files = files
    const stale = program.plan(ids)
    this.#stale = new Set(stale.map(({ module }) => module))
    const accepted = new Set(program.graph.boundaries(program.graph.plan(ids)).map(({ dependency }) => dependency))
    this.#roots = stale
      .filter(({ module, loaded }) => loaded && (module.root || accepted.has(module.id)))
      .map(({ module }) => module)
      .filter(module => this.#isModule(module))
  }

  /** Rejects with what Node says of the staged graph; resolves if nothing is wrong with its static part. */
  async run(): Promise<void> {
    if (this.#roots.length === 0) return
    this.program.linking = this
    try {
      await import(this.#root)
    } catch (error) {
      if (!this.#isPassed(error)) throw error
    } finally {
      this.program.linking = undefined
      this.program.sweep?.superseded([this.#root, ...this.#names.keys()])
      for (const url of this.#names.keys()) delete Module._cache[fileURLToPath(url)]
    }
  }

  /** The names that a CommonJS module exports are guessed; what is wrong with them is for the evaluation to say. */
  #isPassed(error: unknown): boolean {
    if (!(error instanceof SyntaxError)) return false
    return (
      error.message.includes(`'${barrier}'`) || /is a CommonJS module|%3Fhot-check=/.test(error.message + error.stack)
    )
  }

  /** Whether an importer belongs to this check. */
  covers(parentURL: string | undefined): boolean {
    return parentURL !== undefined && (parentURL === this.#root || this.#names.has(parentURL))
  }

  /** The module behind a URL that this check made up. */
  get(url: string): HotModule | undefined {
    return this.#names.get(url)
  }

  fileOf(module: HotModule): TreeFile | undefined {
    return module.tree === this.#tree ? this.#files.file(module.path) : module.file
  }

  /** What is loaded and stays as it is keeps its URL. */
  urlOf(module: HotModule): string {
    if (module.loaded && !this.#stale.has(module)) return module.url
    // Node knows CommonJS modules by their file names: one of its own, so that the live instance is left alone.
    const mark = `hot-check=${this.#number}`
    const end = module.id.search(/[?#]|$/)
    const url = this.#isModule(module)
      ? `${module.id.slice(0, end)}?${mark}${module.id.slice(end).replace('?', '&')}`
      : `${module.id.slice(0, end)}%3F${mark}`
    this.#names.set(url, module)
    return url
  }

  /** The source of the two modules that are no files. */
  source(url: string): string | undefined {
    if (url === barrier) return ''
    if (url !== this.#root) return undefined
    const imports = this.#roots.map(module => `import ${JSON.stringify(this.urlOf(module))};`)
    return `${imports.join('\n')}\nimport { ${missing} } from '${barrier}'`
  }

  #isModule(module: HotModule): boolean {
    const file = this.fileOf(module)
    return file !== undefined && !/^(?:commonjs|json)$/.test(formatOf(module.tree, file, true) ?? '')
  }
}
