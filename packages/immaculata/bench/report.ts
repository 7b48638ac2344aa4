/** Results as Markdown. */
import { homedir } from 'node:os'
import { type Adapter, versionOf } from './adapter.ts'
import type { DynamicResult, GraphResult, MemoryResult, Results, RowResult, TreeResult, Ways } from './results.ts'
import { digits, median, quantile, table } from './stats.ts'
import { growthOf } from './targets.ts'

/** Which tools took part, in which versions, and which could not. */
export function toolsTable(tools: readonly Adapter[]): string {
  const rows = tools.flatMap(tool => {
    if (!tool.needs) return []
    const found = versionOf(tool)
    return [[tool.name, 'version' in found ? `${tool.needs} ${found.version}` : `not measured here: ${found.missing}`]]
  })
  return rows.length > 0 ? table(['tool', 'package'], rows) : ''
}

type NameOf = (tool: string) => string

/** `base` is the row that the others are divided by. */
function rowsTable(rows: readonly RowResult[], base: string, nameOf: NameOf): string {
  const unit = median(rows.find(({ tool }) => tool === base)?.times ?? [])
  const text = table(
    ['', 'median ms', 'p95 ms', `÷ ${nameOf(base)}`, 'samples', 'wrong', 'lost'],
    rows.map(({ tool, times, wrong, lost }) => [
      nameOf(tool),
      digits(median(times)) || 'not measured here',
      digits(quantile(times, 0.95)),
      digits(median(times) / unit),
      String(times.length),
      wrong ? `**${wrong}**` : '0',
      lost ? `**${lost}**` : '0',
    ]),
  )
  return withNotes(text, rows, nameOf)
}

function withNotes(text: string, rows: readonly { tool: string; note?: string }[], nameOf: NameOf): string {
  const notes = rows.flatMap(({ tool, note }) => (note ? [`- ${nameOf(tool)}: \`${message(note)}\``] : []))
  return [text, [...new Set(notes)].join('\n')].filter(Boolean).join('\n\n')
}

/** The line of a tool's output that says most; no place of this machine in it. */
function message(note: string): string {
  const lines = note.split('\n').filter(line => line.trim())
  const line = lines.find(line => /\b\w*(?:Error|error)\b/.test(line)) ?? lines.at(-1) ?? ''
  return line
    .replaceAll(homedir(), '~')
    .replace(/(?:file:\/\/)?(?:\/[\w.@+~-]+){2,}\//g, '…/')
    .replaceAll('`', "'")
    .trim()
    .slice(0, 200)
}

function memoryTable(rows: readonly MemoryResult[], nameOf: NameOf): string {
  const text = table(
    ['', 'KB per reload', 'at the end MB', 'more than in the middle, %', 'reloads', 'wrong'],
    rows.map(one => {
      const { perReload, secondHalf } = growthOf(one)
      const [reloads, bytes] = one.curve.at(-1) ?? [0, Number.NaN]
      const kind = one.kind === 'module' ? 'ES module' : 'CommonJS'
      return [
        `${nameOf(one.tool)}, ${kind}${one.importers ? `, ${one.importers} importers` : ''}`,
        digits(perReload) || 'not measured here',
        digits(bytes / 2 ** 20),
        digits(secondHalf * 100),
        reloads.toLocaleString('en'),
        one.wrong ? `**${one.wrong}**` : '0',
      ]
    }),
  )
  return withNotes(text, rows, tool => `${nameOf(tool)}`)
}

function treeTable({ files, loop, tree, ours, chokidar, idle, seconds }: TreeResult): string {
  const both = (times: readonly number[]) => `${digits(median(times))} (p95 ${digits(quantile(times, 0.95))})`
  const of = (all: typeof ours, what: 'armed' | 'rss') =>
    digits(median(all.map(one => (what === 'rss' ? one.rss / 2 ** 20 : one.armed)))) || 'not measured here'
  return table(
    [`${files.toLocaleString('en')} files`, 'immaculata', 'bare loop', 'chokidar'],
    [
      ['load, ms', both(tree), both(loop), ''],
      ['÷', digits(median(tree) / median(loop)), '1.00', ''],
      ['time until they are watched, ms', of(ours, 'armed'), '', of(chokidar, 'armed')],
      ['RSS added by watching, MB', of(ours, 'rss'), '', of(chokidar, 'rss')],
      [`CPU in ${seconds} s of watching, %`, digits(idle * 100), '', ''],
    ],
  )
}

function graphTable({ edges, all, ten }: GraphResult): string {
  const row = (name: string, times: readonly number[]) => [name, digits(median(times)), digits(quantile(times, 0.95))]
  const head = [`100,000 modules, ${edges.toLocaleString('en')} edges`, 'median ms', 'p95 ms']
  return table(head, [row('invalidate all', all), row('invalidate 10', ten)])
}

function dynamicTable({ plain, hot }: DynamicResult): string {
  const labels = { relative: 'relative', absolute: 'absolute', outside: 'absolute, from outside the tree' }
  const rows = (Object.keys(labels) as (keyof Ways)[]).map(way => {
    const [node, ours] = [median(plain[way]), median(hot[way])]
    return [labels[way], digits(node / 1e3), digits(ours / 1e3), digits(ours / node)]
  })
  return table(['import() of an unchanged module', 'node µs', 'immaculata µs', '÷'], rows)
}

function headingOf(key: string): string {
  const [size, leaf, how] = key.split(' ')
  const what = size === 'chain' ? 'a chain of 200' : `“${leaf}” of ${Number(size).toLocaleString('en')} modules`
  return `Save → fresh, ${what}, ${how === 'atomic' ? 'atomic save' : 'overwriting save'}`
}

/** Everything that was measured on one line of Node. */
export function details(results: Results, nameOf: NameOf): string {
  const sections: [string, string][] = []
  for (const [size, rows] of Object.entries(results.cold))
    sections.push([`Cold start, ${Number(size).toLocaleString('en')} modules`, rowsTable(rows, 'plain', nameOf)])
  for (const [key, rows] of Object.entries(results.saves))
    sections.push([headingOf(key), rowsTable(rows, 'bare', nameOf)])
  if (results.memory.length > 0) sections.push(['Memory', memoryTable(results.memory, nameOf)])
  if (results.curve.length > 0) {
    const image = '![Live memory over 10,000 reloads](memory.svg)'
    sections.push(['10,000 reloads', `${image}\n\n${memoryTable(results.curve, nameOf)}`])
  }
  if (results.tree) sections.push(['A tree', treeTable(results.tree)])
  if (results.graph) sections.push(['The graph', graphTable(results.graph)])
  if (results.dynamic) sections.push(['Dynamic import', dynamicTable(results.dynamic)])
  const parts = Object.entries(results.parts).map(
    ([part, { day, minutes }]) => `${part} ${day}, ${digits(minutes)} min`,
  )
  const head = `## Node ${results.node.slice(1)}\n\n${results.machine}. ${parts.join('; ')}.`
  return [head, ...sections.map(([heading, text]) => `### ${heading}\n\n${text}`)].join('\n\n')
}
