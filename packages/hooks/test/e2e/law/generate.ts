/** Random programs and random edits of them. */
import { fixedFiles, isFixed, type Layout, prefixes } from './layout.ts'
import type { Random } from './random.ts'
import type { Source } from './source.ts'
import { apply, type Case, type Edit, hasCycle, type Observation, type Save, type State, type Step } from './state.ts'
import { type Mode, modes, pool, styleOf } from './vocabulary.ts'
import { Writer } from './write.ts'

export interface Limits {
  /** Leaves out these kinds, to search beyond what is known. */
  readonly without?: ReadonlySet<string>
  /** Only this way of editing. */
  readonly drive?: Step['drive'] | undefined
}

export class Generator {
  readonly #random: Random
  readonly #layout: Layout
  readonly #mode: Mode
  readonly #paths: readonly string[]
  readonly #without: ReadonlySet<string>
  readonly #drive: Step['drive'] | undefined
  readonly #writer: Writer
  readonly #fixed: State

  constructor(random: Random, { without = new Set(), drive }: Limits = {}) {
    this.#random = random
    this.#without = without
    this.#drive = drive
    const layout = random.weighted([
      ['one tree', 6],
      ['two trees', 1.2],
      ['a tree in a tree', 1],
      ['a tree and its neighbour', 0.6],
    ] as const)
    this.#layout = without.has(layout) ? 'one tree' : layout
    const mode = random.weighted(modes.map((mode, index) => [mode, index === 0 ? 6 : 1.2] as const))
    this.#mode = without.has(mode) ? 'no circles' : mode
    const usable = pool.filter(path => {
      if (without.has(path) || [...without].some(name => name.startsWith('.') && path.endsWith(name))) return false
      if (this.#mode === 'circles of ES modules') return styleOf(path) !== 'cjs'
      if (this.#mode === 'circles of CommonJS') return styleOf(path) !== 'esm'
      // If the path does not tell the format, Node detects it from the text, differently for import and require.
      if (this.#mode === 'circles of both') return styleOf(path) !== undefined || path.endsWith('.json')
      return true
    })
    this.#paths = random.sample(usable, random.int(3, 10)).map(path => random.pick(prefixes(this.#layout)) + path)
    this.#fixed = fixedFiles(this.#layout, this.#paths)
    const neighbours = this.#layout === 'a tree and its neighbour' ? ['/site2/near.mjs', '/site2/near.mjs'] : []
    this.#writer = new Writer(random, this.#mode, this.#paths, ['dep', ...neighbours], without)
  }

  case(): Case {
    const random = this.#random
    let files: State = this.#fixed
    for (const path of this.#paths) {
      this.#writer.state = files
      if (random.chance(0.95)) files = this.#try(files, this.#write(path, this.#writer.source(path)))
    }
    const anyDrive = random.weighted([
      ['memory', 6],
      ['disk', 3],
      ['mixed', 2],
    ] as const)
    const drive = this.#drive ?? anyDrive
    const steps: Step[] = []
    let state = files
    const past = new Map<string, Source[]>()
    for (
      let count = random.weighted([
        [random.int(3, 10), 9],
        [random.int(10, 16), 1],
      ] as const);
      count > 0;
      count--
    ) {
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
        this.#writer.state = state
        const edit = this.#edit(state, past)
        if (!edit) continue
        const next = this.#try(state, edit)
        if (next === state) continue
        for (const [path, source] of state) past.set(path, [...(past.get(path) ?? []), source])
        state = next
        edits.push(edit)
      }
      // With no edit, there is nothing but what Node itself remembers.
      if (edits.length === 0) continue
      const racing = random.chance(0.25) && !this.#without.has('racing')
      steps.push({ edits, drive: drive === 'mixed' ? random.pick(['memory', 'disk']) : drive, racing })
    }
    const observations = random.sample(this.#entries(files), random.int(1, 3)).map((path): Observation => {
      return {
        path,
        how: !path.endsWith('.json') && random.chance(0.7) ? 'import' : 'require',
        ...(random.chance(0.15) ? { after: random.int(1, Math.max(1, steps.length)) } : {}),
        ...(random.chance(0.08) && !this.#without.has('link') ? { linked: true } : {}),
      }
    })
    const otherHooks = random.weighted([
      ['nowhere', 8],
      ['below', 1],
      ['above', 1],
    ] as const)
    return {
      layout: this.#layout,
      mode: this.#mode,
      ledger: random.chance(0.35) && !this.#without.has('ledger'),
      otherHooks: this.#without.has(otherHooks) ? 'nowhere' : otherHooks,
      files,
      steps,
      observations,
    }
  }

  /** Files to begin with: mostly those that import something. */
  #entries(files: State): string[] {
    const random = this.#random
    return this.#paths.filter(path => {
      const imports = files.get(path)?.statements.some(({ specifier }) => specifier !== undefined)
      return random.chance(imports ? 0.9 : 0.2)
    })
  }

  /** The state after an edit, unless the edit would make a circle where none is allowed. */
  #try(state: State, edit: Edit): State {
    const next = apply(state, edit)
    if (edit.op === 'rename' && [...this.#fixed.keys()].some(path => !next.has(path))) return state
    return this.#mode === 'no circles' && hasCycle(next) ? state : next
  }

  #write(path: string, source: Source): Edit {
    const save = this.#random.weighted<Save>([
      ['plain', 4],
      ['atomic', 4],
      ['backup', 1],
      ['truncated', 1],
    ])
    return { op: 'write', path, source, save }
  }

  #edit(state: State, past: ReadonlyMap<string, Source[]>): Edit | undefined {
    const random = this.#random
    const files = [...state.keys()].filter(path => !isFixed(this.#layout, path))
    const missing = this.#paths.filter(path => !state.has(path))
    const kind = random.weighted([
      ['change', 8],
      ['same stamp', 0.7],
      ['add', 3],
      ['remove', 1.5],
      ['restore', 2],
      ['rename', 2],
      ['rename folder', 0.7],
      ['swap', 0.7],
      ['touch', 0.7],
    ] as const)
    if (this.#without.has(kind)) return undefined
    const writer = this.#writer
    if (kind === 'add') {
      const path = missing.length === 0 ? undefined : random.pick(missing)
      return path === undefined ? undefined : this.#write(path, writer.source(path))
    }
    if (kind === 'restore') {
      const [chosen] = random.sample([...past], 1)
      return chosen && !isFixed(this.#layout, chosen[0]) ? this.#write(chosen[0], random.pick(chosen[1])) : undefined
    }
    const prefix = random.pick(prefixes(this.#layout))
    if (kind === 'rename folder') {
      const folders = ['/d', '/dir', '/dir2', '/dir/deep', '/s.js', '/x'].map(folder => prefix + folder)
      return { op: 'rename', path: random.pick(folders), to: random.pick(folders) }
    }
    if (kind === 'swap') {
      const [file, folder] = random.pick([
        [`${prefix}/s.js`, `${prefix}/s.js/index.js`],
        [`${prefix}/d.json`, `${prefix}/d.json/index.js`],
      ] as const)
      const [from, to] = state.has(file) ? [file, folder] : [folder, file]
      return state.has(from) ? { op: 'rename', path: from, to } : undefined
    }
    if (files.length === 0) return undefined
    const path = random.pick(files)
    if (kind === 'remove' || kind === 'touch') return { op: kind, path }
    if (kind === 'rename') return { op: 'rename', path, to: random.pick(this.#paths) }
    const old = state.get(path)!
    if (kind === 'change') return this.#write(path, writer.changed(path, old))
    return old.raw === undefined ? { op: 'write', path, source: writer.renumbered(old), save: 'same stamp' } : undefined
  }
}
