/** The top-level values of a module of the tree: its exports, and its own variables. */
import type { HotModule } from '../modules/module.ts'
import type { Program } from '../modules/program.ts'
import { idOf } from '../modules/version-url.ts'
import type { Inspector } from '../node/inspector.ts'
import { type ModuleValues, valuesOf } from '../node/module-values.ts'
import { loadedExports } from '../node/require-cache.ts'
import type { Scripts } from '../node/scripts.ts'

/** The exports of a module's current version. `undefined` while it is not loaded, or if it exports a primitive. */
export function exportsOf(program: Program, module: HotModule): object | undefined {
  if (!module.loaded) return undefined
  const exports = module.commonjs ? loadedExports(module.filename)?.exports : program.afterUpdate?.namespaceOf(module)
  return (typeof exports === 'object' && exports !== null) || typeof exports === 'function' ? exports : undefined
}

/** The values of a loaded module. Its scripts are found by their URLs, as call sites show them. */
export function topLevelValues(
  program: Program,
  module: HotModule,
  scripts: Scripts,
  inspector: Inspector,
): ModuleValues | undefined {
  const exports = exportsOf(program, module)
  const makesFunctions = function_.test(module.file?.text ?? '')
  return exports && valuesOf(exports, makesFunctions ? url => idOf(url) === module.id : undefined, scripts, inspector)
}

/** A text without any of these makes no function that could be asked for what it closes over. */
const function_ = /=>|\bfunction\b|\bclass\b|\)\s*\{/
