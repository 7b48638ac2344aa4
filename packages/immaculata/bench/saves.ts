/** Cold start, and save → fresh: one process and one copy of the project for each tool, all alive at once, turn by turn. */
import { mkdirSync, rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Adapter, same, Tool } from './adapter.ts'
import { type Leaf, Project, type Save, type Size } from './project.ts'

export interface Row {
  readonly adapter: Adapter
  /** Of good samples only, in ms. */
  readonly times: number[]
  /** Samples in which a value was shown after the save that was not the right one, be it the old one or a mixture. */
  wrong: number
  /** Samples that did not become fresh at all. */
  lost: number
  note?: string
}

/** A save that is not seen within this time counts as lost, in ms. */
const patience = 10_000
/** After so many lost samples in a row a tool is left alone. */
const hopeless = 2

function row(adapter: Adapter): Row {
  return { adapter, times: [], wrong: 0, lost: 0 }
}

/** From the start of the process until the entry point has printed what it got, in ms. */
export async function coldStarts(
  tools: readonly Adapter[],
  node: string,
  size: Size,
  dir: string,
  rounds: (adapter: Adapter) => number,
): Promise<Row[]> {
  mkdirSync(dir, { recursive: true })
  const project = new Project(dir, size)
  const rows = tools.map(row)
  const most = Math.max(...tools.map(rounds))
  for (let round = 0; round < most; round++) {
    for (const row of rows) {
      if (round >= rounds(row.adapter) || row.lost >= hopeless) continue
      const tool = new Tool(row.adapter, project, node)
      await first(tool, row, row.times)
      await tool.close()
    }
  }
  rmSync(dir, { recursive: true })
  return rows
}

async function first(tool: Tool, row: Row, times: number[]): Promise<boolean> {
  for await (const { at, values } of tool.messages(6 * patience)) {
    if (!values || !same(values, tool.project.expected())) break
    times.push(at - tool.started)
    return true
  }
  row.lost++
  row.note = tool.output
  return false
}

export interface SaveCase {
  readonly leaf: Leaf
  readonly how: Save
}

/** From the save until the program has printed the right values, in ms; for each case in turn. */
export async function saves(
  tools: readonly Adapter[],
  node: string,
  size: Size,
  cases: readonly SaveCase[],
  dir: string,
  rounds: (adapter: Adapter) => number,
): Promise<Map<SaveCase, Row[]>> {
  const results = new Map<SaveCase, Row[]>()
  const running = new Map<Adapter, Tool>()
  let last: Row[] = []
  const most = Math.max(...tools.map(rounds))
  for (const one of cases) {
    const rows = tools.map(row)
    results.set(one, rows)
    for (const row of rows) {
      // A tool that lost its way gets a new process for the next case, one that never started does not.
      const before = last.find(({ adapter }) => adapter === row.adapter)
      if (before?.lost && running.has(row.adapter)) {
        await running.get(row.adapter)!.close()
        running.delete(row.adapter)
      } else if (before) {
        if (!running.has(row.adapter)) Object.assign(row, { lost: before.lost, note: before.note })
        continue
      }
      const place = `${dir}/${row.adapter.id}`
      rmSync(place, { recursive: true, force: true })
      mkdirSync(place, { recursive: true })
      const tool = new Tool(row.adapter, new Project(place, size), node)
      if (await first(tool, row, [])) running.set(row.adapter, tool)
      else await tool.close()
    }
    await sleep(1_000)
    await turns(one, rows, running, rounds, most)
    last = rows
  }
  for (const tool of running.values()) await tool.close()
  rmSync(dir, { recursive: true })
  return results
}

async function turns(
  { leaf, how }: SaveCase,
  rows: readonly Row[],
  running: ReadonlyMap<Adapter, Tool>,
  rounds: (adapter: Adapter) => number,
  most: number,
): Promise<void> {
  const lostInARow = new Map<Row, number>()
  // The first round warms up.
  for (let round = -1; round < most; round++) {
    for (const row of rows) {
      const tool = running.get(row.adapter)
      const lost = lostInARow.get(row) ?? 0
      if (!tool || round >= rounds(row.adapter) || lost >= hopeless) continue
      const times: number[] = []
      const counts = { wrong: row.wrong, lost: row.lost }
      await (row.adapter.byHand ? importByHand(tool, leaf, row, times) : save(tool, leaf, how, row, times))
      // What ours gets wrong counts from the first save on.
      if (round >= 0) row.times.push(...times)
      else if (!row.adapter.id.startsWith('ours')) Object.assign(row, counts)
      lostInARow.set(row, times.length > 0 ? 0 : lost + 1)
      await sleep(50)
    }
  }
}

async function save(tool: Tool, leaf: Leaf, how: Save, row: Row, times: number[]): Promise<void> {
  tool.clear()
  let saved = 0
  tool.project.save(leaf, how, () => {
    saved = performance.now()
  })
  const expected = tool.project.expected()
  let wrong = false
  for await (const { at, values, error } of tool.messages(patience)) {
    if (values && same(values, expected)) {
      times.push(at - saved)
      break
    }
    wrong = true
    row.note = error ?? `showed ${JSON.stringify(values)} instead of ${JSON.stringify(expected)}`
  }
  tool.enough()
  if (wrong) row.wrong++
  if (times.length > 0) return
  row.lost++
  row.note ??= tool.output
}

async function importByHand(tool: Tool, leaf: Leaf, row: Row, times: number[]): Promise<void> {
  const specifier = tool.project.bump(leaf)
  const { ms, ...values } = await tool.ask<{ ms: number; few: number; all: number }>({ ask: 'import', specifier })
  if (same(values, tool.project.expected())) times.push(ms)
  else row.wrong++
}
