/** What is to be reached, and what was: one row for each aim, one column for each Node. */
import type { MemoryResult, Results, RowResult } from './results.ts'
import { digits, median, table } from './stats.ts'

interface Figure {
  readonly text: string
  readonly reached: boolean
}

interface Target {
  readonly what: string
  readonly aim: string
  of(results: Results): Figure | undefined
}

export function timeOf(rows: readonly RowResult[] | undefined, tool: string): number {
  return median(rows?.find(row => row.tool === tool)?.times ?? [])
}

/** KB that stay of each reload, and how much more is live at the end than in the middle, as a fraction. */
export function growthOf({ curve }: MemoryResult): { perReload: number; secondHalf: number } {
  const [first, last] = [curve[0], curve.at(-1)]
  const middle = curve[Math.floor(curve.length / 2)]
  if (!first || !middle || !last || first === last) return { perReload: Number.NaN, secondHalf: Number.NaN }
  return { perReload: (last[1] - first[1]) / (last[0] - first[0]) / 1024, secondHalf: last[1] / middle[1] - 1 }
}

const figure = (text: string, reached: boolean): Figure => ({ text, reached })

/** A figure, unless nothing was measured. */
function limited(value: number | undefined, limit: number): Figure | undefined {
  if (value === undefined || Number.isNaN(value)) return undefined
  return figure(digits(value), value <= limit)
}

function coldTarget(size: number): Target {
  return {
    what: `cold start, ${size.toLocaleString('en')} modules, ÷ plain \`node\``,
    aim: '≤ 0.8',
    of: ({ cold }) => limited(timeOf(cold[size], 'ours') / timeOf(cold[size], 'plain'), 0.8),
  }
}

function fewTarget(size: number, how: 'atomic' | 'overwrite'): Target {
  const more = how === 'atomic' ? 0 : 6
  return {
    what: `save → fresh, “few” of ${size.toLocaleString('en')}, ${how === 'atomic' ? 'atomic' : 'overwriting'} save, ms (Vite's)`,
    aim: `≤ Vite's${more ? ` + ${more}` : ''}`,
    of({ saves }) {
      const rows = saves[`${size} few ${how}`]
      const [ours, vite] = [timeOf(rows, 'ours'), timeOf(rows, 'vite')]
      if (Number.isNaN(ours + vite)) return undefined
      return figure(`${digits(ours)} (${digits(vite)})`, ours <= vite + more)
    },
  }
}

function allTarget(size: number, how: 'atomic' | 'overwrite'): Target {
  return {
    what: `save → fresh, “all” of ${size.toLocaleString('en')}, ${how === 'atomic' ? 'atomic' : 'overwriting'} save, ÷ bare (÷ Vite)`,
    aim: "≤ 0.6, ≤ Vite's",
    of({ saves }) {
      const rows = saves[`${size} all ${how}`]
      const ours = timeOf(rows, 'ours')
      const [bare, vite] = [ours / timeOf(rows, 'bare'), ours / timeOf(rows, 'vite')]
      if (Number.isNaN(bare + vite)) return undefined
      return figure(`${digits(bare)} (${digits(vite)})`, bare <= 0.6 && vite <= 1)
    },
  }
}

/** How long an overwriting save of less than 4 KB is left to settle, in ms: the median that was measured of the watcher. */
const settle = 5.7

function chainTarget(how: 'atomic' | 'overwrite'): Target {
  const more = how === 'atomic' ? 0 : settle
  return {
    what: `save → fresh, a chain of 200, ${how === 'atomic' ? 'atomic' : 'overwriting'} save, ms (bare)`,
    aim: `≤ 0.6 × bare${more ? ' + settle' : ''}`,
    of({ saves }) {
      const rows = saves[`chain all ${how}`]
      const [ours, bare] = [timeOf(rows, 'ours'), timeOf(rows, 'bare')]
      if (Number.isNaN(ours + bare)) return undefined
      return figure(`${digits(ours)} (${digits(bare)})`, ours <= 0.6 * bare + more)
    },
  }
}

