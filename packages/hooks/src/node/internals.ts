/**
 * The seam to Node and V8. Everything that reaches into either lies in this folder, and nothing outside of it does. What comes in
 * are URLs, file names, texts and values; what goes out are plain answers. The invariant: where an internal is not what it was,
 * the answer is "cannot tell", never a wrong one, and the process goes on.
 *
 * | internal | seen on | its absence is noticed by | what then still works |
 * |---|---|---|---|
 * | `Module._cache`, `_load`, `_resolveFilename`, `_extensions`, `_pathCache`, `prototype.load` | 22.15 to 26.12 | nothing: half of npm relies on them | `import`; `require` would give old versions |
 * | `loadCache`, `#resolveCache` of the ESM loader, `cjsCache` of its translators (loader-caches.ts) | 22.15 to 26.12 | an error when they are opened, warned of once as HOT_MEMORY | everything; superseded versions stay in memory |
 * | a `ModuleWrap`'s `getStatus`, `getError`, `getNamespace`, a job's `linked` (loader-caches.ts) | 22.15 to 26.12 | optional calls | failures are told in Node's words for a second importer |
 * | the translator that compiles ES modules (loader-caches.ts) | 22.15 to 26.12 | as above | V8 compiles unchanged text anew |
 * | `--no-compilation-cache`, read by V8 whenever it compiles (compilation-cache.ts) | 22.15 to 26.12 | nothing | the cache holds superseded sources for some collections |
 * | an inspector session in the process (inspector.ts) | 22.15 to 26.12 | an error when it is opened (`--permission`, a build without it) | everything but memory, and the line of a parse error |
 * | `%FunctionGetScriptId`, compiled once with `--allow-natives-syntax` (scripts.ts) | 22.15 to 26.12 | an error when it is compiled | no contribution is seen by where code stands |
 * | `[[Scopes]]`, `privateProperties` of an inspector's answers (inspector.ts) | 22.15 to 26.12 | nothing: they are left out | exported values are seen, hidden ones are not |
 * | `Runtime.queryObjects` of the inspector (live-functions.ts) | 22.15 to 26.12 | no answer: nothing is found | a connection that only hidden closures hold goes by who opened it |
 * | `require` of Node's own files, over which the loader closes, and its `decorateErrorStack` (parse-errors.ts) | 22.15 to 26.12 | an error when it is looked for | the error is shown without its line |
 * | `v8.promiseHooks` (promise-stretches.ts) | 22.15 to 26.12 | nothing: they are documented | an evaluation would be known up to its first await |
 * | the kind of a collection in `PerformanceObserver`'s entries (full-collections.ts) | 22.15 to 26.12 | nothing: it is documented | no warning of versions that pile up |
 * | the words of V8's syntax errors (module-syntax.ts, top-level-awaits.ts) | 22.15 to 26.12 | the words match nothing | a file that only its syntax tells is CommonJS; an await has no place |
 * | the call sites of errors that Node's default hooks raise (other-hooks.ts) | 22.15 to 26.12 | no call sites: then a hook is taken to be below | loading asks `next` for everything, which is slower |
 * | `fs.readFileSync` as the way in which loaders read a file (read-from-memory.ts) | tsx 4, Node's own `require` | nothing | a compiler of `require` would see the disk, not memory |
 *
 * What differs between versions of Node is in node-versions.ts alone.
 */
import diagnostics from 'node:diagnostics_channel'
import module from 'node:module'
import { extname } from 'node:path'

/** The parts of `Module` that Node leaves to loaders and tools without describing them. */
export interface ModuleInternals {
  _cache: Record<string, NodeJS.Module | undefined>
  _pathCache: Record<string, string>
  _nodeModulePaths(folder: string): string[]
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

/** Evaluates a file as the process's main module, and reports it on the channel on which Node reports each `require`. */
export function loadMain(filename: string): unknown {
  return onRequire.traceSync(() => Module._load(filename, null, true), { id: filename })
}

const onRequire = diagnostics.tracingChannel('module.require')

/** The extensions that `require` tries, in its order; compilers add theirs. */
export function requireExtensions(): string[] {
  return Object.keys(Module._extensions).filter(extension => extension !== facadeExtension)
}

/**
 * The extension of the names under which ES modules are required. It is one of our own, because every compiler that patches
 * `Module._extensions` takes `.js` and `.mjs` for itself.
 */
export const facadeExtension = '.hot'

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
