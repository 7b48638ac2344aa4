/** Measures the parts asked for on one Node, and puts them where older results of the same parts were. */
import type { Adapter } from './adapter.ts'
import { dynamicFigures, graphFigures, treeFigures } from './figures.ts'
import { type MemoryCase, reloads } from './memory.ts'
import type { Size } from './project.ts'
import { type MemoryResult, machine, type Results } from './results.ts'
import { coldStarts, type Effort, type SaveCase, saves } from './saves.ts'
import { startsOf } from './starts.ts'

export interface Parts {
  readonly only: ReadonlySet<string>
  readonly sizes: readonly number[]
  readonly rounds: number
  readonly reloads: number
  readonly quick: boolean
  /** Whether all tools take part. The memory of the others, and the long curve, are looked at there only. */
  readonly all: boolean
}

export interface Setting {
  readonly node: string
  readonly tools: readonly Adapter[]
  /** A folder for the projects. */
  readonly work: string
  /** What the others are compared with: measured as often as asked, however long it takes. */
  isCore(tool: Adapter): boolean
}

/** For a tool that is only there to be compared with, for each case, in ms. */
const budget = 5_000

/** Whose modules live on in the process. */
const reloading = ['ours', 'bun', 'vite', 'dynohot', 'hot-hook']

const memoryCases: readonly MemoryCase[] = [
  { kind: 'module', importers: 0 },
  { kind: 'commonjs', importers: 0 },
  { kind: 'module', importers: 50 },
]

export async function measure(results: Results, setting: Setting, parts: Parts): Promise<void> {
  const { node, tools, work } = setting
  const { quick } = parts
  results.machine = machine()
  const timed = async (part: string, run: () => Promise<void>) => {
    if (!parts.only.has(part)) return
    const begun = new Date()
    await run()
    const minutes = (Date.now() - begun.getTime()) / 60_000
    results.parts[part] = { day: begun.toISOString().slice(0, 10), minutes }
    console.error(`Node ${results.node.slice(1)}: ${part}, ${minutes.toFixed(1)} minutes`)
  }
  await timed('cold', async () => {
    const started = tools.filter(tool => !tool.byHand)
    for (const size of parts.sizes) {
      // What takes half a minute to start is started once or twice, not nine times.
      const effort = (tool: Adapter): Effort => {
        const isCore = setting.isCore(tool) && tool.id !== 'vite'
        return {
          rounds: Math.min(parts.rounds, isCore ? 9 : 3),
          budget: isCore ? Number.POSITIVE_INFINITY : 2 * budget,
        }
      }
      results.cold[size] = await coldStarts(started, node, size, `${work}/cold`, effort)
    }
  })
  await timed('starts', async () => {
    results.starts = await startsOf(node, `${work}/starts`, quick ? 2 : 15)
  })
  await timed('saves', async () => {
    const watching = tools.filter(tool => !tool.once)
    for (const size of [...parts.sizes, 'chain'] satisfies Size[]) {
      // A round at 5,000 modules takes several seconds, and varies less.
      const rounds = size === 5_000 ? Math.min(parts.rounds, 11) : parts.rounds
      const found = await saves(watching, node, size, casesOf(size), `${work}/saves`, tool =>
        savesEffort(setting, rounds, tool),
      )
      for (const [{ leaf, how }, rows] of found) results.saves[`${size} ${leaf} ${how}`] = rows
    }
  })
  await timed('tree', async () => {
    results.tree = await treeFigures(node, `${work}/files`, {
      files: quick ? 1_000 : 10_000,
      rounds: quick ? 5 : 25,
      watchers: quick ? 1 : 5,
      idle: quick ? 1 : 20,
      chokidar: tools.some(tool => tool.needs),
    })
  })
  await timed('graph', async () => {
    results.graph = await graphFigures(node, quick ? 3 : 25)
  })
  await timed('dynamic', async () => {
    results.dynamic = await dynamicFigures(node, `${work}/dynamic`, quick ? 2_000 : 10_000, quick ? 1 : 4)
  })
  await timed('memory', async () => {
    const held = tools.filter(tool => reloading.includes(tool.id) && (tool.id === 'ours' || parts.all))
    const cases = held.flatMap(tool => memoryCases.map(one => ({ tool, one })))
    results.memory = await twoAtATime(cases, ({ tool, one }, at) =>
      reloads(tool, node, `${work}/memory${at}`, one, parts.reloads, 4),
    )
  })
  if (!parts.all) return
  await timed('curve', async () => {
    const ours = tools.filter(tool => tool.id === 'ours')
    const cases = ours.flatMap(tool => memoryCases.slice(0, 2).map(one => ({ tool, one })))
    results.curve = await twoAtATime(cases, ({ tool, one }, at) =>
      reloads(tool, node, `${work}/curve${at}`, one, 10 * parts.reloads, 100),
    )
  })
}

function casesOf(size: Size): SaveCase[] {
  return (size === 'chain' ? (['all'] as const) : (['few', 'all'] as const)).flatMap(leaf => [
    { leaf, how: 'atomic' },
    { leaf, how: 'overwrite' },
  ])
}

function savesEffort(setting: Setting, rounds: number, tool: Adapter): Effort {
  return setting.isCore(tool) ? { rounds, budget: 4 * budget } : { rounds: Math.min(rounds, 5), budget }
}

/** Memory is no question of time. */
async function twoAtATime<T>(
  cases: readonly T[],
  run: (one: T, at: number) => Promise<MemoryResult>,
): Promise<MemoryResult[]> {
  const results: MemoryResult[] = []
  let next = 0
  const work = async () => {
    for (let at = next++; at < cases.length; at = next++) results[at] = await run(cases[at]!, at)
  }
  await Promise.all([work(), work()])
  return results
}
