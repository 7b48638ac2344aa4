/**
 * Edits each server example while autocannon loads it, and counts what must not happen: requests that fail, connections that are
 * refused or reset, responses that are older than the last save that was live, and what is left open at the end.
 *
 *     node load.ts [--seconds 60] [--saves 200] [--connections 50] [--examples express,hono] [--nodes 22,24,26] [--write]
 *
 * With `--write` it goes on to try other tools with the same edits, and puts everything into RESULTS.md.
 */
import {
  cpSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { nodeOfLine } from '../../../../.ci/nodes.ts'
import { compare } from './compare.ts'
import { type Row, render, type Transcript } from './results.ts'
import { Server } from './server.ts'
import { Traffic } from './traffic.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    saves: { type: 'string', default: '200' },
    connections: { type: 'string', default: '50' },
    examples: { type: 'string', default: 'node-http,express,fastify,hono' },
    nodes: { type: 'string', default: '22,24,26' },
    write: { type: 'boolean', default: false },
    command: { type: 'string', default: fileURLToPath(new URL('../../immaculata.js', import.meta.url)) },
  },
})
const repository = fileURLToPath(new URL('../../../../', import.meta.url))

const transcripts: Transcript[] = []

/** The kinds of saves, in turn. What is broken goes live when it is mended. */
const kinds = ['good', 'several', 'broken', 'mended', 'atomic'] as const

async function run(node: string, example: string): Promise<Row> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'load-')))
  const origin = join(repository, 'examples', example)
  cpSync(origin, folder, { recursive: true, filter: name => !name.includes('node_modules') })
  symlinkSync(join(origin, 'node_modules'), join(folder, 'node_modules'))
  const server = new Server(nodeOfLine(node).binary, values.command, folder)
  try {
    return await edit(server, folder, node, example)
  } finally {
    await server.end()
    if (node === '24') transcripts.push({ example, node, text: server.transcript })
    rmSync(folder, { recursive: true, force: true })
  }
}

async function edit(server: Server, folder: string, node: string, example: string): Promise<Row> {
  const main = join(folder, example === 'node-http' ? 'greeting.js' : 'page.js')
  const other = join(folder, example === 'node-http' ? 'visits.js' : 'store.js')
  const [text, otherText] = [main, other].map(name => readFileSync(name, 'utf8')) as [string, string]
  const stamped = (number: number) => text.replace(/(?:Hello, |<h1>)/, found => `save ${number}; ${found}`)
  const port = await server.listening()
  // One good save before anything is counted: the first one opens what all further ones use.
  await server.live(main, () => writeFileSync(main, stamped(0)))
  const before = await server.resources()
  const seconds = Number(values.seconds)
  const saves = Number(values.saves)
  const traffic = new Traffic(`http://127.0.0.1:${port}/`, Number(values.connections), seconds)
  const start = performance.now()
  const durations: number[] = []
  for (let number = 1; number <= saves; number++) {
    const due = start + (number * (seconds * 1000 - 500)) / saves
    await new Promise(resolve => setTimeout(resolve, Math.max(0, due - performance.now())))
    const kind = kinds[number % kinds.length]
    if (kind === 'broken') {
      await server.held(() => writeFileSync(main, `${stamped(number)}\nconst broken = = 1`))
      continue
    }
    const saved = performance.now()
    await server.live(main, () => {
      if (kind === 'several') writeFileSync(other, `${otherText}\n// ${number}`)
      if (kind === 'atomic') {
        writeFileSync(`${main}.tmp`, stamped(number))
        renameSync(`${main}.tmp`, main)
      } else writeFileSync(main, stamped(number))
    })
    durations.push(performance.now() - saved)
    traffic.settled(number)
  }
  const result = await traffic.ended
  const after = await server.resourcesOnce(before)
  const leaked = Object.keys({ ...before, ...after })
    .filter(kind => (after[kind] ?? 0) > (before[kind] ?? 0))
    .map(kind => `${kind} +${(after[kind] ?? 0) - (before[kind] ?? 0)}`)
  durations.sort((a, b) => a - b)
  return {
    node,
    example,
    saves,
    live: durations.length,
    requests: result.requests.total,
    failed: result.non2xx + result.timeouts + traffic.wrong,
    reset: result.errors + result.resets,
    stale: traffic.stale,
    leaked: leaked.join(', ') || '0',
    'p50 ms': result.latency.p50,
    'p99 ms': result.latency.p99,
    'save ms': Math.round(durations[durations.length >> 1] ?? 0),
  }
}

const rows: Row[] = []
for (const example of values.examples.split(',')) {
  for (const node of values.nodes.split(',')) rows.push(await run(node, example))
}
console.table(rows)
if (values.write) {
  const compared = await compare(['express', 'fastify', 'hono'], 20)
  console.table(compared)
  const { saves, seconds, connections } = values
  const text = render({ saves, seconds, connections, rows, transcripts, compared })
  writeFileSync(new URL('./RESULTS.md', import.meta.url), text)
}
if (rows.some(row => row.failed + row.reset + row.stale > 0 || row.leaked !== '0' || row.requests === 0))
  process.exitCode = 1
