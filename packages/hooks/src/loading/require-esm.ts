/**
 * Node's CommonJS loader, which knows files by their names and keeps them in `require.cache`. What has to be done there
 * so that `require` sees every module at its current version, and the same instance that `import` sees.
 */
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { HotModule } from '../modules/module.ts'
import { type CompilableModule, Module, requireTellsErrors } from '../node/node-versions.ts'
import { generated } from './source-touches.ts'

/**
 * `require()` of an ES module drops a query, so the version has to be in the file's *name*; and its extension is one of
 * our own, because every compiler that patches `Module._extensions` takes `.js` and `.mjs` for itself.
 */
const extension = '.hot'

/** The ES modules that stand behind the facades `require` was given, by the facades' file names. */
const facades = new Map<string, HotModule>()

/** The URL that the resolve hook answers when an ES module of a tree is required. */
export function facadeOf(module: HotModule): string {
  Module._extensions[extension] ??= loadFacade
  const name = facadeName(module, module.url)
  facades.set(name, module)
  return pathToFileURL(name).href
}

function facadeName(module: HotModule, url: string): string {
  const { search, hash } = new URL(url)
  return filenameOf(module) + search + hash + extension
}

/**
 * What `require()` of an ES module gives: its `'module.exports'` export; else its namespace; except that a module with a
 * default export gets `__esModule` beside its own names (`populateCJSExportsFromESM` in Node's CommonJS loader).
 */
function loadFacade(facade: CompilableModule, filename: string): void {
  const module = facades.get(filename)!
  requiring++
  try {
    evaluateFacade(facade, filename, module)
  } catch (error) {
    // It failed because its module did, which says why whenever it is asked. Of this, Node would only say that it is not linked.
    for (const name of [filename, facadeName(module, module.url)])
      module.program.sweep?.forget(pathToFileURL(name).href)
    throw error
  } finally {
    requiring--
  }
}

function evaluateFacade(facade: CompilableModule, filename: string, module: HotModule): void {
  try {
    compileFacade(facade, filename, module.id)
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    if (code === 'ERR_UNKNOWN_FILE_EXTENSION' && message.endsWith(` for ${filenameOf(module)}`)) {
      // Nobody compiles it: `import` takes none, and `require` takes it for JavaScript.
      module.uncompiled = true
      facade.exports = Module._load(filenameOf(module), undefined, false)
      return
    }
    const own =
      code === 'ERR_REQUIRE_ASYNC_MODULE' && requireTellsErrors ? module.program.sweep?.errorOf(module) : undefined
    if (own) throw own.error
    // Before Node 24.21, a module that `import()` could not link cannot be linked by anybody else either, who would say why. On
    // 22.15.0 and 24.0.0 that is ERR_INTERNAL_ASSERTION.
    const unlinked = code === 'ERR_VM_MODULE_LINK_FAILURE' || /^Unexpected module status 0\b/.test(message)
    if (!unlinked) throw error
    module.program.renewUnlinked(module)
    compileFacade(facade, facadeName(module, module.url), module.id)
  }
}

/** Whether what is loaded now is loaded for a `require()` of an ES module. */
export const isRequiring = (): boolean => requiring > 0

let requiring = 0

/** By its id: compilers (tsx) put a specifier's query back behind the version that the resolve hook answers. */
function compileFacade(facade: CompilableModule, filename: string, id: string): void {
  const url = JSON.stringify(id)
  facade._compile(
    `import * as ns from ${url}; export { ns as 'module.exports' }\n//# sourceURL=${generated}`,
    filename,
    'module',
  )
  const namespace = facade.exports as Record<string, unknown>
  if (Object.hasOwn(namespace, 'module.exports')) facade.exports = namespace['module.exports']
  else if (Object.hasOwn(namespace, 'default') && !Object.hasOwn(namespace, '__esModule')) {
    const source = `export * from ${url}; export { default } from ${url}; export const __esModule = true\n//# sourceURL=${generated}`
    facade._compile(source, `${filename}${extension}`, 'module')
  }
}

