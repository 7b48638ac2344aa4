/**
 * Node's CommonJS loader, which knows files by their names and keeps them in `require.cache`. What has to be done there
 * so that `require` sees every module at its current version, and the same instance that `import` sees.
 */
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { FileTree } from '@hot/tree'
import type { HotModule, Program } from './modules.ts'
import { type CompilableModule, Module } from './node.ts'

/**
 * `require()` of an ES module drops a query, so the version has to be in the file's *name*; and its extension is one of
 * our own, because every compiler that patches `Module._extensions` takes `.js` and `.mjs` for itself.
 */
const extension = '.hot'

/** The ES modules that stand behind the facades `require` was given, by the facades' file names. */
const facades = new Map<string, string>()

/** The URL that the resolve hook answers when an ES module of a tree is required. */
export function facadeOf(module: HotModule): string {
  Module._extensions[extension] ??= loadFacade
  const name = facadeName(module, module.url)
  facades.set(name, module.url)
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
function loadFacade(module: CompilableModule, filename: string): void {
  const url = JSON.stringify(facades.get(filename))
  module._compile(`import * as ns from ${url}; export { ns as 'module.exports' }`, filename, 'module')
  const namespace = module.exports as Record<string, unknown>
  if (Object.hasOwn(namespace, 'module.exports')) module.exports = namespace['module.exports']
  else if (Object.hasOwn(namespace, 'default') && !Object.hasOwn(namespace, '__esModule')) {
    const source = `export * from ${url}; export { default } from ${url}; export const __esModule = true`
    module._compile(source, `${filename}${extension}`, 'module')
  }
}

function filenameOf(module: HotModule): string {
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

function noteImporter(filename: string, importer: NodeJS.Module): void {
  let set = importers.get(filename)
  if (!set) {
    set = new Set()
    importers.set(filename, set)
  }
  set.add(refTo(importer))
  if (set.size % 64 === 0) for (const ref of set) if (!ref.deref()) set.delete(ref)
}

/**
 * Names that Node remembers for a request must not outlive a file that appeared or vanished: it does not look at the disk
 * again for them. Part of the publishing step.
 */
export function forgetResolvedNames(tree: FileTree): void {
  structure++
  const folder = fileURLToPath(tree.root)
  for (const key in Module._pathCache) {
    if (Module._pathCache[key]!.startsWith(folder)) delete Module._pathCache[key]
  }
}

/** Raised whenever a file of a tree appeared or vanished. */
let structure = 0

interface Request {
  readonly specifier: string
  readonly parent: NodeJS.Module | undefined
  readonly key: string
  /** Restores what was hidden from Node's cache. */
  restore(): void
}

let current: Request | undefined

/**
 * The `require()` that a resolve hook was called for, once. `undefined` for `require.resolve()`, which wants to know the
 * name of the real file.
 */
export function takeRequest(specifier: string): Request | undefined {
  const request = current
  if (request?.specifier !== specifier) return undefined
  current = undefined
  request.restore()
  return request
}

/** What a request, made from a folder, led to. */
const known = new Map<string, { filename: string; structure: number; module: HotModule }>()

export function rememberRequest(request: Request, module: HotModule, url: string): void {
  const filename = fileURLToPath(url)
  known.set(request.key, { filename, structure, module })
  if (request.parent) noteImporter(filename, request.parent)
}

/** Whether a CommonJS module that requires something is one that was replaced since. */
export function isSuperseded(importer: NodeJS.Module | undefined): boolean {
  const cached = importer && Module._cache[importer.filename]
  return cached !== undefined && cached !== importer
}

let programs = 0
let original: typeof Module._load | undefined

/**
 * Node answers a second `require('./b')` from the same folder by itself, from a cache in front of the hooks
 * (`relativeResolveCache`): the edge from a re-evaluated importer would be lost, and a file that appeared since would not
 * be seen. So `Module._load` notes the edge, and makes Node ask again after a file came or went.
 */
export function watchRequire(program: Program): () => void {
  if (programs++ === 0) {
    const load = Module._load
    original = load
    Module._load = function (this: unknown, specifier, parent, isMain, ...rest) {
      if (programs === 0 || typeof specifier !== 'string') return load.call(this, specifier, parent, isMain, ...rest)
      const key = `${(parent as { path?: string } | null | undefined)?.path}\0${specifier}`
      const answer = known.get(key)
      let restore = () => {}
      if (answer) {
        const cached = Module._cache[answer.filename]
        if (cached && answer.structure === structure) {
          addEdge(answer.module.program, parent ?? undefined, answer.module)
          if (parent) noteImporter(answer.filename, parent)
        } else if (cached) {
          delete Module._cache[answer.filename]
          restore = () => {
            Module._cache[answer.filename] ??= cached
            restore = () => {}
          }
        }
      }
      const outer = current
      const request = { specifier, parent: parent ?? undefined, key, restore: () => restore() }
      current = request
      try {
        return load.call(this, specifier, parent, isMain, ...rest)
      } finally {
        if (current === request) restore()
        current = outer
      }
    }
  }
  return () => {
    if (--programs > 0) return
    // Somebody may have wrapped ours since; then it stays, and only passes on.
    known.clear()
  }
}

function addEdge(program: Program, parent: NodeJS.Module | undefined, module: HotModule): void {
  if (!parent?.filename || isSuperseded(parent)) return
  const importer = program.find(pathToFileURL(parent.filename).href)
  if (importer) program.graph.addDependency(importer.id, module.id)
  else if (program.entry) program.graph.addDependency(program.entry.id, module.id)
  else module.root = true
}
