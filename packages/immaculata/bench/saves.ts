/** Cold start, and save → fresh: one process and one copy of the project for each tool, all alive at once, turn by turn. */
import { mkdirSync, rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Adapter, same, Tool } from './adapter.ts'
import { type Leaf, Project, type Save, type Size } from './project.ts'
import type { RowResult } from './results.ts'

/** How often a tool is measured. */
export interface Effort {
  readonly rounds: number
  /** In ms. Once a tool has used it up and was measured twice, or used up twice as much, the case is over for it. */
  readonly budget: number
}

interface Row {
  readonly adapter: Adapter
  readonly effort: Effort
  readonly times: number[]
  /** Samples in which a value was shown after the save that was not the right one, be it the old one or a mixture. */
  wrong: number
  /** Samples that did not become fresh at all. */
  lost: number
  note?: string
  /** In ms, over all of its samples. */
  spent: number
  lostInARow: number
}

/** A save that is not seen within this time counts as lost, in ms. */
const patience = 10_000
/** After so many lost samples in a row a tool is left alone. */
const hopeless = 2

function rowsOf(tools: readonly Adapter[], effort: (adapter: Adapter) => Effort): Row[] {
  return tools.map(adapter => {
    return { adapter, effort: effort(adapter), times: [], wrong: 0, lost: 0, spent: 0, lostInARow: 0 }
  })
}

function isOver({ effort, times, spent, lostInARow }: Row, round: number): boolean {
  const least = spent > 2 * effort.budget ? 1 : 2
  return round >= effort.rounds || lostInARow >= hopeless || (times.length >= least && spent > effort.budget)
}

function result({ adapter, times, wrong, lost, note }: Row): RowResult {
  const told = note?.trim()
  return { tool: adapter.id, times, wrong, lost, ...(told && (wrong || lost) ? { note: told } : {}) }
}

/** From the start of the process until the entry point has printed what it got, in ms. */
export async function coldStarts(
  tools: readonly Adapter[],
  node: string,
  size: Size,
  dir: string,
  effort: (adapter: Adapter) => Effort,
): Promise<RowResult[]> {
  mkdirSync(dir, { recursive: true })
  const project = new Project(dir, size)
  const rows = rowsOf(tools, effort)
  const most = Math.max(...rows.map(row => row.effort.rounds))
  for (let round = 0; round < most; round++) {
    for (const row of rows) {
      if (isOver(row, round)) continue
      const tool = new Tool(row.adapter, project, node, false)
      await first(tool, row, row.times)
      row.spent += performance.now() - tool.started
      await tool.close()
    }
  }
  rmSync(dir, { recursive: true })
  return rows.map(result)
}

async function first(tool: Tool<Project>, row: Row, times: number[]): Promise<boolean> {
  for await (const { at, values } of tool.messages(6 * patience)) {
    if (!values || !same(values, tool.project.expected())) break
    times.push(at - tool.started)
    return true
  }
  row.lost++
  row.lostInARow++
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
  effort: (adapter: Adapter) => Effort,
): Promise<Map<SaveCase, RowResult[]>> {
  const results = new Map<SaveCase, RowResult[]>()
  const running = new Map<Adapter, Tool<Project>>()
  const hopelessCases = new Set<string>()
  let last: Row[] = []
  for (const one of cases) {
    const rows = rowsOf(tools, effort)
    for (const row of rows) {
      // What was never seen of such saves once gets one more chance, not two.
      if (hopelessCases.has(`${row.adapter.id} ${one.how}`)) row.lostInARow = hopeless - 1
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
    await turns(one, rows, running)
    results.set(one, rows.map(result))
    for (const { adapter, lostInARow } of rows)
      if (lostInARow >= hopeless) hopelessCases.add(`${adapter.id} ${one.how}`)
    last = rows
  }
  for (const tool of running.values()) await tool.close()
  rmSync(dir, { recursive: true })
  return results
}

async function turns(
  { leaf, how }: SaveCase,
  rows: readonly Row[],
  running: ReadonlyMap<Adapter, Tool<Project>>,
): Promise<void> {
  const most = Math.max(...rows.map(row => row.effort.rounds))
  // The first round warms up.
  for (let round = -1; round < most; round++) {
    for (const row of rows) {
      const tool = running.get(row.adapter)
      if (!tool || isOver(row, round)) continue
      const times: number[] = []
      const counts = { wrong: row.wrong, lost: row.lost }
      const begun = performance.now()
      await (row.adapter.byHand ? importByHand(tool, leaf, row, times) : save(tool, leaf, how, row, times))
      row.spent += performance.now() - begun
      // What ours gets wrong counts from the first save on.
      if (round >= 0) row.times.push(...times)
      else if (!row.adapter.id.startsWith('ours') && times.length > 0) Object.assign(row, counts)
      row.lostInARow = times.length > 0 ? 0 : row.lostInARow + 1
      await sleep(50)
    }
  }
}

async function save(tool: Tool<Project>, leaf: Leaf, how: Save, row: Row, times: number[]): Promise<void> {
  await tool.begin()
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

async function importByHand(tool: Tool<Project>, leaf: Leaf, row: Row, times: number[]): Promise<void> {
  const specifier = tool.project.bump(leaf)
  const { ms, ...values } = await tool.ask<{ ms: number; few: number; all: number }>({ ask: 'import', specifier })
  if (same(values, tool.project.expected())) times.push(ms)
  else row.wrong++
}
