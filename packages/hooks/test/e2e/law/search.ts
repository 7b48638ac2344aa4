/** Looks for a breach of the law that hot equals cold. */
import type { NodeVersion } from '../../../../../.ci/nodes.ts'
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
  /** How many cases at most. */
  readonly cases?: number | undefined
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
  const { cases = Number.POSITIVE_INFINITY } = budget
  let end = performance.now() + budget.time
  try {
    for (
      let { seed } = budget;
      performance.now() < end && found.length < budget.findings && seed < budget.seed + cases;
      seed++
    ) {
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
