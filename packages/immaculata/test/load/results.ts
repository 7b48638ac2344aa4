/** RESULTS.md: what a run counted, what was seen at the terminal, and other tools beside it. */
import { cpus, type } from 'node:os'
import type { Compared } from './compare.ts'

/** One server on one Node. */
export interface Row {
  node: string
  example: string
  saves: number
  live: number
  requests: number
  failed: number
  reset: number
  stale: number
  leaked: string
  'p50 ms': number
  'p99 ms': number
  'save ms': number
}

/** What a server said while it was edited. */
export interface Transcript {
  readonly example: string
  readonly node: string
  readonly text: string
}

export interface Results {
  readonly saves: string
  readonly seconds: string
  readonly connections: string
  readonly rows: readonly Row[]
  readonly transcripts: readonly Transcript[]
  readonly compared: readonly Compared[]
}

export function render({ saves, seconds, connections, rows, transcripts, compared }: Results): string {
  return `# The server examples, edited under load

Written by \`pnpm load --write\`, on ${cpus().length} cores (${type()}), which the load itself, the servers and the edits share.

## Counts

Each server of \`examples/\` under autocannon's full load on loopback, ${connections} connections, and ${saves} saves in ${seconds} seconds
meanwhile: good ones, several files at once, broken ones, their mending, and atomic ones, in turn. *live*: saves that were seen to go live;
the broken fifth does when it is mended. *failed*: responses other than 200, timeouts, bodies without the page. *reset*: connections
refused or reset. *stale*: responses older than the last save that was live when they were asked for. *leaked*: servers, timers, sockets and
listeners that were open at the end and not at the beginning, as the process itself counts them.

${table(rows)}

## At the terminal

${transcripts.map(transcript => section(transcript, rows)).join('\n\n')}

## Beside other tools

The same saves of \`page.js\`, one after the other, from \`examples/\`, with the examples as they are; a request follows the last as soon as that
is answered. *saves live* within ten seconds; *p50*: from the save to the first response that has it; *requests failed* meanwhile; *state*:
a user who was added before the first save. Node ${process.versions.node}.

${table(compared)}
`
}

function section({ example, node, text }: Transcript, rows: readonly Row[]): string {
  const lines = text
    .split('\n')
    .filter(line => !/^resources \{/.test(line))
    .map(line => line.trimEnd())
  const shown =
    lines.length > 44 ? [...lines.slice(0, 32), `… ${lines.length - 40} more lines …`, ...lines.slice(-9)] : lines
  const row = rows.find(row => row.example === example && row.node === node)
  const counts = row
    ? `${row.saves} saves, ${row.live} of them live; ${row.requests} requests: ${row.failed} failed, ${row.reset} reset, ` +
      `${row.stale} stale; leaked: ${row.leaked}`
    : ''
  return `### examples/${example}, Node ${node}

\`\`\`
$ immaculata server.js
${shown.join('\n').trim()}
\`\`\`

${counts}`
}

function table(rows: readonly object[]): string {
  const names = Object.keys(rows[0] ?? {})
  const line = (cells: readonly unknown[]) => `| ${cells.join(' | ')} |`
  return [line(names), line(names.map(() => '---')), ...rows.map(row => line(Object.values(row)))].join('\n')
}
