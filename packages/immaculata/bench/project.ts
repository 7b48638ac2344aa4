/** Generated projects: small ES modules in layers, or in one long line. Each shows by its numbers whether it is fresh. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** A number of modules in layers, or a line of 200 of them. */
export type Size = number | 'chain'
/** Which leaf is saved: one with two importers above it, or one that everything depends on. */
export type Leaf = 'few' | 'all'
/** An editor that moves a complete file into place, and one that writes into the file that is there. */
export type Save = 'atomic' | 'overwrite'

/** What the entry point exports, and the program prints, once it was evaluated. */
export interface Values {
  readonly few: number
  readonly all: number
}

const layers = 10
const chainLength = 200
/** Keeps sums of thousands of numbers whole. */
const modulus = 1_000_003

interface Module {
  readonly path: string
  /** Indices of what it imports. */
  readonly imports: readonly number[]
}

export class Project {
  readonly dir: string
  readonly size: Size
  /** The entry point is the first. */
  readonly #modules: Module[] = []
  readonly #leaf: Record<Leaf, number>
  readonly #stamps: Record<Leaf, number> = { few: 0, all: 0 }
  #saves = 0
  /** What was put behind the specifiers that lead to a module, by hand. */
  readonly #queries = new Map<number, string>()

  constructor(dir: string, size: Size) {
    this.dir = dir
    this.size = size
    const add = (path: string, imports: readonly number[]) => this.#modules.push({ path, imports }) - 1
    add('/entry.js', [1])
    if (size === 'chain') {
      for (let at = 1; at < chainLength; at++) add(`/line/m${at}.js`, [at + 1])
      const leaf = add('/leaf.js', [])
      this.#leaf = { few: leaf, all: leaf }
    } else {
      const leaf = add('/all.js', [])
      const few = add('/few/leaf.js', [])
      const middle = add('/few/middle.js', [few])
      this.#leaf = { few, all: leaf }
      const width = Math.max(1, Math.round((size - 4) / layers))
      const first = this.#modules.length
      for (let layer = 0; layer < layers; layer++) {
        for (let at = 0; at < width; at++) {
          const below = first + (layer + 1) * width
          const imports = new Set([below + at, below + ((at * 7 + 3) % width)])
          if (at % 2) imports.add(below + ((at * 13 + 5) % width))
          add(`/layer${layer}/m${at}.js`, layer === layers - 1 ? [leaf] : [...imports])
        }
      }
      this.#modules[0] = {
        path: '/entry.js',
        imports: [middle, ...Array.from({ length: width }, (_, at) => first + at)],
      }
    }
    for (let index = 0; index < this.#modules.length; index++) this.#put(index, this.#source(index))
    writeFileSync(`${dir}/package.json`, '{ "name": "generated", "type": "module" }\n')
    writeFileSync(`${dir}/main.js`, main)
  }

  get modules(): number {
    return this.#modules.length
  }

  /** How many modules a save of this leaf makes stale, itself included. */
  stale(leaf: Leaf): number {
    return this.#closure(leaf).size
  }

  /** What a fresh process would print now. */
  expected(): Values {
    const values = new Array<number>(this.#modules.length)
    for (let index = this.#modules.length - 1; index >= 0; index--) values[index] = this.#own(index)
    // Modules import only what comes after them, except for the leaves, which import nothing.
    const total = (index: number) =>
      this.#modules[index]!.imports.reduce((sum, other) => (sum + values[other]!) % modulus, this.#own(index))
    for (let index = this.#modules.length - 1; index >= 0; index--) values[index] = total(index)
    const all = values[0]!
    return { few: this.size === 'chain' ? all : this.#own(this.#leaf.few), all }
  }

  /** Saves a leaf with a new number in it; `before` is called at the last moment before the save can be seen. */
  save(leaf: Leaf, how: Save, before: () => void): void {
    const index = this.#leaf[leaf]
    const place = this.dir + this.#modules[index]!.path
    this.#stamps[leaf]++
    const text = this.#source(index)
    if (how === 'overwrite') {
      before()
      writeFileSync(place, text)
    } else {
      // Editors name their temporary files in all ways; this one is of no tool's concern.
      const temporary = `${place}.${++this.#saves}.tmp`
      writeFileSync(temporary, text)
      before()
      renameSync(temporary, place)
    }
  }

  /**
   * What has to be done by hand where there are no hooks: the leaf gets a new number, and everything stale a new `?v=` in
   * the specifiers that lead to it. Returns the specifier of the entry point.
   */
  bump(leaf: Leaf): string {
    this.#stamps[leaf]++
    const query = `?v=${++this.#saves}`
    const stale = this.#closure(leaf)
    for (const index of stale) this.#queries.set(index, query)
    for (const index of stale) this.#put(index, this.#source(index))
    return `/entry.js${query}`
  }

  #closure(leaf: Leaf): Set<number> {
    const importers = new Map<number, number[]>()
    this.#modules.forEach(({ imports }, index) => {
      for (const other of imports) importers.set(other, [...(importers.get(other) ?? []), index])
    })
    const stale = new Set([this.#leaf[leaf]])
    for (const index of stale) for (const importer of importers.get(index) ?? []) stale.add(importer)
    return stale
  }

  #own(index: number): number {
    const at = (['few', 'all'] as const).find(leaf => this.#leaf[leaf] === index)
    if (this.size === 'chain' && at) return 1_000 + this.#stamps.few + this.#stamps.all
    return at ? 1_000 + this.#stamps[at] : index
  }

  #source(index: number): string {
    const query = (other: number) => this.#queries.get(other) ?? ''
    const { path, imports } = this.#modules[index]!
    const up = path.lastIndexOf('/') > 0 ? '..' : '.'
    let source = ''
    for (const other of imports) {
      source += `import { value as v${other} } from '${up}${this.#modules[other]!.path}${query(other)}'\n`
    }
    source += `export const value = (${[this.#own(index), ...imports.map(other => `v${other}`)].join(' + ')}) % ${modulus}\n`
    if (index === 0) {
      const few = imports.find(other => this.#modules[other]!.path === '/few/middle.js')
      const from = few === undefined ? '' : ` from '.${this.#modules[few]!.path}${query(few)}'`
      source += from ? `export { few }${from}\n` : 'export const few = value\n'
    }
    if (path === '/few/middle.js') source += `export const few = v${imports[0]}\n`
    return source + filler
  }

  #put(index: number, text: string): void {
    const place = this.dir + this.#modules[index]!.path
    mkdirSync(dirname(place), { recursive: true })
    writeFileSync(place, text)
  }
}

/** The program, for tools that run one: it prints what it got. */
const main = `import { few, value } from './entry.js'
console.log('@@' + JSON.stringify({ few, all: value }))
`

/** What makes a module about 1 KB of code. */
const filler = `
/** A price in cents as people write it. */
export function price(cents, currency = 'EUR') {
  const sign = cents < 0 ? '-' : ''
  const digits = String(Math.abs(cents)).padStart(3, '0')
  return \`\${sign}\${digits.slice(0, -2)}.\${digits.slice(-2)} \${currency}\`
}

/** The words of a text and how often each of them occurs in it, the most frequent ones first. */
export function words(text) {
  const counts = new Map()
  for (const [word] of text.toLowerCase().matchAll(/[a-z]+/g)) counts.set(word, (counts.get(word) ?? 0) + 1)
  return [...counts].sort(([, a], [, b]) => b - a)
}

export class Basket {
  items = []

  add(item, count = 1) {
    this.items.push({ item, count })
    return this
  }

  get total() {
    return this.items.reduce((sum, { item, count }) => sum + item.price * count, 0)
  }
}
`
