/** What a specifier resolves to, and the questions about it that decide how Node gets it. */
import type { ImportAttributes } from 'node:module'
import { requiredFormatOf, usualFormat } from '../modules/format.ts'
import type { HotModule, Resolved } from '../modules/module.ts'
import { canRequireModules } from '../node/node-versions.ts'
import { isCompiledForRequire } from './commonjs.ts'

/** Is a module an addon? It is loaded once for each process. */
export function isAddon(url: string): boolean {
  return /\.node(?:[?#]|$)/.test(url)
}

/** A resolution, in the form in which it is remembered. */
export function resolved(
  module: HotModule,
  format?: string | null,
  importAttributes?: Record<string, string> | undefined,
  tried: readonly HotModule[] = [],
): Resolved {
  const { file } = module
  const usual = file ? usualFormat(module.tree, file, format) : format
  return { module, format: usual ?? undefined, importAttributes, tried, recordedFor: -1 }
}

/** Does an import have attributes? */
export function hasAttributes(attributes: ImportAttributes | undefined): attributes is ImportAttributes {
  for (const _ in attributes) return true
  return false
}

/** Does `require()` get a module as an ES module? */
export function isRequiredAsModule(module: HotModule): boolean {
  const { tree, file, uncompiled } = module
  if (!file || uncompiled || !canRequireModules() || requiredFormatOf(tree, file) !== 'module') return false
  return !isCompiledForRequire(module, file)
}
