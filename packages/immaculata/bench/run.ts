/**
 * The benchmarks: `pnpm bench` measures everything, installs what it compares with, and writes RESULTS.md; `pnpm bench
 * --quick` only shows that they work. No timing fails a run; a wrong value served by ours does.
 *
 * A run can be made in parts: what was measured before stays, in `raw/`, until it is measured again.
 *
 * --only cold,starts,saves,tree,graph,dynamic,memory,curve   some of the parts; the last two do not mind a busy machine
 * --nodes 22,24,26          on which versions of Node
 * --peers-on 24             on which of them all tools take part; on the others, ours, Vite and plain Node
 * --tools ours,bare,vite    some of the tools
 * --sizes 1000,5000         modules in a project
 * --rounds 15               samples of a save
 * --reloads 1000            of a module that holds 1 MB; ten times as many for the curve
 * --write                   measures nothing, and writes what was measured before
 * --print                   prints, and writes nothing
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { parseArgs } from 'node:util'
import { nodeOfLine } from '../../../.ci/nodes.ts'
import { adapters, here, versionOf } from './adapter.ts'
import { measure, type Parts } from './measure.ts'
import { installPeers } from './peers.ts'
import { plot } from './plot.ts'
import { putQuote, quote } from './quote.ts'
import { details, toolsTable } from './report.ts'
import { noResults, type Results, readResults, writeResults } from './results.ts'
import { targetsTable } from './targets.ts'

const { values: options } = parseArgs({
  args: process.argv.slice(2).filter(arg => arg !== '--'),
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: 'cold,starts,saves,tree,graph,dynamic,memory,curve' },
    nodes: { type: 'string' },
    'peers-on': { type: 'string', default: '24' },
    tools: { type: 'string' },
    sizes: { type: 'string' },
    rounds: { type: 'string' },
    reloads: { type: 'string' },
    write: { type: 'boolean', default: false },
    print: { type: 'boolean', default: false },
  },
})
const { quick } = options
const lines = (options.nodes ?? (quick ? '26' : '22,24,26')).split(',')
const printed = quick || options.print

if (!quick && !options.write) installPeers()
const all = await adapters()
const nameOf = (id: string) => all.find(tool => tool.id === id)?.name ?? id

/** What serves as the yardstick on every Node. The others are slow. */
const core = ['plain', 'ours', 'ours-register', 'bare', 'vite']

async function run(line: string, work: string): Promise<Results> {
  const { binary } = nodeOfLine(line)
  const version = execFileSync(binary, ['--version'], { encoding: 'utf8' }).trim()
  const wanted = options.tools?.split(',')
  const tools = all.filter(tool => {
    if (!('version' in versionOf(tool)) || (quick && tool.needs)) return false
    if (wanted) return wanted.includes(tool.id)
    return core.includes(tool.id) || (options['peers-on'].split(',').includes(line) && !quick)
  })
  const before = printed ? undefined : readResults(line)
  const results = before?.node === version ? before : noResults(version)
  const parts: Parts = {
    only: new Set(options.only.split(',')),
    sizes: (options.sizes ?? (quick ? '100' : '1000,5000')).split(',').map(Number),
    rounds: Number(options.rounds ?? (quick ? 3 : 15)),
    reloads: Number(options.reloads ?? (quick ? 40 : 1_000)),
    quick,
    all: !quick && options['peers-on'].split(',').includes(line),
  }
  await measure(results, { node: binary, tools, work, isCore: tool => core.includes(tool.id) }, parts)
  return results
}

/** Ours was wrong, or lost a save. */
function mistakes({ cold, saves, memory, curve, tree, graph }: Results): number {
  const rows = [...Object.values(cold), ...Object.values(saves)].flat().filter(({ tool }) => tool.startsWith('ours'))
  const held = [...memory, ...curve].filter(({ tool }) => tool === 'ours')
  const counts = [...rows.map(({ wrong, lost }) => wrong + lost), ...held.map(({ wrong }) => wrong)]
  return counts.reduce((sum, count) => sum + count, (tree?.wrong ?? 0) + (graph?.wrong ?? 0))
}

async function write(): Promise<void> {
  const known = ['22', '24', '26'].flatMap(line => readResults(line) ?? [])
  const curve = known.find(results => results.curve.length > 0)
  if (curve) {
    const curves = curve.curve.map(({ kind, curve: points }) => {
      return { name: kind === 'module' ? 'ES module of 1 MB' : 'CommonJS module of 1 MB', points }
    })
    writeFileSync(`${here}/memory.svg`, await plot(`Reloads, Node ${curve.node.slice(1)}`, curves))
  }
  const main = known.find(({ node }) => node.startsWith('v24.')) ?? known[0]
  if (!main) throw new Error('Nothing was measured yet')
  const figures = quote(main, nameOf)
  const text = `# Results

Written by \`npx --yes pnpm@12 bench\`; [README.md](README.md) says what is measured and how, and what the time goes into.
All tools take turns within one run: what counts are the ratios. The samples themselves are in [raw](raw).

## In short

${figures}

## What is to be reached

**Bold** is what was not.

${targetsTable(known)}

## The tools

${toolsTable(all)}

${known.map(results => details(results, nameOf)).join('\n\n')}
`
  writeFileSync(`${here}/RESULTS.md`, text)
  putQuote(`${here}/../../../README.md`, figures)
}

const work = realpathSync(mkdtempSync(`${tmpdir()}/bench-`))
try {
  let wrong = 0
  for (const line of options.write ? [] : lines) {
    const results = await run(line, work)
    wrong += mistakes(results)
    if (printed) console.log(`${targetsTable([results])}\n\n${details(results, nameOf)}`)
    else writeResults(line, results)
  }
  if (!printed) await write()
  if (wrong > 0) {
    console.error(`\n${wrong} samples of ours were wrong or lost: see above.`)
    process.exitCode = 1
  }
} finally {
  rmSync(work, { recursive: true, force: true })
}
