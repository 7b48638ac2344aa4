/**
 * The benchmarks: `pnpm bench` measures everything, installs what it compares with, and writes RESULTS.md; `pnpm bench
 * --quick` only shows that they work. No timing fails a run; a wrong value served by ours does.
 *
 * --only cold,saves,memory,curve,tree,graph,dynamic   some of the parts
 * --nodes 22,24,26          on which versions of Node
 * --peers-on 24             on which of them all tools take part; on the others, ours, Vite and plain Node
 * --sizes 1000,5000         modules in a project
 * --rounds 15               samples of a save
 * --out FILE                instead of RESULTS.md
 */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { parseArgs } from 'node:util'
import { nodeOfLine } from '../../../.ci/nodes.ts'
import { type Adapter, adapters, here, versionOf } from './adapter.ts'
import { dynamicFigures, type Figures, graphFigures, memory, memoryCurves, treeFigures, writeFiles } from './figures.ts'
import { installPeers } from './peers.ts'
import { plot } from './plot.ts'
import type { Size } from './project.ts'
import { machine, nodeBinary, notes, rowsTable, toolsTable } from './report.ts'
import { coldStarts, type Row, type SaveCase, saves } from './saves.ts'

const { values: options } = parseArgs({
  args: process.argv.slice(2).filter(arg => arg !== '--'),
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    nodes: { type: 'string' },
    'peers-on': { type: 'string', default: '24' },
    sizes: { type: 'string' },
    rounds: { type: 'string' },
    out: { type: 'string' },
  },
})
const { quick } = options
const parts = new Set((options.only ?? 'cold,saves,memory,curve,tree,graph,dynamic').split(','))
const nodes = (options.nodes ?? (quick ? '26' : '22,24,26')).split(',')
const sizes = (options.sizes ?? (quick ? '100' : '1000,5000')).split(',').map(Number)
const rounds = Number(options.rounds ?? (quick ? 3 : 15))

/** Plain Node, ours and the one to beat: measured everywhere. The others are slow, and measured less often. */
const core = new Set(['plain', 'ours', 'ours-register', 'bare', 'vite'])
const roundsOf = (adapter: Adapter) => (core.has(adapter.id) ? rounds : Math.min(rounds, 5))

const work = realpathSync(mkdtempSync(`${tmpdir()}/bench-`))
const started = new Date()
const sections: string[] = []
let wrong = 0

function say(heading: string, text: string): void {
  sections.push(`${heading}\n\n${text}`)
  console.log(`\n${heading}\n\n${text}`)
}

function sayFigures(heading: string, figures: Figures): void {
  wrong += figures.wrong
  say(heading, figures.text)
}

function sayRows(heading: string, rows: readonly Row[], base: string): void {
  for (const row of rows) if (row.adapter.id.startsWith('ours')) wrong += row.wrong + row.lost
  const failed = notes(rows)
  say(heading, rowsTable(rows, base) + (failed && `\n\n${failed}`))
}

/** What is measured on each version of Node. */
async function measure(number: string, all: readonly Adapter[]): Promise<void> {
  const { path: node, version } = nodeBinary(nodeOfLine(number).binary)
  const tools = all.filter(({ id }) => core.has(id) || (options['peers-on'].split(',').includes(number) && !quick))
  const layered: Size[] = [...sizes]
  say(`## Node ${version}`, '')
  if (parts.has('cold'))
    for (const size of layered) {
      const started = tools.filter(tool => !tool.byHand)
      const rows = await coldStarts(started, node, size, `${work}/cold`, tool => Math.min(9, roundsOf(tool)))
      sayRows(`### Cold start, ${size.toLocaleString('en')} modules`, rows, 'plain')
    }
  if (parts.has('saves'))
    for (const size of [...layered, 'chain'] satisfies Size[]) {
      const cases: SaveCase[] = (size === 'chain' ? (['all'] as const) : (['few', 'all'] as const)).flatMap(leaf => [
        { leaf, how: 'atomic' },
        { leaf, how: 'overwrite' },
      ])
      const watching = tools.filter(tool => !tool.once)
      for (const [{ leaf, how }, rows] of await saves(watching, node, size, cases, `${work}/saves`, roundsOf)) {
        const what = size === 'chain' ? 'a chain of 200' : `“${leaf}”, ${size.toLocaleString('en')} modules`
        sayRows(`### Save → fresh, ${what}, ${how === 'atomic' ? 'atomic save' : 'overwriting save'}`, rows, 'bare')
      }
    }
  const called = tools.filter(({ id }) => id === 'ours' || (id === 'vite' && !quick))
  if (parts.has('memory')) sayFigures('### Memory', await memory(called, node, `${work}/memory`, quick ? 40 : 1_000))
  if (parts.has('tree')) {
    mkdirSync(`${work}/files`)
    writeFiles(`${work}/files`, quick ? 1_000 : 10_000)
    const heading = `### A tree of ${quick ? '1,000' : '10,000'} files`
    sayFigures(heading, await treeFigures(node, `${work}/files`, quick ? 5 : 21, quick ? 1 : 30))
    rmSync(`${work}/files`, { recursive: true })
  }
  if (parts.has('graph')) sayFigures('### The graph', await graphFigures(node, quick ? 3 : 25))
  if (parts.has('dynamic'))
    sayFigures(
      '### Dynamic import',
      await dynamicFigures(node, `${work}/dynamic`, quick ? 2_000 : 20_000, quick ? 1 : 5),
    )
  if (parts.has('curve') && !quick && number === '24') {
    const curves = await memoryCurves(called[0]!, node, `${work}/curve`, 10_000)
    writeFileSync(`${here}/memory.svg`, await plot(`10,000 reloads, Node ${version}`, curves))
    say('### 10,000 reloads', '![Live memory over 10,000 reloads](memory.svg)')
  }
}

try {
  if (!quick) installPeers()
  const all = await adapters()
  const present = all.filter(tool => 'version' in versionOf(tool) && !(quick && tool.needs))
  for (const number of nodes) await measure(number, present)
  const command = `npx --yes pnpm@12 bench ${process.argv.slice(2).join(' ')}`.trim()
  const text = `# Results

Generated by \`${command}\` on ${started.toISOString().slice(0, 10)}, in ${Math.round((Date.now() - started.getTime()) / 60_000)} minutes.
${machine()}. All tools take turns within one run; what counts are the ratios. See [README.md](README.md) for what is measured.

${toolsTable(quick ? present : all)}

${sections.map(section => section.trim()).join('\n\n')}
`
  if (!quick || options.out) writeFileSync(options.out ?? `${here}/RESULTS.md`, text)
  if (wrong > 0) {
    console.error(`\n${wrong} samples of ours were wrong or lost: see above.`)
    process.exitCode = 1
  }
} finally {
  rmSync(work, { recursive: true, force: true })
}
