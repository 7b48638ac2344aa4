/** Results as Markdown. */
import { execFileSync } from 'node:child_process'
import { availableParallelism, cpus, release, totalmem } from 'node:os'
import { type Adapter, versionOf } from './adapter.ts'
import type { Row } from './saves.ts'
import { digits, median, quantile, table } from './stats.ts'

/** A Node to measure on, and its version. */
export interface NodeBinary {
  readonly path: string
  readonly version: string
}

export function nodeBinary(path: string): NodeBinary {
  return { path, version: execFileSync(path, ['--version'], { encoding: 'utf8' }).trim() }
}

export function machine(): string {
  const memory = Math.round(totalmem() / 2 ** 30)
  return `${cpus()[0]?.model.trim() ?? 'unknown CPU'}, ${availableParallelism()} cores, ${memory} GB, ${process.platform} ${release()}`
}

/** Which tools took part, in which versions, and which could not. */
export function toolsTable(tools: readonly Adapter[]): string {
  const rows = tools.flatMap(tool => {
    if (!tool.needs) return []
    const found = versionOf(tool)
    return [[tool.name, 'version' in found ? `${tool.needs} ${found.version}` : `not measured here: ${found.missing}`]]
  })
  return rows.length > 0 ? table(['tool', 'package'], rows) : ''
}

/** `base` is the row that the others are divided by. */
export function rowsTable(rows: readonly Row[], base: string): string {
  const unit = median(rows.find(({ adapter }) => adapter.id === base)?.times ?? [])
  const name = rows.find(({ adapter }) => adapter.id === base)?.adapter.name ?? base
  return table(
    ['', 'median ms', 'p95 ms', `÷ ${name}`, 'samples', 'wrong', 'lost'],
    rows.map(({ adapter, times, wrong, lost }) => [
      adapter.name,
      digits(median(times)) || 'not measured here',
      digits(quantile(times, 0.95)),
      digits(median(times) / unit),
      String(times.length),
      wrong ? `**${wrong}**` : '0',
      lost ? `**${lost}**` : '0',
    ]),
  )
}

/** Why a tool failed, for those that did. */
export function notes(rows: readonly Row[]): string {
  return rows
    .filter(({ note, wrong, lost }) => note && (wrong || lost))
    .map(
      ({ adapter, note }) =>
        `- ${adapter.name}: \`${note!.trim().split('\n').at(-1)!.slice(0, 160).replaceAll('`', "'")}\``,
    )
    .join('\n')
}
