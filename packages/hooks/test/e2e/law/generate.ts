/** Random programs and random edits of them. */
import { posix } from 'node:path'
import type { Random } from './random.ts'
import { has, type Kind, ownName, type Source, type Statement } from './source.ts'
import {
  apply,
  type Case,
  dependenciesOf,
  type Edit,
  hasCycle,
  isBelow,
  type Observation,
  type State,
  type Step,
} from './state.ts'
import { importSpecifier, kindOf, type Mode, packages, pool, requireSpecifier, unique } from './vocabulary.ts'

export interface Limits {
  /** Leaves out what is named here: for looking past what is known. */
  readonly without?: ReadonlySet<string>
  /** Only this way of editing. */
  readonly drive?: Step['drive'] | undefined
}

export class Generator {
  readonly #random: Random
  readonly #mode: Mode
  readonly #paths: readonly string[]
  readonly #without: ReadonlySet<string>
  readonly #drive: Step['drive'] | undefined
  #serial = 0
  /** What new statements may refer to. */
  #state: State = new Map()

  constructor(random: Random, { without = new Set(), drive }: Limits = {}) {
    this.#random = random
    this.#without = without
    this.#drive = drive
    this.#mode = random.weighted([
      ['no circles', 6],
      ['circles of ES modules', 1.5],
      ['circles of CommonJS', 1.5],
    ] as const)
    const usable = pool.filter(path => {
      if (without.has(path) || without.has(posix.extname(path))) return false
      if (this.#mode === 'circles of ES modules') return !/\.c[jt]s$|^\/c\/.*s$/.test(path) || path === '/c/y.mjs'
      if (this.#mode === 'circles of CommonJS') return !/\.m[jt]s$|^\/m\/.*\.[jt]s$|^\/p\/.*\.js$/.test(path)
      return true
    })
    this.#paths = random.sample(usable, random.int(3, 10))
  }

  case(): Case {
    const random = this.#random
    let files: State = new Map()
    for (const [path, raw] of Object.entries(packages)) {
      const folder = posix.dirname(path)
      if (this.#paths.some(other => isBelow(other, folder))) {
        files = new Map(files).set(path, { style: 'raw', serial: 0, statements: [], raw })
      }
    }
    for (const path of this.#paths) {
      this.#state = files
      if (random.chance(0.95)) files = this.#try(files, { op: 'write', path, source: this.#source(path) })
    }
    const observations = random.sample(this.#entries(files), random.int(1, 3)).map((path): Observation => {
      return { path, how: !path.endsWith('.json') && random.chance(0.7) ? 'import' : 'require' }
    })
    const anyDrive = random.weighted([
      ['memory', 6],
      ['disk', 3],
      ['mixed', 2],
    ] as const)
    const drive = this.#drive ?? anyDrive
    const steps: Step[] = []
    let state = files
    const past = new Map<string, Source[]>()
    for (let count = random.int(3, 10); count > 0; count--) {
      const edits: Edit[] = []
      for (
        let left = random.weighted([
          [1, 6],
          [2, 2],
          [3, 1],
          [5, 1],
        ] as const);
        left > 0;
        left--
      ) {
        this.#state = state
        const edit = this.#edit(state, past)
        const next = edit && this.#try(state, edit)
        if (!edit || next === state) continue
        for (const [path, source] of state) past.set(path, [...(past.get(path) ?? []), source])
        state = next!
        edits.push(edit)
      }
      // With no edit, there is nothing but what Node itself remembers.
      if (edits.length > 0) steps.push({ edits, drive: drive === 'mixed' ? random.pick(['memory', 'disk']) : drive })
    }
    const otherHooks = random.weighted([
      ['nowhere', 8],
      ['below', 1],
      ['above', 1],
    ] as const)
    return { otherHooks: this.#without.has(otherHooks) ? 'nowhere' : otherHooks, files, steps, observations }
  }

  /** Files to begin with: for the most part those that import something. */
  #entries(files: State): string[] {
    const random = this.#random
    return this.#paths.filter(path => {
      const imports = files.get(path)?.statements.some(({ specifier }) => specifier !== undefined)
      return random.chance(imports ? 0.9 : 0.2)
    })
  }

  /** The state after an edit, unless that would make a circle where there must be none. */
  #try(state: State, edit: Edit): State {
    const next = apply(state, edit)
    return this.#mode === 'no circles' && hasCycle(next) ? state : next
  }

  #edit(state: State, past: ReadonlyMap<string, Source[]>): Edit | undefined {
    const random = this.#random
    const files = [...state.keys()].filter(path => !path.endsWith('/package.json'))
    const missing = this.#paths.filter(path => !state.has(path))
    const kind = random.weighted([
      ['change', 8],
      ['add', 3],
      ['remove', 1.5],
      ['restore', 2],
      ['rename', 2],
      ['rename folder', 0.7],
      ['swap', 0.7],
      ['touch', 0.5],
    ] as const)
    if (this.#without.has(kind)) return undefined
    const path = files.length > 0 ? random.pick(files) : undefined
    const write = (path: string, source: Source): Edit => ({ op: 'write', path, source, atomic: random.chance(0.5) })
    if (kind === 'change') return path === undefined ? undefined : write(path, this.#changed(path, state.get(path)!))
    if (kind === 'add') return missing.length === 0 ? undefined : this.#add(missing)
    if (kind === 'remove') return path === undefined ? undefined : { op: 'remove', path }
    if (kind === 'restore') {
      const [chosen] = random.sample([...past], 1)
      return chosen && !chosen[0].endsWith('/package.json') ? write(chosen[0], random.pick(chosen[1])) : undefined
    }
    if (kind === 'rename') return path === undefined ? undefined : { op: 'rename', path, to: random.pick(this.#paths) }
    if (kind === 'rename folder') {
      const folders = ['/d', '/dir', '/dir2', '/dir/deep', '/s.js']
      return { op: 'rename', path: random.pick(folders), to: random.pick(folders) }
    }
    if (kind === 'touch') return path === undefined ? undefined : { op: 'touch', path }
    const [file, folder] = random.pick([
      ['/s.js', '/s.js/index.js'],
      ['/d.json', '/d.json/index.js'],
    ] as const)
    const [from, to] = state.has(file) ? [file, folder] : [folder, file]
    return state.has(from) ? { op: 'rename', path: from, to } : undefined
  }

  #add(missing: readonly string[]): Edit {
    const path = this.#random.pick(missing)
    return { op: 'write', path, source: this.#source(path), atomic: this.#random.chance(0.5) }
  }

  #style(path: string): Source['style'] {
    if (path.endsWith('.json')) return 'json'
    if (this.#mode === 'circles of ES modules') return 'esm'
    if (this.#mode === 'circles of CommonJS') return 'cjs'
    const random = this.#random
    const clear = /\.m[jt]s$|^\/[mp]\/.*\.[jt]s$/.test(path)
      ? 'esm'
      : /\.c[jt]s$|^\/c\/.*\.[jt]s$/.test(path)
        ? 'cjs'
        : undefined
    const style = /\.c[jt]s$/.test(path) ? 'cjs' : (clear ?? random.pick(['esm', 'cjs'] as const))
    if (clear !== undefined && random.chance(0.03) && !this.#without.has('wrong style'))
      return style === 'esm' ? 'cjs' : 'esm'
    return style
  }

  #source(path: string): Source {
    const random = this.#random
    const style = this.#style(path)
    const statements: Statement[] = []
    if (style !== 'json') {
      for (let count = random.int(0, 3); count > 0; count--) statements.push(...this.#import(path, style))
      statements.push(...this.#extras(path, style))
    }
    return this.#fix({ style, serial: ++this.#serial, statements })
  }

  #changed(path: string, old: Source): Source {
    const random = this.#random
    if (old.raw !== undefined || random.chance(0.15)) return this.#source(path)
    let statements = [...old.statements]
    const serial = ++this.#serial
    const harm = this.#mode !== 'circles of CommonJS'
    if (has(old, 'syntax error') || has(old, 'throw')) {
      if (random.chance(0.7)) statements = statements.filter(({ kind }) => kind !== 'syntax error' && kind !== 'throw')
    } else if (harm) {
      const harmed = random.weighted([
        ['throw', old.style === 'json' ? 0 : 1],
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

  /** Takes out what cannot be there twice, and what leads back to the file itself. */
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

  #extras(path: string, style: 'esm' | 'cjs' | 'json' | 'raw'): Statement[] {
    const random = this.#random
    const circles = this.#mode !== 'no circles'
    const found: Statement[] = []
    const add = (kind: Kind, probability: number, rest: Partial<Statement> = {}) => {
      if (random.chance(probability)) found.push({ kind, ...rest })
    }
    add('own name', 0.6, { name: ownName(path) })
    add('__esModule', 0.12)
    if (style === 'esm') add('default export', 0.4)
    if (!circles) add('module.exports', 0.08)
    if (!circles) add('sum', 0.5)
    if (style === 'esm' && !circles) add('await', 0.08)
    return found
  }

  #import(path: string, style: Source['style']): Statement[] {
    const random = this.#random
    const others = this.#paths.filter(other => other !== path)
    const existing = others.filter(other => this.#state.has(other))
    const target = random.pick(existing.length > 0 && random.chance(0.85) ? existing : others)
    if (target === undefined) return []
    const kind = kindOf(random, this.#mode, style, target)
    const isRequire = /require/.test(kind) || (style === 'cjs' && kind === 'reexport all')
    const specifier = isRequire
      ? requireSpecifier(random, path, target)
      : importSpecifier(random, path, target, !this.#without.has('query'))
    if (dependenciesOf(path, { style, serial: 0, statements: [{ kind, specifier }] }, false).includes(path)) return []
    if (kind !== 'named' && kind !== 'reexport named') return [{ kind, specifier }]
    return [
      {
        kind,
        specifier,
        name: random.weighted([
          ['v', 12],
          [ownName(target), 2],
          ['missing', 0.3],
        ] as const),
      },
    ]
  }
}
