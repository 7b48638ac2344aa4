/** The main figures, as the repository's README quotes them. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { Results } from './results.ts'
import { digits, table } from './stats.ts'
import { growthOf, timeOf } from './targets.ts'

/** In what the README is in front of, and in RESULTS.md: between these lines stands the same text. */
const begin = '<!-- figures: written by `pnpm bench` -->'
const end = '<!-- /figures -->'

/** On one Node: ours first, then all others that took part. */
export function quote(results: Results, nameOf: (tool: string) => string): string {
  const size = '1000'
  const tools = (results.cold[size] ?? []).map(({ tool }) => tool)
  const all = [...new Set([...tools, ...results.memory.map(({ tool }) => tool)])].filter(tool => tool !== 'plain')
  const cold = results.cold[size]
  const rows = all.map(tool => {
    const kept = results.memory.find(one => one.tool === tool && one.kind === 'module' && one.importers === 0)
    return [
      nameOf(tool),
      digits(timeOf(cold, tool) / timeOf(cold, 'plain')),
      digits(timeOf(results.saves[`${size} few atomic`], tool)),
      digits(timeOf(results.saves[`${size} few overwrite`], tool)),
      digits(timeOf(results.saves[`${size} all atomic`], tool)),
      digits(kept ? growthOf(kept).perReload : Number.NaN),
    ].map(cell => cell || '–')
  })
  const head = [
    '1,000 modules',
    'cold start ÷ `node`',
    '2 stale, ms',
    'overwritten',
    '1,000 stale, ms',
    'KB kept / reload',
  ]
  const about = `Node ${results.node.slice(1)}, ${results.machine}; medians of interleaved runs.`
  return `${begin}\n${table(head, rows)}\n\n${about} \`npx --yes pnpm@12 bench\` reproduces them.\n${end}`
}

/** Puts the figures into a file that has a place for them. Returns whether it has. */
export function putQuote(file: string, text: string): boolean {
  const before = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const [from, to] = [before.indexOf(begin), before.indexOf(end)]
  if (from < 0 || to < from) return false
  writeFileSync(file, before.slice(0, from) + text + before.slice(to + end.length))
  return true
}
