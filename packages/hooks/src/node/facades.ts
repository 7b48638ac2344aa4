/**
 * The names under which ES modules of a tree are required. `require()` of an ES module drops a query, so the version has to be in the
 * file's *name*. The program sees none of these names: in `require.cache` and in `children`, the module has the name of its file.
 */
import { pathToFileURL } from 'node:url'
import { facadeExtension, Module } from './internals.ts'

/** What stands behind the names. */
const facades = new Map<string, object>()

/** What the program sees under the name of a file. */
const shown = new Map<string, NodeJS.Module>()

/** The name for one version of an ES module. `url` is the one under which `import` knows that version. */
export function facadeName(filename: string, url: string): string {
  const { search, hash } = new URL(url)
  return filename + search + hash + facadeExtension
}

/** Answers `require` of a facade's name with `module`. */
export function addFacade(name: string, module: object): void {
  facades.set(name, module)
  // Node assigns to it, which keeps it out of what `Object.keys(require.cache)` lists.
  if (!Object.hasOwn(Module._cache, name)) define(name, undefined)
}

/** What was given to `addFacade` for this name. */
export function facadeAt(name: string): object | undefined {
  return facades.get(name)
}

/** Lets the program see a facade that was evaluated, under the name of its file. */
export function showFacade(name: string, filename: string): void {
  const facade = Module._cache[name]
  if (!facade || Module._cache[filename]) return
  facade.id = filename
  facade.filename = filename
  Module._cache[filename] = facade
  shown.set(filename, facade)
}

/** Has the program put a module of its own into `require.cache`, in place of an ES module? */
export function isReplacedByProgram(filename: string): boolean {
  const cached = Module._cache[filename]
  if (!cached) return false
  const facade = shown.get(filename)
  return facade ? cached !== facade : !(cached instanceof Module)
}

/** Forgets the facade of a superseded version. Returns its name, or `undefined` if there was none. */
export function forgetFacade(filename: string, url: string): string | undefined {
  if (facades.size === 0) return undefined
  const name = facadeName(filename, url)
  if (!facades.delete(name)) return undefined
  const facade = shown.get(filename)
  if (facade && Module._cache[filename] === facade) delete Module._cache[filename]
  shown.delete(filename)
  return name
}

/** The URLs under which the ESM loader holds what a facade was compiled to. */
export function urlsOfFacade(name: string): string[] {
  return [pathToFileURL(name).href, pathToFileURL(name + facadeExtension).href]
}

/** An error of Node's that names a facade names the module's file instead. */
export function nameFile(error: unknown, name: string, filename: string): void {
  if (!(error instanceof Error)) return
  for (const key of ['message', 'stack'] as const) {
    const text: unknown = error[key]
    if (typeof text === 'string' && text.includes(name)) error[key] = text.replaceAll(name, filename)
  }
}

function define(name: string, value: NodeJS.Module | undefined): void {
  Object.defineProperty(Module._cache, name, { value, configurable: true, enumerable: false, writable: true })
}
