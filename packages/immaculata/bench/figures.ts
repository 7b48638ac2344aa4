/** What is measured of ours alone, or beside a loop of plain Node: memory, tree, graph and dynamic imports. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { type Adapter, here, peers } from './adapter.ts'
import type { Curve } from './plot.ts'
import { runProgram } from './run-program.ts'
import { digits, median, quantile, table } from './stats.ts'

export interface Figures {
  readonly text: string
  /** Wrong values that ours served. */
  readonly wrong: number
}

interface Reloads {
  readonly wrong: number
  readonly curve: (readonly [number, number])[]
}

export function reloads(
  adapter: Adapter,
  node: string,
  dir: string,
  kind: 'module' | 'commonjs',
  importers: number,
  count: number,
  points: number,
): Promise<Reloads> {
  const place = `${here}/adapters/${adapter.id}.mjs`
  return runProgram<Reloads>(node, ['--expose-gc'], 'memory', [place, dir, peers, kind, importers, count, points])
}

export async function memory(tools: readonly Adapter[], node: string, dir: string, count: number): Promise<Figures> {
  const rows: string[][] = []
  let wrong = 0
  for (const tool of tools) {
    for (const [kind, importers] of [
      ['module', 0],
      ['commonjs', 0],
      ['module', 50],
    ] as const) {
      // Vite's runners leave a CommonJS file outside of packages unable to run.
      if (kind === 'commonjs' && tool.id !== 'ours') continue
      const { curve, wrong: mistakes } = await reloads(tool, node, dir, kind, importers, count, 4)
      rmSync(dir, { recursive: true })
      if (tool.id === 'ours') wrong += mistakes
      const at = curve.map(([, bytes]) => bytes)
      const [start, middle, end] = [at[0]!, at[2]!, at[4]!]
      rows.push([
        `${tool.name}, ${kind === 'module' ? 'ES module' : 'CommonJS'}${importers ? `, ${importers} importers` : ''}`,
        digits((end - start) / count / 1024),
        digits((middle - start) / 2 ** 20),
        digits((end - middle) / 2 ** 20),
        digits(end / 2 ** 20),
        String(mistakes),
      ])
    }
  }
  const head = [`${count} reloads`, 'KB per reload', 'first half MB', 'second half MB', 'at the end MB', 'wrong']
  return { text: table(head, rows), wrong }
}

export async function memoryCurves(ours: Adapter, node: string, dir: string, count: number): Promise<Curve[]> {
  const curves: Curve[] = []
  for (const kind of ['module', 'commonjs'] as const) {
    const { curve } = await reloads(ours, node, dir, kind, 0, count, 100)
    rmSync(dir, { recursive: true })
    curves.push({ name: kind === 'module' ? 'ES module of 1 MB' : 'CommonJS module of 1 MB', points: curve })
  }
  return curves
}

/** About 21 MB in as many files, twenty in a folder. */
export function writeFiles(dir: string, files: number): void {
  const text = '// what stands in a file is of no concern here\n'.repeat(45)
  for (let at = 0; at < files; at++) {
    const folder = `${dir}/folder${Math.floor(at / 20)}`
    if (at % 20 === 0) mkdirSync(folder, { recursive: true })
    writeFileSync(`${folder}/file${at}.js`, `${text}export default ${at}\n`)
  }
}

export async function treeFigures(node: string, dir: string, rounds: number, idle: number): Promise<Figures> {
  type Tree = { wrong: number; loop: number[]; tree: number[]; armed: number; rss: number; idle: number }
  const {
    wrong,
    loop,
    tree,
    armed,
    rss,
    idle: cpu,
  } = await runProgram<Tree>(node, ['--expose-gc'], 'tree', [dir, rounds, idle])
  const text = table(
    ['', ''],
    [
      ['bare loop, ms', `${digits(median(loop))} (p95 ${digits(quantile(loop, 0.95))})`],
      ['tree, ms', `${digits(median(tree))} (p95 ${digits(quantile(tree, 0.95))})`],
      ['tree ÷ loop', digits(median(tree.map((ms, at) => ms / loop[at]!)))],
      ['watching: time to armed, ms', digits(armed)],
      ['watching: RSS added, MB', digits(rss / 2 ** 20)],
      [`idle for ${idle} s while watching: CPU, %`, digits(cpu * 100)],
    ],
  )
  return { text, wrong }
}

export async function graphFigures(node: string, rounds: number): Promise<Figures> {
  type Graph = { wrong: number; edges: number; all: number[]; ten: number[] }
  const { wrong, edges, all, ten } = await runProgram<Graph>(node, [], 'graph', [rounds])
  const row = (name: string, times: number[]) => [name, digits(median(times)), digits(quantile(times, 0.95))]
  const head = [`100,000 modules, ${edges.toLocaleString('en')} edges`, 'median ms', 'p95 ms']
  return { text: table(head, [row('invalidate all', all), row('invalidate 10', ten)]), wrong }
}

/** Processes of plain Node and of ours take turns; the ratio is that of the medians over all of them. */
export async function dynamicFigures(node: string, dir: string, count: number, turns: number): Promise<Figures> {
  type Times = Record<'relative' | 'absolute' | 'outside', number[]>
  const times = { plain: [] as Times[], hot: [] as Times[] }
  for (let turn = 0; turn < turns; turn++) {
    for (const kind of ['plain', 'hot'] as const) {
      times[kind].push(await runProgram<Times>(node, [], 'dynamic', [kind, dir, count, 15]))
      rmSync(dir, { recursive: true })
    }
  }
  const all = (kind: 'plain' | 'hot', name: keyof Times) => times[kind].flatMap(one => one[name])
  const rows = (['relative', 'absolute', 'outside'] as const).map(name => {
    const [plain, hot] = [all('plain', name), all('hot', name)]
    const label = { relative: 'relative', absolute: 'absolute', outside: 'absolute, from outside the tree' }[name]
    return [label, digits(median(plain) / 1e3), digits(median(hot) / 1e3), digits(median(hot) / median(plain))]
  })
  return { text: table(['import() of an unchanged module', 'node µs', 'immaculata µs', '÷'], rows), wrong: 0 }
}
