/** The load hook: the published bytes of a module, touched in two places only, neither of which moves a line. */

import type { LoadFnOutput, LoadHookContext } from 'node:module'
import type { TreeFile } from '@hot/tree'
import { formatOf, usualFormat } from '../modules/format.ts'
import type { HotModule } from '../modules/module.ts'
import { notFound } from '../modules/not-found.ts'
import type { Program } from '../modules/program.ts'
import { idOf } from '../modules/version-url.ts'
import { stagedForCompiler } from '../node/compile-for-require.ts'
import { asksHooks } from '../node/internals.ts'
import { canIterate } from '../node/iteration.ts'
import { isScript } from '../node/module-syntax.ts'
import {
  importedCommonJSHasRequire,
  importedTypeScriptHasRequire,
  isRequire,
  linksBrokenTypeScript,
  typescriptSupport,
} from '../node/node-versions.ts'
import { hasHookAbove, hasHookBelow } from '../node/other-hooks.ts'
import { endReading, isOnDisk, readingFrom } from '../node/read-from-memory.ts'
import { loadedExports, putLoaded, vouchFor } from '../node/require-cache.ts'
import { stripTypes } from '../node/typescript.ts'
import { markCommonJS } from './commonjs.ts'
import { jsonSource, requireSource } from './generated-code.ts'
import { isRequiring } from './require-esm.ts'
import { decorate } from './source-touches.ts'
import { standInFor } from './stand-in.ts'

export type NextLoad = (url: string, context?: Partial<LoadHookContext>) => LoadFnOutput

const seen = Symbol('seen by native hot modules')

export function loadHook(program: Program) {
  return function load(url: string, context: LoadHookContext, nextLoad: NextLoad): LoadFnOutput {
    if ((context as { [seen]?: Program })[seen] === program || !canIterate()) return nextLoad(url, context)
    const { linkCheck } = program
    const generated = linkCheck?.source(url)
    if (generated !== undefined) return { format: 'module', source: generated, shortCircuit: true }
    const staged = linkCheck?.get(url)
    if (staged)
      return loadForLink(program, staged, url, linkCheck!.fileOf(staged), context, (url, changed) =>
        nextLoad(url, { ...context, ...changed, [seen]: program } as LoadHookContext),
      )
    const compiled = url.startsWith('file:') ? stagedForCompiler(url) : undefined
    if (compiled !== undefined) {
      return { format: context.format as LoadFnOutput['format'], source: compiled, shortCircuit: true }
    }
    const module = program.current.get(url) ?? (url.startsWith('file:') ? program.byId(idOf(url)) : undefined)
    if (!module) {
      if (url.startsWith('file:') && !url.includes('/node_modules/')) program.loadedOutside?.(url)
      return loadOutside(url, context, nextLoad)
    }
    const { file } = module
    if (!file && module.virtual) return loadOutside(url, context, nextLoad)
    if (!file) throw notFound(module.id, module, undefined, isRequire(context.conditions))
    program.evaluationBegan(module)
    const format = usualFormat(module.tree, file, context.format)
    const known = { ...context, format }
    const next: NextLoad = (url, changed) => nextLoad(url, { ...known, ...changed, [seen]: program } as LoadHookContext)
    return isRequire(context.conditions)
      ? loadForRequire(module, file, context, next)
      : loadForImport(module, url, file, known, next)
  }
}

/**
 * What lies outside the trees is Node's. But the `require` that older versions make up for imported CommonJS cannot link much of what
 * packages do: Express ends with ERR_VM_MODULE_LINK_FAILURE under any hooks. They get the one they have without hooks.
 */
