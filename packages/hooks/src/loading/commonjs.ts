/** Modules that Node evaluates with its CommonJS loader, which knows them by their files' names. */
import type { TreeFile } from '@hot/tree'
import { isDeclaredModule } from '../modules/format.ts'
import type { HotModule } from '../modules/module.ts'
import { fileUrlOf } from '../modules/version-url.ts'
import { asksHooks } from '../node/internals.ts'

/** All ids of one CommonJS file share the instance in `require.cache`, so they become stale together. */
export function markCommonJS(module: HotModule): void {
  module.commonjs = true
  const { program } = module
  if (module.generation > 0) program.afterUpdate?.bypassCache()
  // What it requires is recorded for its file's name, whichever id it is evaluated for.
  const plain = program.findOrCreate(fileUrlOf(module.id))
  if (plain && plain !== module) {
    program.evaluationBegan(plain)
    plain.commonjs = true
  }
  for (const other of program.modulesOfFile(module.tree, module.path)) {
    if (other === module || !other.commonjs) continue
    program.graph.addDependency(module.id, other.id)
    program.graph.addDependency(other.id, module.id)
  }
}

/** Whether a compiler that takes this extension for `require` makes CommonJS of a file that is not declared to be an ES module. */
export function isCompiledForRequire(module: HotModule, file: TreeFile): boolean {
  return !isDeclaredModule(module.tree, file) && !asksHooks(module.filename)
}
