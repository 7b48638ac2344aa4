/** Searches for a violation of the law that hot equals cold. */
import fc from 'fast-check'
import type { NodeVersion } from '../../../../../.ci/nodes.ts'
import { type Counts, noCounts } from './counts.ts'
import { describe } from './describe.ts'
import { Generator, type Limits } from './generate.ts'
import type { Violation } from './judge.ts'
import { Random } from './random.ts'
import { Laboratory } from './run.ts'
import { signature, smallerCases } from './shrink.ts'
import type { Case } from './state.ts'

/** Random programs and edits for fast-check. They shrink by their meaning, not by the numbers behind them. */
class Cases extends fc.Arbitrary<Case> {
  readonly #limits: Limits
  /** Takes the result of a case. After a violation, the remaining steps can be skipped. */
  readonly violations = new WeakMap<Case, Violation>()

  constructor(limits: Limits) {
    super()
    this.#limits = limits
  }

  override generate(numbers: fc.Random): fc.Value<Case> {
    return new fc.Value(new Generator(new Random(numbers), this.#limits).case(), undefined)
  }

  override canShrinkWithoutContext(_: unknown): _ is Case {
    return true
  }

  override shrink(test: Case): fc.Stream<fc.Value<Case>> {
    return fc
      .stream(smallerCases(test, this.violations.get(test)?.step))
      .map(smaller => new fc.Value(smaller, undefined))
  }
}

export interface Found {
  readonly seed: number
  readonly text: string
}

export interface Budget extends Limits {
  readonly seed: number
  /** The largest number of cases. */
  readonly cases?: number | undefined
  /** How long to search, in ms. */
  readonly time: number
  /** How long to make one finding smaller, in ms. */
  readonly shrinking: number
  /** Stops after so many findings. */
  readonly findings: number
  found?(found: Found): void
}

/** Runs one case after the other, each from a seed of its own: `seed`, `seed + 1`, … */
export async function fuzz(node: NodeVersion, budget: Budget): Promise<{ counts: Counts; found: Found[] }> {
  const laboratory = new Laboratory(node)
  const counts = noCounts()
  const found: Found[] = []
  const known = new Set<string>()
  const { cases = Number.POSITIVE_INFINITY, findings } = budget
  let end = performance.now() + budget.time
  try {
    for (let { seed } = budget; performance.now() < end && seed < budget.seed + cases; seed++) {
      const result = await check(laboratory, seed, budget, counts, known)
      end += result.shrinking
      if (!result.smallest) continue
      const one = { seed, text: describe(result.smallest.test, result.smallest.violation) }
      found.push(one)
      budget.found?.(one)
      if (found.length >= findings) break
    }
  } finally {
    laboratory.close()
  }
  return { counts, found }
}

interface Checked {
  readonly smallest?: { readonly test: Case; readonly violation: Violation }
  /** How long it took to make it smaller, in ms. */
  readonly shrinking: number
}

/** Runs one case. If it violates the law in a way that is not known yet, finds the smallest case that violates it in the same way. */
async function check(
  laboratory: Laboratory,
  seed: number,
  budget: Budget,
  counts: Counts,
  known: Set<string>,
): Promise<Checked> {
  const all = new Cases(budget)
  let first: Violation | undefined
  let end = Number.POSITIVE_INFINITY
  const property = fc.asyncProperty(all, async test => {
    if (performance.now() > end) return true
    const violation = await laboratory.run(test, first ? undefined : counts)
    if (!violation) return true
    if (first && signature(violation) !== signature(first)) return true
    if (!first) {
      if (known.has(signature(violation))) return true
      first = violation
      end = performance.now() + budget.shrinking
    }
    all.violations.set(test, violation)
    return false
  })
  const details = await fc.check(property, { seed, numRuns: 1 })
  // Any other error is a fault of this machine.
  if (details.failed && !first) throw details.errorInstance ?? new Error('the check failed without a violation')
  const shrinking = first ? Math.max(0, performance.now() - (end - budget.shrinking)) : 0
  const test = details.counterexample?.[0]
  const violation = test && all.violations.get(test)
  if (!violation) return { shrinking }
  known.add(signature(violation))
  return { smallest: { test, violation }, shrinking }
}
