/**
 * What is done when CommonJS requires something, in front of the hooks: it records the edges that Node's caches would hide, and keeps
 * names in step with the published state.
 */

import { isAbsolute } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { FileTree } from '@hot/tree'
import type { HotModule, ModuleHost } from '../modules/module.ts'
import { notFound } from '../modules/not-found.ts'
import type { Program } from '../modules/program.ts'
import { noteThrown } from '../modules/thrown-values.ts'
import { isReplacedByProgram, showFacade } from '../node/facades.ts'
import { asksHooks } from '../node/internals.ts'
import { readingFrom } from '../node/read-from-memory.ts'
import { addRequirer, forgetFoundNames, hideInstance, requiredInstance } from '../node/require-cache.ts'
import { type LoadCall, type LookupCall, nameMain, wrapRequire } from '../node/require-calls.ts'
import { namedBy, requireNames, triedBefore } from './candidates.ts'
import { markCommonJS } from './commonjs.ts'

/**
 * Names that Node remembers for a request must not outlive a file that appeared or vanished: it does not look at the disk
 * again for them. Part of the publishing step.
 */
export function forgetResolvedNames(tree: FileTree): void {
  structure++
  forgetFoundNames(fileURLToPath(tree.root))
}

/** Raised whenever a file of a tree appeared or vanished. */
let structure = 0

interface Request {
  readonly specifier: string
  readonly parent: NodeJS.Module | undefined
  readonly key: string
  readonly isMain: boolean
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
interface Answer {
  readonly filename: string
  readonly structure: number
  readonly module: HotModule
  readonly tried: readonly HotModule[]
}

const known = new Map<string, Answer>()

export function rememberRequest(request: Request, module: HotModule, tried: readonly HotModule[], url: string): void {
  const filename = fileURLToPath(url)
  known.set(request.key, { filename, structure, module, tried })
  if (request.parent) addRequirer(filename, request.parent)
}

/** Whether a CommonJS module that requires something is one that was replaced since. */
export function isSuperseded(importer: NodeJS.Module | undefined): boolean {
  const cached = importer && requiredInstance(importer.filename)
  return cached !== undefined && cached !== importer
}

const programs = new Set<Program>()
let wrapped = false

/**
 * Notes the edges that Node's caches would hide from the hooks, and keeps names in step with the published state, for as
 * long as a program has hooks. Returns the end of it.
 */
export function patchRequire(program: Program): () => void {
  programs.add(program)
  if (!wrapped) {
    wrapped = true
    wrapRequire({ isOn: () => programs.size > 0, load, resolveFilename, evaluate })
  }
  return () => {
    programs.delete(program)
    if (programs.size === 0) known.clear()
  }
}

/**
 * A second `require('./b')` from the same folder is answered from `relativeResolveCache`, in front of the hooks: the edge from
 * a re-evaluated importer would be lost, and a file that appeared since would not be seen. Node asks again if the cached
 * module is not there when it looks.
 */
function load({ specifier, parent, isMain }: LoadCall, call: () => unknown): unknown {
  const key = `${(parent as { path?: string } | undefined)?.path}\0${specifier}`
  const answer = known.get(key)
  const cached = answer && requiredInstance(answer.filename)
  let restore = () => {}
  // One that is not loaded may be no more than a name that the ESM loader has reserved: the hooks can tell.
  if (cached?.loaded && answer?.structure === structure) {
    for (const module of [answer.module, ...answer.tried]) addEdge(module.program, parent, module)
    if (parent) addRequirer(answer.filename, parent)
    if (answer.filename !== answer.module.filename) {
      if (isReplacedByProgram(answer.module.filename)) restore = hideInstance(answer.filename)
      else showFacade(answer.filename, answer.module.filename) // the program may have deleted it from `require.cache`
    }
  } else if (cached && parent) {
    // Without an importer, the ESM loader evaluates what it has reserved the name for, past the hooks.
    restore = hideInstance(answer.filename)
  }
  const outer = current
  current = { specifier, parent, key, isMain, restore }
  try {
    return call()
  } finally {
    restore()
    current = outer
  }
}

function addEdge(program: ModuleHost, parent: NodeJS.Module | undefined, module: HotModule): void {
  if (!parent?.filename || isSuperseded(parent)) return
  const importer = program.findOrCreate(pathToFileURL(parent.filename).href)
  if (importer === module) return
  if (importer) program.addEdge(importer, module, true)
  else if (program.entry) program.addEdgeOfPackage(module)
  else module.importedFromOutside = true
}

/** The specifier that a resolve hook is asking Node for. */
let lookedUp: string | undefined

/** Asks Node for a specifier on behalf of a resolve hook, which looks at the names in front of the answer itself, and remembers it. */
export function askNode<T>(specifier: string, ask: () => T): T {
  const outer = lookedUp
  lookedUp = specifier
  try {
    return ask()
  } finally {
    lookedUp = outer
  }
}

/** Every lookup of a file by name comes through here, so that a file which is not published is not found. */
function resolveFilename({ specifier, parent, hasPaths }: LookupCall, call: () => string): string {
  let filename: string
  try {
    filename = call()
  } catch (error) {
    const module = hasPaths ? undefined : inMemory(specifier, parent, error)
    if (module) return module.filename
    throw error
  }
  const module = moduleAt(filename)
  if (!module) return filename
  addEdge(module.program, parent, module)
  const first = hasPaths || specifier === lookedUp ? undefined : triedFirst(specifier, parent, module)
  if (first) return first.filename
  if (module.file) return filename
  const other = hasPaths ? undefined : inMemory(specifier, parent)
  if (other) return other.filename
  throw notFound(specifier, module, parent?.filename && pathToFileURL(parent.filename).href, true)
}

/**
 * Compilers that take an extension for themselves (`Module._extensions`) read the file and evaluate it past all hooks: an
 * evaluation of that module begins all the same.
 */
function evaluate(made: NodeJS.Module, filename: string, call: () => unknown): unknown {
  const module = moduleAt(filename)
  if (!module?.file) return call()
  nameMain(made)
  module.program.evaluationBegan(module)
  markCommonJS(module)
  try {
    if (asksHooks(filename)) return call()
    return readingFrom(filename, module.file.content, call)
  } catch (error) {
    noteThrown(error, filename)
    throw error
  }
}

function moduleAt(filename: unknown): HotModule | undefined {
  if (typeof filename !== 'string' || !isAbsolute(filename)) return undefined
  const url = pathToFileURL(filename).href
  for (const program of programs) {
    const module = program.findOrCreate(url)
    if (module) return module
  }
  return undefined
}

/** A name that comes before the one found may be in memory only. If it is not there, its appearance changes the answer. */
function triedFirst(specifier: string, parent: NodeJS.Module | undefined, found: HotModule): HotModule | undefined {
  if (!parent?.filename) return undefined
  const parentURL = pathToFileURL(parent.filename).href
  for (const program of programs) {
    for (const module of triedBefore(program, specifier, parentURL, found)) {
      addEdge(program, parent, module)
      if (module.file) return module
    }
  }
  return undefined
}

/** The file that memory has where the disk has none. Every name tried is one whose appearance would change the answer. */
function inMemory(specifier: string, parent: NodeJS.Module | undefined, error?: unknown): HotModule | undefined {
  if (!parent?.filename) return undefined
  const parentURL = pathToFileURL(parent.filename).href
  for (const program of programs) {
    const named = namedBy(program, specifier, error)
    for (const module of named ? [named] : requireNames(program, specifier, parentURL)) {
      addEdge(program, parent, module)
      if (module.file) return module
    }
  }
  return undefined
}
