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
  const results = new Map(cases.map(one => [one, tools.map(row)]))
  const running = new Map<Adapter, Tool>()
  for (const adapter of tools) {
    mkdirSync(`${dir}/${adapter.id}`, { recursive: true })
    const tool = new Tool(adapter, new Project(`${dir}/${adapter.id}`, size), node)
    running.set(adapter, tool)
  }
  for (const [adapter, tool] of running) {
    const rows = [...results.values()].map(rows => rows.find(row => row.adapter === adapter)!)
    if (await first(tool, rows[0]!, [])) continue
    for (const other of rows) Object.assign(other, { lost: 1, note: rows[0]!.note })
    await tool.close()
    running.delete(adapter)
  }
  await sleep(1_000)
  const most = Math.max(...tools.map(rounds))
  for (const [{ leaf, how }, rows] of results) {
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
        if (round < 0) Object.assign(row, { wrong: counts.wrong, lost: counts.lost })
        else row.times.push(...times)
        lostInARow.set(row, times.length > 0 ? 0 : lost + 1)
        await sleep(50)
      }
    }
  }
  for (const tool of running.values()) await tool.close()
  rmSync(dir, { recursive: true })
  return results
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
