/** Random files, and random changes of them. */
import type { Random } from './random.ts'
import { has, type Kind, ownName, type Source, type Statement } from './source.ts'
import { dependenciesOf, type State } from './state.ts'
import { importSpecifier, kindOf, type Mode, requireSpecifier, styleOf, unique } from './vocabulary.ts'

export class Writer {
  readonly #random: Random
  readonly #mode: Mode
  readonly #paths: readonly string[]
  readonly #without: ReadonlySet<string>
  /** Files that are never edited, by the specifier that leads to them from everywhere. */
  readonly #fixed: readonly string[]
  #serial = 0
  /** What new statements may refer to. */
  state: State = new Map()

  constructor(
    random: Random,
    mode: Mode,
    paths: readonly string[],
    fixed: readonly string[],
    without: ReadonlySet<string>,
  ) {
    this.#random = random
    this.#mode = mode
    this.#paths = paths
    this.#fixed = fixed
    this.#without = without
  }

  #style(path: string): Source['style'] {
    if (path.endsWith('.json')) return 'json'
    if (this.#mode === 'circles of ES modules') return 'esm'
    if (this.#mode === 'circles of CommonJS') return 'cjs'
    const random = this.#random
    const clear = styleOf(path)
    if (this.#mode === 'circles of both') return clear ?? 'esm'
    const style = /\.c[jt]s$/.test(path) ? 'cjs' : (clear ?? random.pick(['esm', 'cjs'] as const))
    if (clear !== undefined && !path.endsWith('.tsx') && random.chance(0.03) && !this.#without.has('wrong style'))
      return style === 'esm' ? 'cjs' : 'esm'
    return style
  }

  source(path: string): Source {
    const random = this.#random
    const style = this.#style(path)
    const statements: Statement[] = []
    if (style !== 'json') {
      for (let count = random.int(0, 3); count > 0; count--) statements.push(...this.#import(path, style))
      statements.push(...this.#extras(path, style))
    }
    return this.#fix({ style, serial: ++this.#serial, statements })
  }

  /** The same statement with another number. Its size is the same if the number has as many digits. */
  renumbered(old: Source): Source {
    return { style: old.style, serial: ++this.#serial, statements: old.statements }
  }

  changed(path: string, old: Source): Source {
    const random = this.#random
    if (old.raw !== undefined || random.chance(0.15)) return this.source(path)
    let statements = [...old.statements]
    const serial = ++this.#serial
    // In a circle, the module that is imported first decides which error each of them gets.
    const harm = this.#mode !== 'circles of CommonJS' && this.#mode !== 'circles of both'
    const harms = ['syntax error', 'throw', 'reject'] as const
    if (harms.some(kind => has(old, kind))) {
      if (random.chance(0.7)) statements = statements.filter(({ kind }) => !harms.some(harm => harm === kind))
    } else if (harm) {
      const harmed = random.weighted([
        ['throw', old.style === 'json' ? 0 : 1],
        ['reject', old.style === 'esm' && this.#mode === 'no circles' ? 0.5 : 0],
        ['syntax error', 1],
        ['nothing', 16],
      ] as const)
      if (harmed !== 'nothing') statements.splice(random.int(0, statements.length), 0, { kind: harmed })
    }
    if (old.style === 'json') return { style: 'json', serial, statements }
    if (random.chance(0.3)) statements.splice(random.int(0, statements.length), 0, ...this.#import(path, old.style))
    if (random.chance(0.2)) statements.splice(random.int(0, statements.length), 1)
    if (random.chance(0.2)) {
      const extra = this.#extras(path, old.style)
      statements = statements.filter(({ kind }) => !unique.has(kind))
      statements.push(...extra)
    }
    return this.#fix({ style: old.style, serial, statements })
  }

  /** Removes statements that cannot occur twice, and those that lead back to the file itself. */
  #fix(source: Source): Source {
    const seen = new Set<Kind>()
    const statements = source.statements.filter(statement => {
      if (this.#without.has(statement.kind)) return false
      if (!unique.has(statement.kind)) return true
      if (seen.has(statement.kind)) return false
      seen.add(statement.kind)
      return true
    })
    return { ...source, statements }
  }

  #extras(path: string, style: Source['style']): Statement[] {
    const random = this.#random
    const circles = this.#mode !== 'no circles'
    const found: Statement[] = []
    const add = (kind: Kind, probability: number, rest: Partial<Statement> = {}) => {
      if (random.chance(probability)) found.push({ kind, ...rest })
    }
    add('own name', 0.6, { name: ownName(path) })
    if (this.#mode !== 'circles of both') add('__esModule', 0.12)
    if (style === 'esm') add('default export', 0.4)
    if (!circles) add('module.exports', 0.08)
    if (!circles) add('sum', 0.5)
    if (style === 'esm' && !circles) add('await', 0.08)
    if (style === 'esm' && !circles) add('slow', 0.03)
    return found
  }

  #import(path: string, style: Source['style']): Statement[] {
    const random = this.#random
    const [fixed] = random.chance(0.05) ? random.sample(this.#fixed, 1) : []
    if (fixed !== undefined) {
      if (fixed === 'dep')
        return [style === 'esm' ? { kind: 'star', specifier: fixed } : { kind: 'floating', specifier: fixed }]
      const specifier = importSpecifier(random, path, fixed, false)
      return [{ kind: style === 'esm' ? 'star' : 'floating', specifier }]
    }
    const itself = /^circles of (?:ES|Com)/.test(this.#mode) && random.chance(0.1)
    const others = itself ? [path] : this.#paths.filter(other => other !== path)
    const existing = others.filter(other => this.state.has(other))
    if (others.length === 0) return []
    const target = random.pick(existing.length > 0 && random.chance(0.85) ? existing : others)
    const kind = kindOf(random, this.#mode, style, target)
    const isRequire = /require/.test(kind) || (style === 'cjs' && kind === 'reexport all')
    const specifier = isRequire
      ? requireSpecifier(random, path, target)
      : importSpecifier(random, path, target, !this.#without.has('query'))
    const leads = dependenciesOf(path, { style, serial: 0, statements: [{ kind, specifier }] }, false)
    if (!itself && leads.includes(path)) return []
    if (kind !== 'named' && kind !== 'reexport named') return [{ kind, specifier }]
    return [
      {
        kind,
        specifier,
        name: random.weighted([
          ['v', 12],
          [ownName(target), 2],
          ['missing', this.#mode === 'circles of both' ? 0 : 0.3],
        ] as const),
      },
    ]
  }
}
