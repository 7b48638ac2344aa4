/**
 * What is added to a source: for some modules a prefix on the first line, and a comment at the end. No line moves.
 */
import type { TreeFile } from '@hot/tree'
import type { HotModule } from '../modules/module.ts'
import { withPrefix } from '../modules/prefix.ts'

/**
 * A prefix on the first line for the entry point and for modules that name `import.meta.hot`, and a trailing sourceURL,
 * with which stack traces, debuggers and coverage show the file's own URL, unless it is compiled under that name anyway.
 */
export function decorate(module: HotModule, file: TreeFile, named = false): string {
  const text = withPrefix(module, file.text)
  return named || module.url === module.id ? text : `${text}\n//# sourceURL=${module.id}`
}
