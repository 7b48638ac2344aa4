/**
 * Counts V8's full garbage collections. That a WeakRef was cleared does not tell of one: on Node 26 a minor collection clears those
 * of young objects as well.
 */
import type { PerformanceEntry } from 'node:perf_hooks'

let count = 0
let observes = false

/** How many full collections there were since this was called first. A collection is counted in the next turn of the event loop. */
export function fullCollections(): number {
  if (!observes) {
    observes = true
    const { constants, PerformanceObserver } = process.getBuiltinModule('node:perf_hooks')
    const isFull = ({ detail }: PerformanceEntry) =>
      (detail as { kind?: number } | undefined)?.kind === constants.NODE_PERFORMANCE_GC_MAJOR
    new PerformanceObserver(list => {
      count += list.getEntries().filter(isFull).length
    }).observe({ type: 'gc' })
  }
  return count
}
