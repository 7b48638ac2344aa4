/**
 * Looks for a breach of the law that hot equals cold, for as long as it is told to:
 * `pnpm fuzz --minutes 30 --node 24 --seed 7 --without query,.ts`
 */
import { parseArgs } from 'node:util'
import { type NodeVersion, nodes } from '../nodes.ts'
import { Generator, type Limits } from './generate.ts'
import { Random } from './random.ts'
import { type Counts, Laboratory, noCounts } from './run.ts'
import { describe, shrink, signature } from './shrink.ts'

export interface Found {
  readonly seed: number
  readonly text: string
}

export interface Budget extends Limits {
  readonly seed: number
  /** Milliseconds for looking. */
  readonly time: number
  /** Milliseconds for making one finding smaller. */
  readonly shrinking: number
  /** Stops after so many findings. */
  readonly findings: number
  found?(found: Found): void
}

/** Case after case, each from a seed of its own: `seed`, `seed + 1`, … */
export async function fuzz(node: NodeVersion, budget: Budget): Promise<{ counts: Counts; found: Found[] }> {
  const laboratory = new Laboratory(node)
  const counts = noCounts()
  const found: Found[] = []
  const known = new Set<string>()
  let end = performance.now() + budget.time
  try {
    for (let { seed } = budget; performance.now() < end && found.length < budget.findings; seed++) {
      const test = new Generator(new Random(seed), budget).case()
      const violation = await laboratory.run(test, counts)
      if (!violation || known.has(signature(violation))) continue
      known.add(signature(violation))
      const began = performance.now()
      const small = await shrink(test, violation, smaller => laboratory.run(smaller), budget.shrinking)
      end += performance.now() - began
      known.add(signature(small.violation))
      const one = { seed, text: describe(small.test, small.violation) }
      found.push(one)
      budget.found?.(one)
    }
  } finally {
    laboratory.close()
  }
  return { counts, found }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '5' },
      node: { type: 'string' },
      seed: { type: 'string', default: '1' },
      findings: { type: 'string', default: '1000' },
      without: { type: 'string', default: '' },
      drive: { type: 'string' },
    },
  })
  const chosen = nodes.filter(({ version }) => values.node === undefined || version.startsWith(`v${values.node}`))
  if (chosen.length === 0) throw new Error(`no Node ${values.node} among ${nodes.map(node => node.version).join(', ')}`)
  let broken = false
  for (const node of chosen) {
    const { counts, found } = await fuzz(node, {
      seed: Number(values.seed),
      time: (Number(values.minutes) * 60_000) / chosen.length,
      shrinking: 60_000,
      findings: Number(values.findings),
      drive: values.drive as 'memory' | 'disk' | undefined,
      without: new Set(values.without.split(',').filter(name => name !== '')),
      found: ({ seed, text }) => console.log(`\n==== Node ${node.version}, seed ${seed}\n${text}`),
    })
    broken ||= found.length > 0
    const parts = Object.entries(counts).map(([name, count]) => `${name} ${count}`)
    console.log(`Node ${node.version}: ${parts.join(', ')}, violations ${found.length}`)
  }
  process.exitCode = broken ? 1 : 0
}

if (import.meta.main) await main()
