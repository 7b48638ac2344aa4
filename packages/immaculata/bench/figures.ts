/** What is measured of ours beside plain Node, and chokidar: tree, graph and dynamic imports. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { peers } from './adapter.ts'
import type { DynamicResult, GraphResult, TreeResult, WatchResult, Ways } from './results.ts'
import { runProgram } from './run-program.ts'

/** About 21 MB in 10,000 files, twenty in a folder. */
function writeFiles(dir: string, files: number): void {
  const text = '// what stands in a file is of no concern here\n'.repeat(45)
  for (let at = 0; at < files; at++) {
    const folder = `${dir}/folder${Math.floor(at / 20)}`
    if (at % 20 === 0) mkdirSync(folder, { recursive: true })
    writeFileSync(`${folder}/file${at}.js`, `${text}export default ${at}\n`)
  }
}

export interface TreeEffort {
  readonly files: number
  readonly rounds: number
  /** How many processes begin to watch. */
  readonly watchers: number
  /** For how many seconds one of them is left in peace. */
  readonly idle: number
  readonly chokidar: boolean
}

/** Loading takes turns with the loop in one process; each watcher has a process of its own, with nothing before it. */
export async function treeFigures(node: string, dir: string, effort: TreeEffort): Promise<TreeResult> {
  const { files, rounds, idle } = effort
  writeFiles(dir, files)
  const loads = await runProgram<{ wrong: number; loop: number[]; tree: number[] }>(node, [], 'tree', [dir, rounds])
  const watch = (kind: string, seconds: number) =>
    runProgram<WatchResult & { idle: number }>(node, ['--expose-gc'], 'watch', [kind, dir, peers, seconds])
  const ours: WatchResult[] = []
  const chokidar: WatchResult[] = []
  for (let at = 0; at < effort.watchers; at++) {
    ours.push(await watch('ours', 0))
    if (effort.chokidar) chokidar.push(await watch('chokidar', 0))
  }
  const { idle: cpu } = await watch('ours', idle)
  rmSync(dir, { recursive: true })
  return { files, ...loads, ours, chokidar, idle: cpu, seconds: idle }
}

export async function graphFigures(node: string, rounds: number): Promise<GraphResult> {
  return runProgram<GraphResult>(node, [], 'graph', [rounds])
}

/** Processes of plain Node and of ours take turns. */
export async function dynamicFigures(node: string, dir: string, count: number, turns: number): Promise<DynamicResult> {
  const times = { plain: [] as Ways[], hot: [] as Ways[] }
  for (let turn = 0; turn < turns; turn++) {
    for (const kind of ['plain', 'hot'] as const) {
      times[kind].push(await runProgram<Ways>(node, [], 'dynamic', [kind, dir, count, 15]))
      rmSync(dir, { recursive: true })
    }
  }
  const all = (kind: 'plain' | 'hot') => {
    const of = (way: keyof Ways) => times[kind].flatMap(one => one[way])
    return { relative: of('relative'), absolute: of('absolute'), outside: of('outside') }
  }
  return { plain: all('plain'), hot: all('hot') }
}
