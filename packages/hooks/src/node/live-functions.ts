/** Finds every function in memory. V8 collects garbage first, which takes some 10 ms for a small program, and more for a large one. */
import type { Inspector } from './inspector.ts'

export function liveFunctions(inspector: Inspector): readonly object[] {
  return inspector.instancesOf(Function.prototype) as readonly object[]
}
