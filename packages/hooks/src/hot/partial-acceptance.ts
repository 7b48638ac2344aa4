/** `acceptExports(names)`: a module accepts itself as long as nobody imports any other of its names. */
import type { HotModule } from '../modules/module.ts'
import type { Program } from '../modules/program.ts'

export class PartialAcceptance {
  readonly #program: Program
  readonly #id: string
  readonly #names: ReadonlySet<string>
  #remove: (() => void) | undefined

  constructor(program: Program, id: string, names: ReadonlySet<string>) {
    this.#program = program
    this.#id = id
    this.#names = names
  }

  /** Brings the graph in step with what the importers import now. */
  review(): void {
    const { graph } = this.#program
    const isAccepted = graph.importersOf(this.#id).every(importer => importer === this.#id || this.#suffices(importer))
    if (isAccepted) this.#remove ??= graph.accept(this.#id, this.#id)
    else this.end()
  }

  end(): void {
    this.#remove?.()
    this.#remove = undefined
  }

  #suffices(importer: string): boolean {
    const module = this.#program.byId(importer)
    const names = module?.file && namesImported(module, module.file.text, this.#id)
    return names?.every(name => this.#names.has(name)) ?? false
  }
}

/** Further away from its specifier, the beginning of an import is not looked for. */
const longest = 4_000

/** The names that an importer's text imports of a module; `undefined` if it may see all of them. */
function namesImported(importer: HotModule, text: string, id: string): string[] | undefined {
  const specifiers = [...(importer.resolutions ?? [])].filter(([, { module }]) => module.id === id)
  if (specifiers.length === 0) return undefined
  const names: string[] = []
  for (const [specifier] of specifiers) {
    for (const quote of ["'", '"', '`']) {
      const quoted = quote + specifier + quote
      for (let at = text.indexOf(quoted); at >= 0; at = text.indexOf(quoted, at + 1)) {
        const found = namesBefore(text.slice(Math.max(0, at - longest), at))
        if (!found) return undefined
        names.push(...found)
      }
    }
  }
  return names
}

/** What stands before a specifier: `import a, { b as c } from`, or `import` alone. */
function namesBefore(head: string): string[] | undefined {
  if (/\bimport\s*$/.test(head)) return []
  const begin = Math.max(head.lastIndexOf('import'), head.lastIndexOf('export'))
  const clause = begin < 0 ? undefined : /^(?:import|export)\b([^'"`;()*]*)\bfrom\s*$/.exec(head.slice(begin))?.[1]
  if (clause === undefined) return undefined // a namespace, a dynamic import, a require
  const [, before = '', named = ''] = /^([^{]*)(?:\{([^}]*)\})?/.exec(clause)!
  const names = named.split(',').map(part => part.trim().split(/\s+as\s+/)[0]!)
  if (/\w/.test(before.replace(/^\s*type\b/, ''))) names.push('default')
  return names.filter(name => name !== '')
}