/** All ids of one CommonJS file share the instance in `require.cache`, so they become stale together. */
export function markCommonJS(module: HotModule): void {
  module.commonjs = true
  const { program } = module
  if (module.generation > 0) program.sweep?.bypassCache()
  // What it requires is noted for its file's name, whichever id it is evaluated for.
  const plain = program.find(module.id.replace(/[?#].*$/s, ''))
  if (plain && plain !== module) {
    program.began(plain)
    plain.commonjs = true
  }
  for (const other of program.of(module.tree, module.path)) {
    if (other === module || !other.commonjs) continue
    program.graph.addDependency(module.id, other.id)
    program.graph.addDependency(other.id, module.id)
  }
}

export function filenameOf(module: HotModule): string {
  return fileURLToPath(module.id.replace(/[?#].*$/s, ''))
}

/**
 * Drops what the CommonJS loader holds of a module's superseded version. Part of the publishing step. Returns the URLs
 * under which the ESM loader holds facades of it.
 */
export function dropSuperseded(module: HotModule, url: string): string[] {
  if (module.commonjs) {
    drop(filenameOf(module))
    module.commonjs = false
  }
  if (facades.size === 0) return []
  const name = facadeName(module, url)
  if (!facades.delete(name)) return []
  drop(name)
  return [pathToFileURL(name).href, pathToFileURL(name + extension).href]
}

function drop(filename: string): void {
  const cached = Module._cache[filename]
  if (cached) {
    delete Module._cache[filename]
    for (const child of cached.children) importers.get(child.filename)?.delete(refTo(cached))
  }
  // An importer that lives on, such as a main program outside the tree, would hold every version in its `children`.
  for (const ref of importers.get(filename) ?? []) {
    const children = ref.deref()?.children
    const index = children?.findIndex(child => child.filename === filename) ?? -1
    if (index >= 0) children!.splice(index, 1)
  }
  importers.delete(filename)
}

/** Who required a file of a tree, so that its `children` can let go of a superseded instance. */
const importers = new Map<string, Set<WeakRef<NodeJS.Module>>>()
const refs = new WeakMap<NodeJS.Module, WeakRef<NodeJS.Module>>()

function refTo(module: NodeJS.Module): WeakRef<NodeJS.Module> {
  let ref = refs.get(module)
  if (!ref) {
    ref = new WeakRef(module)
    refs.set(module, ref)
  }
  return ref
}

export function noteImporter(filename: string, importer: NodeJS.Module): void {
  let set = importers.get(filename)
  if (!set) {
    set = new Set()
    importers.set(filename, set)
  }
  set.add(refTo(importer))
  if (set.size % 64 === 0) for (const ref of set) if (!ref.deref()) set.delete(ref)
}

/** Gives the loader a module that is complete: `require()` of it runs nothing. */
export function putLoaded(module: HotModule, exports: unknown): void {
  const filename = filenameOf(module)
  Module._cache[filename] = { id: filename, filename, exports, loaded: true, children: [] } as unknown as NodeJS.Module
  module.commonjs = true
}

/** What `require()` of a module gives, if it is loaded. */
export function loadedExports(module: HotModule): { readonly exports: unknown } | undefined {
  const cached = Module._cache[filenameOf(module)]
  return cached?.loaded ? cached : undefined
}

/**
 * Makes Node's CommonJS resolution take a file that exists in memory only for one that is there: to evaluate an imported
 * CommonJS module, Node looks its name up once more, past all hooks (not on 24.21 and 26, if a hook resolved it).
 */
export function vouchFor(module: HotModule): void {
  const filename = filenameOf(module)
  Module._pathCache[`${filename}\0`] ??= filename
}

/** Evaluates, with a `require` of its own, what the ESM loader has made a module for, but not loaded. */
export function loadInstead(made: NodeJS.Module): unknown {
  const { filename } = made
  if (Module._cache[filename] === made) delete Module._cache[filename]
  return process.mainModule === made ? Module._load(filename, null, true) : Module._load(filename, undefined, false)
}
