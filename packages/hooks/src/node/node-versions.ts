/**
 * What differs between Node versions, each with the version it was seen on. Nothing else in this package looks at
 * `process.version` or probes a feature.
 */
import diagnostics from 'node:diagnostics_channel'
import module from 'node:module'
import { extname } from 'node:path'

/** The parts of `Module` that Node leaves to loaders and tools without describing them. */
export interface ModuleInternals {
  _cache: Record<string, NodeJS.Module | undefined>
  _pathCache: Record<string, string>
  _extensions: Record<string, (module: CompilableModule, filename: string) => void>
  _resolveFilename(
    request: string,
    parent: NodeJS.Module | undefined | null,
    isMain: boolean,
    options?: { paths?: string[] },
  ): string
  _load(request: string, parent: NodeJS.Module | undefined | null, isMain: boolean, ...rest: unknown[]): unknown
  prototype: { load(this: NodeJS.Module, filename: string): unknown }
}

export interface CompilableModule extends NodeJS.Module {
  _compile(content: string, filename: string, format?: string): unknown
}

export const Module = module as unknown as ModuleInternals & typeof module

/** Evaluates a file as the process's main module, and says so where Node tells of each `require`. */
export function loadMain(filename: string): unknown {
  return onRequire.traceSync(() => Module._load(filename, null, true), { id: filename })
}

const onRequire = diagnostics.tracingChannel('module.require')

/**
 * Whether a hook was called for `require`. `context.conditions` is an array, except on Node 22.15.0 and 24.0.0, where
 * `require` hands out its internal `Set`.
 */
export function isRequire(conditions: unknown): boolean {
  if (conditions === importConditions) return false
  const require = hasRequire(conditions)
  if (!require) importConditions = conditions
  return require
}

/** Node hands out the same array for every `import`. */
let importConditions: unknown

function hasRequire(conditions: unknown): boolean {
  if (Array.isArray(conditions)) return conditions.includes('require')
  // Its prototype is one of Node's own, without Object.prototype behind it.
  return (
    typeof (conditions as Set<string> | undefined)?.has === 'function' && (conditions as Set<string>).has('require')
  )
}

/** `require()` of an ES module may be switched off with `--no-experimental-require-module`. */
export function canRequireModules(): boolean {
  return (process.features as { require_module?: boolean }).require_module === true
}

/**
 * How this process treats TypeScript by itself: `false` before Node 22.18 and 23.6 unless a flag is given, `'strip'`,
 * or `'transform'` with `--experimental-transform-types` (gone from Node 26).
 */
export function typescriptSupport(): 'strip' | 'transform' | false {
  return (process.features as { typescript?: 'strip' | 'transform' | false }).typescript || false
}

type StripTypes = (
  code: string,
  options: { mode?: 'strip' | 'transform'; sourceUrl?: string; sourceMap?: boolean },
) => string

let warned = false

/**
 * Node's own type stripping, under the name `sourceUrl` (Node would name the URL with its `?ver=`). The function prints
 * an ExperimentalWarning at its first call on Node 22, 24 and 26; a program that only imports a `.ts` file prints none
 * on 26, so it is kept quiet here.
 */
export function stripTypes(code: string, sourceUrl: string): string {
  const strip = (module as unknown as { stripTypeScriptTypes: StripTypes }).stripTypeScriptTypes
  const mode = typescriptSupport() === 'transform' ? 'transform' : 'strip'
  const options =
    mode === 'transform' ? ({ mode, sourceMap: true, sourceUrl } as const) : ({ mode, sourceUrl } as const)
  if (warned) return strip(code, options)
  warned = true
  const emitWarning = process.emitWarning
  process.emitWarning = () => {}
  try {
    return strip(code, options)
  } finally {
    process.emitWarning = emitWarning
  }
}

/** The extensions that `require` tries, in its order; compilers add theirs. */
export function requireExtensions(): string[] {
  return Object.keys(Module._extensions).filter(extension => extension !== '.hot')
}

/** Whether `require` of a file is left to Node, which asks the load hooks for its source (`loadSource` in its CommonJS loader). */
export function asksHooks(filename: string): boolean {
  const handler = Module._extensions[extname(filename)] ?? Module._extensions['.js']
  if (!handler) return true
  let asks = asking.get(handler)
  if (asks === undefined) {
    asks = /\bloadSource\(/.test(Function.prototype.toString.call(handler))
    asking.set(handler, asks)
  }
  return asks
}

const asking = new WeakMap<object, boolean>()

/**
 * Whether Node loads a CommonJS module that is imported with the `require` it would have anywhere else. Before 22.23 and 24.12
 * it makes one up as soon as a hook hands out a source: without `require.cache`, and past `Module._load`.
 */
export const importedCommonJSHasRequire = atLeast({ 22: 23, 24: 12 })

/** The same for CommonJS in TypeScript: never on Node 22. */
export const importedTypeScriptHasRequire = atLeast({ 22: Number.POSITIVE_INFINITY, 24: 12 })

/** Whether CommonJS TypeScript that does not parse, below a required ES module, links and fails when it is evaluated: not on 24.0.0. */
export const linksBrokenTypeScript = atLeast({ 22: 23, 24: 12 })

/**
 * Whether a module that threw throws again, whoever asks for it next. Before (22.15.0 and 24.0.0), after a `require()` of an ES
 * module that threw, `import()` gives a namespace that was never filled, and `require()` reports a bug in Node.
 */
export const remembersErrors = atLeast({ 22: 23, 24: 12 })

/**
 * Whether `require()` of an ES module with a top-level await throws what that module threw when `import()` evaluated it: on Node
 * 22. Later versions say ERR_REQUIRE_ASYNC_MODULE all the same.
 */
export const requireTellsErrors = process.versions.node.startsWith('22.')

/** Whether `require()` takes a file without an extension for what the package.json says: on Node 26. Before, its syntax tells. */
export const requireHeedsTypeWithoutExtension = !/^2[0-5]\./.test(process.versions.node)

function atLeast(minors: Record<number, number>): boolean {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  return minor >= (minors[major] ?? 0)
}
