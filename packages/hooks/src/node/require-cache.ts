/**
 * What Node's CommonJS loader keeps: it knows files by their names, in `require.cache`, and each module holds what it required in
 * `children`. Superseded instances have to go from both, so that `require` sees every module at its current version.
 */
import { isAbsolute } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { forgetFacade, urlsOfFacade } from './facades.ts'
import { type CompilableModule, Module } from './internals.ts'

/** Drops the facade of a superseded version; returns the URLs under which the ESM loader holds what it was compiled to. */
export function dropFacade(filename: string, url: string): string[] {
  const name = forgetFacade(filename, url)
  if (name === undefined) return []
  dropRequired(name, filename)
  return urlsOfFacade(name)
}

/**
 * Drops a superseded instance from the cache, and from the `children` of the modules that required it. `shownName` is the name that
 * the program sees, if it is another.
 */
export function dropRequired(filename: string, shownName = filename): void {
  const cached = Module._cache[filename]
  if (cached) {
    delete Module._cache[filename]
    for (const child of cached.children ?? []) importers.get(child.filename)?.delete(refTo(cached))
  }
  // An importer that lives on, such as a main program outside the tree, would hold every version in its `children`.
  for (const ref of importers.get(filename) ?? []) {
    const children = ref.deref()?.children
    const index = children?.findIndex(child => child.filename === shownName) ?? -1
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

/** Remembers, weakly, that `importer` holds the instance of `filename` in its `children`. */
export function addRequirer(filename: string, importer: NodeJS.Module): void {
  let set = importers.get(filename)
  if (!set) {
    set = new Set()
    importers.set(filename, set)
  }
  set.add(refTo(importer))
  if (set.size % 64 === 0) for (const ref of set) if (!ref.deref()) set.delete(ref)
}

/** Gives the loader a module that is complete: `require()` of it runs nothing. */
export function putLoaded(filename: string, exports: unknown): void {
  Module._cache[filename] = { id: filename, filename, exports, loaded: true, children: [] } as unknown as NodeJS.Module
}

/** What `require()` of a file gives, if it is loaded. */
export function loadedExports(filename: string): { readonly exports: unknown } | undefined {
  const cached = Module._cache[filename]
  return cached?.loaded ? cached : undefined
}

/** What every required file exports, by its URL; primitives are left out. */
export function* requiredExports(): Iterable<readonly [url: string, exports: object]> {
  for (const filename in Module._cache) {
    const exports: unknown = Module._cache[filename]?.exports
    const holds = (typeof exports === 'object' && exports !== null) || typeof exports === 'function'
    if (holds && isAbsolute(filename)) yield [pathToFileURL(filename).href, exports]
  }
}

/** The requires that lead into a folder or out of it, as URLs. A folder's own end with a slash. */
export function* requiresAcross(folder: string): Iterable<{ readonly from: string; readonly to: string }> {
  const path = fileURLToPath(folder)
  for (const filename in Module._cache) {
    for (const child of Module._cache[filename]?.children ?? []) {
      if (filename.startsWith(path) === child.filename?.startsWith(path) || !isAbsolute(filename)) continue
      yield { from: pathToFileURL(filename).href, to: pathToFileURL(child.filename).href }
    }
  }
}

/** Has `require` evaluate the files of a folder anew, without those of packages that lie in it. */
export function dropFolder(folder: string): void {
  const path = fileURLToPath(folder)
  for (const filename in Module._cache) {
    if (filename.startsWith(path) && !/[\\/]node_modules[\\/]/.test(filename.slice(path.length))) dropRequired(filename)
  }
}

/**
 * Makes Node's CommonJS resolution take a file that exists in memory only for one that is there: to evaluate an imported
 * CommonJS module, Node looks its name up once more, past all hooks (not on 24.21 and 26, if a hook resolved it).
 */
export function vouchFor(filename: string): void {
  Module._pathCache[`${filename}\0`] ??= filename
}

/** Evaluates, with a `require` of its own, what the ESM loader has made a module for, but not loaded. */
export function loadInstead(made: NodeJS.Module): unknown {
  const { filename } = made
  if (Module._cache[filename] === made) delete Module._cache[filename]
  return process.mainModule === made ? Module._load(filename, null, true) : Module._load(filename, undefined, false)
}

/** The instance that `require` has under a file's name, evaluated or not. */
export function requiredInstance(filename: string): NodeJS.Module | undefined {
  return Module._cache[filename]
}

/** Takes an instance out of the cache for a while, so that Node asks the hooks; returns what puts it back. */
export function hideInstance(filename: string): () => void {
  let hidden = Object.getOwnPropertyDescriptor(Module._cache, filename)
  delete Module._cache[filename]
  return () => {
    if (hidden?.value && !Module._cache[filename]) Object.defineProperty(Module._cache, filename, hidden)
    hidden = undefined
  }
}

/** Forgets where Node has found names below a folder. It would not look at the disk again for them. */
export function forgetFoundNames(folder: string): void {
  for (const key in Module._pathCache) {
    if (Module._pathCache[key]!.startsWith(folder)) delete Module._pathCache[key]
  }
}

/** Has `compile` evaluate the files with this extension, unless a function does already. */
export function compileExtension(
  extension: string,
  compile: (module: CompilableModule, filename: string) => void,
): void {
  Module._extensions[extension] ??= compile
}

/** What `require()` of a file gives to an importer that is no module. */
export function requireFile(filename: string): unknown {
  return Module._load(filename, undefined, false)
}
