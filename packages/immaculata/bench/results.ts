/** What was measured, as numbers: one JSON file for each line of Node, so that a run can be made in parts. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, totalmem, type } from 'node:os'
import { here } from './adapter.ts'
import type { StartsResult } from './starts.ts'

/** Cold starts or saves of one tool, in ms. */
export interface RowResult {
  readonly tool: string
  /** Of good samples only. */
  readonly times: readonly number[]
  readonly wrong: number
  readonly lost: number
  readonly note?: string
}

/** What stays in memory of a module of 1 MB that is reloaded. */
export interface MemoryResult {
  readonly tool: string
  readonly kind: 'module' | 'commonjs'
  readonly importers: number
  /** Reloads, live bytes. */
  readonly curve: readonly (readonly [number, number])[]
  readonly wrong: number
  /** Why there is no whole curve. */
  readonly note?: string
}

/** One process that begins to watch. */
export interface WatchResult {
  /** In ms. */
  readonly armed: number
  /** In bytes. */
  readonly rss: number
}

export interface TreeResult {
  readonly files: number
  readonly loop: readonly number[]
  readonly tree: readonly number[]
  readonly wrong: number
  readonly ours: readonly WatchResult[]
  readonly chokidar: readonly WatchResult[]
  /** CPU time for a second of watching, in seconds, and for how many seconds it was looked at. */
  readonly idle: number
  readonly seconds: number
}

export interface GraphResult {
  readonly edges: number
  readonly all: readonly number[]
  readonly ten: readonly number[]
  readonly wrong: number
}

export type Ways = Record<'relative' | 'absolute' | 'outside', readonly number[]>

/** In ns. */
export interface DynamicResult {
  readonly plain: Ways
  readonly hot: Ways
}

export interface Results {
  /** `v24.21.0` */
  node: string
  machine: string
  /** By part: the day, and how many minutes it took. */
  readonly parts: Record<string, { day: string; minutes: number }>
  /** By size. */
  readonly cold: Record<string, RowResult[]>
  starts?: StartsResult
  /** By size, leaf and kind of save: `5000 few atomic`, `chain all overwrite`. */
  readonly saves: Record<string, RowResult[]>
  memory: MemoryResult[]
  curve: MemoryResult[]
  tree?: TreeResult
  graph?: GraphResult
  dynamic?: DynamicResult
}

const folder = `${here}/raw`
const place = (line: string) => `${folder}/node-${line}.json`

export function noResults(node: string): Results {
  return { node, machine: machine(), parts: {}, cold: {}, saves: {}, memory: [], curve: [] }
}

/** What is there already of a line of Node, such as `24`. */
export function readResults(line: string): Results | undefined {
  return existsSync(place(line)) ? (JSON.parse(readFileSync(place(line), 'utf8')) as Results) : undefined
}

export function writeResults(line: string, results: Results): void {
  mkdirSync(folder, { recursive: true })
  const rounded = (_: string, value: unknown) => (typeof value === 'number' ? Number(value.toPrecision(5)) : value)
  // Bytes of live memory need all of their digits.
  const exact = { ...results, memory: undefined, curve: undefined }
  const text = { ...JSON.parse(JSON.stringify(exact, rounded)), memory: results.memory, curve: results.curve }
  writeFileSync(place(line), `${JSON.stringify(text)}\n`)
}

export function machine(): string {
  const memory = Math.round(totalmem() / 2 ** 30)
  return `${cpus()[0]?.model.trim() ?? 'unknown CPU'}, ${availableParallelism()} cores, ${memory} GB, ${type()}`
}
