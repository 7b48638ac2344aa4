/**
 * The link check: it finds out whether a staged update parses, resolves and links, without running any of it. A generated module
 * imports the modules in question and, last, a name that the last module does not export. So a sound graph fails with exactly that
 * error, and not one line has been evaluated. The modules loaded for it have names of their own and are thrown away.
 *
 * The modules in question are those that changed and those that import them: no other module can miss a name now. If that fails,
 * everything stale is linked from its roots, because an edit may have dropped the import of the module that it broke.
 */
import type { TreeFile } from '@hot/tree'
import { isCompiledForRequire } from '../loading/commonjs.ts'
import { formatOf } from '../modules/format.ts'
import type { HotModule, LinkCheck } from '../modules/module.ts'
import type { Program } from '../modules/program.ts'
import { compileForRequire } from '../node/compile-for-require.ts'
import { ownImport } from '../node/own-import.ts'

const scheme = 'hot:'
const barrier = `${scheme}barrier`
const missing = 'linked'
let checks = 0

/** Rejects with what Node says of the staged state of what is stale; resolves if nothing is wrong with its static part. */
export async function checkLinks(program: Program, staged: Staged): Promise<void> {
  const plan = program.plan(staged.ids)
  const stale = plan.filter(({ loaded }) => loaded).map(({ module }) => module)
  const touched = touchedBy(program, staged, new Set(stale))
  // A CommonJS module is never given by its own name, under which Node would find the live instance.
  const anew = new Set([...touched, ...stale.filter(module => module.commonjs)])
  for (const id of staged.ids) compile(program.byId(id), staged)
  try {
    await new Linking(program, staged, touched, anew).run()
  } catch {
    const { graph } = program
    const accepted = new Set(graph.boundaries(graph.plan(staged.ids)).map(({ dependency }) => dependency))
    const roots = stale.filter(module => module.importedFromOutside || accepted.has(module.id))
    const whole = new Linking(program, staged, roots, new Set(stale))
    await whole.run()
    // Nothing static leads to what is wrong. What an unchanged module requires, or imports when it runs, is still in use.
    const inUse = [...touched].filter(module => !whole.reached(module) && isAskedFor(program, staged, module))
    if (inUse.length === 0) return
    await new Linking(program, staged, inUse, anew).run()
  }
}

/** What a compiler of `require` has to say of what it would be given. */
function compile(module: HotModule | undefined, staged: Staged): void {
  const file = module?.loaded && module.commonjs ? staged.fileOf(module) : undefined
  if (file && !file.path.endsWith('.json') && isCompiledForRequire(module!, file)) {
    compileForRequire(module!.filename, file.content)
  }
}

/** What changed, and who sees the names that it exports: its importers, and theirs where everything is passed on. */
function touchedBy(program: Program, { ids, fileOf }: Staged, stale: ReadonlySet<HotModule>): Set<HotModule> {
  const touched = new Set<HotModule>()
  const visit = [...ids]
  for (const id of visit) {
    for (const importer of [id, ...program.graph.importersOf(id)]) {
      const module = program.byId(importer)
      if (!module || touched.has(module) || !stale.has(module)) continue
      touched.add(module)
      const file = fileOf(module)
      if (importer !== id && file && passesOn(file)) visit.push(importer)
    }
  }
  return touched
}

/** Whether a module may have names that its text does not tell: with `export *`, or written in another language. */
function passesOn({ path, text }: TreeFile): boolean {
  return !/\.[cm]?[jt]sx?$/.test(path) || /\bexport\s*(?:\/[*/]|\*)/.test(text)
}

function isAskedFor(program: Program, { ids }: Staged, module: HotModule): boolean {
  return program.graph.importersOf(module.id).some(id => !ids.includes(id) && program.byId(id)?.loaded)
}

/** An update that is not published yet: what changed, and its files. */
export interface Staged {
  readonly ids: readonly string[]
  fileOf(module: HotModule): TreeFile | undefined
}

/** One import of the generated module. */
class Linking implements LinkCheck {
  readonly program: Program
  readonly #staged: Staged
  readonly #anew: ReadonlySet<HotModule>
  readonly #number = ++checks
  readonly #names = new Map<string, HotModule>()
  readonly #root = `${scheme}check?${this.#number}`
  readonly #roots: readonly HotModule[]
  /** The specifiers that led to CommonJS, of whose names this knows only some. */
  readonly #toCommonJS = new Set<string>()

  /** Imports `roots`. The modules in `anew`, and those not loaded so far, are loaded for it; all others keep their instances. */
  constructor(program: Program, staged: Staged, roots: Iterable<HotModule>, anew: ReadonlySet<HotModule>) {
    this.program = program
    this.#staged = staged
    this.#anew = anew
    this.#roots = [...roots].filter(module => this.#isModule(module))
  }

  async run(): Promise<void> {
    if (this.#roots.length === 0) return
    this.program.linkCheck = this
    try {
      await ownImport(this.#root)
    } catch (error) {
      if (!this.#isPassed(error)) throw error
    } finally {
      this.program.linkCheck = undefined
      this.program.afterUpdate?.superseded([this.#root, ...this.#names.keys()])
    }
  }

  /** Whether something led to this module. */
  reached(module: HotModule): boolean {
    return [...this.#names.values()].includes(module)
  }

  /** The names that a CommonJS module exports are guessed; what is wrong with them is for the evaluation to say. */
  #isPassed(error: unknown): boolean {
    if (!(error instanceof SyntaxError)) return false
    if (error.message.includes(`'${barrier}'`) || error.message.includes('is a CommonJS module')) return true
    const specifier = /requested module '(.*)' does not provide an export named/s.exec(error.message)?.[1]
    return specifier !== undefined && this.#toCommonJS.has(specifier)
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
    return this.#staged.fileOf(module)
  }

  /** What is loaded and stays as it is keeps its URL. */
  urlOf(module: HotModule): string {
    if (module.loaded && !this.#anew.has(module)) return module.url
    const end = module.id.search(/[?#]|$/)
    const url = `${module.id.slice(0, end)}?hot-check=${this.#number}${module.id.slice(end).replace('?', '&')}`
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

  /** Whether a module that is loaded for this check is CommonJS, JSON or of a hook's own type: something else stands for it. */
  isStandIn(module: HotModule, specifier?: string): boolean {
    if (this.#isModule(module)) return false
    if (specifier !== undefined) this.#toCommonJS.add(specifier)
    return true
  }

  #isModule(module: HotModule): boolean {
    const file = this.fileOf(module)
    if (file === undefined || module.isForeign || isCompiledForRequire(module, file)) return false
    return !/^(?:commonjs|json)$/.test(formatOf(module.tree, file, true) ?? '')
  }
}