function loadOutside(url: string, context: LoadHookContext, nextLoad: NextLoad): LoadFnOutput {
  let result: LoadFnOutput
  try {
    result = nextLoad(url, context)
  } catch (error) {
    throw inWordsOfLoader(error, url)
  }
  if (importedCommonJSHasRequire || result.format !== 'commonjs' || isRequire(context.conditions)) return result
  if (!url.startsWith('file:') || /[?#]/.test(url)) return result
  return { ...result, source: requireSource(textOf(result)) }
}

/** Where Node's own loader finds no format (a `data:` URL of another type), its hooks complain of themselves. */
function inWordsOfLoader(error: unknown, url: string): unknown {
  const { code, message } = error as { code?: string; message?: string }
  if (code !== 'ERR_INVALID_RETURN_PROPERTY_VALUE' || !message?.endsWith('but got null.')) return error
  const format = /^data:([^,;]*)/.exec(url)?.[1] ?? null
  const own = new RangeError(`Unknown module format: ${format} for URL ${url}`)
  return Object.assign(own, { code: 'ERR_UNKNOWN_MODULE_FORMAT' })
}

function loadForImport(
  module: HotModule,
  url: string,
  file: TreeFile,
  context: LoadHookContext,
  nextLoad: NextLoad,
): LoadFnOutput {
  const format = context.format ?? formatOf(module.tree, file, false)
  if (isUntouched(module, context)) return loadUntouched(module, file, context, nextLoad, url)
  if (format === 'json') {
    // With a query or hash of its own, it has a value of its own.
    if (/[?#]/.test(module.id)) return nextLoad(url, { source: file.text } as Partial<LoadHookContext>)
    return loadJson(module, url, file, nextLoad)
  }
  if (format === 'commonjs' || format === 'commonjs-typescript') {
    const result = nextLoad(url, { source: file.text } as Partial<LoadHookContext>)
    return asCommonJS(module, file, result, hasHookBelow('load', nextLoad, context))
  }
  const result = loadModule(module, url, format, file, context, nextLoad)
  if (module.generation === 0) module.lastFile = file
  if (result.format !== 'commonjs' && result.format !== 'commonjs-typescript') return result
  return asCommonJS(module, file, result, hasHookBelow('load', nextLoad, context))
}

/** Bytes that are no source of ours to touch: WebAssembly, text, and whatever a hook compiles. */
function isUntouched(module: HotModule, { importAttributes }: LoadHookContext): boolean {
  const type = importAttributes?.type
  return module.isForeign || module.path.endsWith('.wasm') || (type !== undefined && type !== 'json')
}

function loadUntouched(
  module: HotModule,
  { content }: TreeFile,
  context: LoadHookContext,
  nextLoad: NextLoad,
  url: string,
): LoadFnOutput {
  const result = nextLoad(url, { source: content } as Partial<LoadHookContext>)
  if (result.format !== 'commonjs' && result.format !== 'commonjs-typescript') return result
  markCommonJS(module)
  vouchFor(module.filename)
  if (hasHookBelow('load', nextLoad, context) || importedCommonJSHasRequire) return result
  return { format: 'commonjs', source: requireSource(textOf(result)), shortCircuit: true }
}

/** An imported CommonJS module: Node evaluates it with its CommonJS loader, by the file's name. */
function asCommonJS(module: HotModule, file: TreeFile, result: LoadFnOutput, below: boolean): LoadFnOutput {
  markCommonJS(module)
  vouchFor(module.filename)
  // A compiler with two halves (@swc-node, oxc-node) leaves CommonJS to the one that `require` asks: no source is the word for that.
  const filename = module.filename
  if (below && !asksHooks(filename) && !('shouldBeReloadedByCJSLoader' in result)) {
    if (importedCommonJSHasRequire && isOnDisk(filename, file.content)) {
      return { format: 'commonjs', source: null as never, shortCircuit: true }
    }
    return { format: 'commonjs', source: requireSource(textOf(result) || file.text), shortCircuit: true }
  }
  if (result.format === 'commonjs-typescript') return asCommonJSTypeScript(module, file, result, below)
  if (importedCommonJSHasRequire || result.format !== 'commonjs') return result
  return { format: 'commonjs', source: requireSource(textOf(result)), shortCircuit: true }
}

function asCommonJSTypeScript(module: HotModule, file: TreeFile, result: LoadFnOutput, below: boolean): LoadFnOutput {
  const asIs = below || hasHookAbove()
  let source: string
  try {
    source = asIs ? stripTypes(textOf(result), module.id) : stripped(file, file.text, module.id)
  } catch (error) {
    if (!linksBrokenTypeScript || !isRequiring()) throw error
    return namesOnly(result)
  }
  if (!importedTypeScriptHasRequire) {
    // In our wrapper, what belongs into ES modules only would be an error of another kind.
    if (/\bimport\.meta\b|^\s*(?:import|export)\b/m.test(source) && !isScript(source)) return namesOnly(result)
    return { format: 'commonjs', source: requireSource(source), shortCircuit: true }
  }
  // Node would name it by its URL, with the version.
  return asIs ? result : { format: 'commonjs', source, shortCircuit: true }
}

/** It links by the names that Node sees in it, and fails when it is evaluated. */
function namesOnly(result: LoadFnOutput): LoadFnOutput {
  const names = textOf(result).matchAll(/\bexports\.([\w$]+)\s*=(?!=)/g)
  const source = [...names].map(([, name]) => `exports.${name} = 0`).join('\n')
  return { format: 'commonjs', source: requireSource(source), shortCircuit: true }
}

/** A hook may answer with bytes. */
function textOf({ source }: LoadFnOutput): string {
  if (source === undefined || source === null) return ''
  return typeof source === 'string' ? source : new TextDecoder().decode(source)
}

function loadModule(
  module: HotModule,
  url: string,
  format: string | null | undefined,
  file: TreeFile,
  context: LoadHookContext,
  nextLoad: NextLoad,
): LoadFnOutput {
  const again = url === module.url ? module.generation > 0 : module.program.linkCheck?.get(url) === module
  const source = decorate(module, file, again && (module.program.afterUpdate?.isNaming(file) ?? false))
  const typescript = /\.[cm]?ts$/.test(file.path)
  const plain = Object.keys(context.importAttributes ?? {}).length === 0
  if (plain && !hasHookBelow('load', nextLoad, context)) {
    if (format === 'module' && !typescript) return { format, source, shortCircuit: true }
    if (typescript && typescriptSupport() && formatOf(module.tree, file, true) === 'module' && !hasHookAbove()) {
      return { format: 'module', source: stripped(file, source, module.id), shortCircuit: true }
    }
  }
  // Node finds no format for a text that is empty (seen on 22, 24 and 26).
  return nextLoad(url, { source: source || '\n' } as Partial<LoadHookContext>)
}

/**
 * Node gives `import` and `require` of a JSON file one value, but not if the URL has a query: so the value is put where
 * `require` looks for it, and an ES module exports it. What does not parse is left to Node to report.
 */
function loadJson(module: HotModule, url: string, file: TreeFile, nextLoad: NextLoad): LoadFnOutput {
  const result = nextLoad(url, { source: file.text } as Partial<LoadHookContext>)
  if (result.format !== 'json') return result
  const loaded = loadedExports(module.filename)
  if (loaded) module.value = loaded.exports
  else {
    try {
      module.value = JSON.parse(textOf(result).replace(/^\uFEFF/, ''))
    } catch {
      return result
    }
    putLoaded(module.filename, module.value)
    module.commonjs = true
  }
  return { format: 'module', source: jsonSource(url, module.id), shortCircuit: true }
}

/** The same text again is the same string again, for V8 to know it by. */
const strippedFiles = new WeakMap<TreeFile, { readonly source: string; readonly text: string }>()

function stripped(file: TreeFile, source: string, url: string): string {
  const known = strippedFiles.get(file)
  if (known?.source === source) return known.text
  const text = stripTypes(source, url)
  strippedFiles.set(file, { source, text })
  return text
}

/** For a link check: the staged bytes, without recording anything. */
function loadForLink(
  program: Program,
  module: HotModule,
  url: string,
  file: TreeFile | undefined,
  context: LoadHookContext,
  nextLoad: NextLoad,
): LoadFnOutput {
  if (!file) throw notFound(module.id, module, undefined, false)
  if (program.linkCheck?.isStandIn(module)) {
    return { format: 'module', source: standInFor(module, file), shortCircuit: true }
  }
  if (isUntouched(module, context)) return nextLoad(url, { source: file.content } as Partial<LoadHookContext>)
  const format = context.format ?? formatOf(module.tree, file, false)
  const result = loadModule(module, url, format, file, context, nextLoad)
  // A compiler makes CommonJS of it.
  if (!/^(?:commonjs|json)/.test(result.format ?? '')) return result
  return { format: 'module', source: standInFor(module, file), shortCircuit: true }
}

function loadForRequire(module: HotModule, file: TreeFile, context: LoadHookContext, nextLoad: NextLoad): LoadFnOutput {
  markCommonJS(module)
  endReading()
  const { text: source } = file
  if (!hasHookBelow('load for require', nextLoad, context)) {
    return { format: context.format as LoadFnOutput['format'], source, shortCircuit: true }
  }
  return readingFrom(module.filename, file.content, () => nextLoad(module.id, { source } as Partial<LoadHookContext>))
}