function memoryTarget(kind: 'module' | 'commonjs', importers: number): Target {
  const name = kind === 'module' ? 'ES module' : 'CommonJS'
  return {
    what: `KB kept per reload of 1 MB, ${name}${importers ? `, ${importers} importers` : ''} (second half, %)`,
    aim: '≤ 10, ≤ 5 %',
    of({ memory }) {
      const one = memory.find(one => one.tool === 'ours' && one.kind === kind && one.importers === importers)
      if (!one) return undefined
      const { perReload, secondHalf } = growthOf(one)
      const reached = perReload <= 10 && secondHalf <= 0.05 && one.wrong === 0
      return figure(`${digits(perReload)} (${digits(secondHalf * 100)})`, reached)
    },
  }
}

const started = ['node:http', 'Express', 'Fastify', 'Hono', '400 modules'] as const

function startTarget(name: string, way: 'register' | 'command'): Target {
  const [beside, limit] = way === 'register' ? (['node', 1.2] as const) : (['watch', 1.05] as const)
  return {
    what: `start of ${name}, ${way === 'register' ? '`register` ÷ `node`' : 'the command ÷ `node --watch`'}`,
    aim: `≤ ${limit}`,
    of({ starts }) {
      const times = starts?.programs[name]
      return times && limited(median(times[way]) / median(times[beside]), limit)
    },
  }
}

const targets: readonly Target[] = [
  coldTarget(1_000),
  coldTarget(5_000),
  ...started.map(name => startTarget(name, 'register')),
  ...started.map(name => startTarget(name, 'command')),
  {
    what: 'an empty program under `register`, ms more than under `node`',
    aim: '≤ 25',
    of({ starts }) {
      const times = starts?.programs.empty
      return times && limited(median(times.register) - median(times.node), 25)
    },
  },
  {
    what: 'a restart of Express, from the decision until it is up, ÷ a plain start',
    aim: '≤ 1.1',
    of: ({ starts }) => starts && limited(median(starts.restarts) / median(starts.plain), 1.1),
  },
  {
    what: "RSS of the command's own process, MB",
    aim: '≤ 45',
    of: ({ starts }) => starts && limited(median(starts.rss) / 2 ** 20, 45),
  },
  ...[1_000, 5_000].flatMap(size => [fewTarget(size, 'atomic'), fewTarget(size, 'overwrite')]),
  ...[1_000, 5_000].flatMap(size => [allTarget(size, 'atomic'), allTarget(size, 'overwrite')]),
  chainTarget('atomic'),
  chainTarget('overwrite'),
  memoryTarget('module', 0),
  memoryTarget('commonjs', 0),
  memoryTarget('module', 50),
  {
    what: 'load a tree of 10,000 files ÷ a bare loop',
    aim: '≤ 1.1',
    of: ({ tree }) => tree && limited(median(tree.tree) / median(tree.loop), 1.1),
  },
  {
    what: 'RSS added by watching 10,000 files, MB',
    aim: '≤ 8',
    of: ({ tree }) => tree && limited(median(tree.ours.map(({ rss }) => rss / 2 ** 20)), 8),
  },
  {
    what: 'time until they are watched, ms',
    aim: '≤ 30',
    of: ({ tree }) => tree && limited(median(tree.ours.map(({ armed }) => armed)), 30),
  },
  { what: 'idle CPU while watching them, %', aim: '≤ 0.1', of: ({ tree }) => tree && limited(tree.idle * 100, 0.1) },
  {
    what: 'graph of 100,000 modules, 300,000 edges: invalidate all of it, ms',
    aim: '≤ 60',
    of: ({ graph }) => graph && limited(median(graph.all), 60),
  },
  { what: '… and 10 of it, ms', aim: '≤ 0.1', of: ({ graph }) => graph && limited(median(graph.ten), 0.1) },
  ...(['relative', 'absolute'] as const).map(
    (way): Target => ({
      what: `\`import()\` of an unchanged module, ${way} specifier, ÷ plain \`node\``,
      aim: '≤ 1.2',
      of: ({ dynamic }) => dynamic && limited(median(dynamic.hot[way]) / median(dynamic.plain[way]), 1.2),
    }),
  ),
]

/** What is missed is set in bold. */
export function targetsTable(all: readonly Results[]): string {
  const cell = (found: Figure | undefined) => (found ? (found.reached ? found.text : `**${found.text}**`) : '')
  return table(
    ['', 'to reach', ...all.map(({ node }) => `Node ${node.slice(1)}`)],
    targets.map(({ what, aim, of }) => [what, aim, ...all.map(results => cell(of(results)))]),
  )
}
