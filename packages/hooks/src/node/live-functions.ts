/** Every function that is in memory. V8 collects garbage first: some 10 ms for a small program, more for a large one. */
import type { Inspector } from './inspector.ts'

export function liveFunctions(inspector: Inspector): readonly object[] {
  return inspector.instancesOf(Function.prototype) as readonly object[]
}
