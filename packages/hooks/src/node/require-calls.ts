/**
 * The three functions of Node's CommonJS loader that everything required comes through, wrapped. Node answers from caches of its
 * own in front of the hooks, `require.resolve()` does not ask the hooks on every version, and compilers evaluate past them.
 */
import { Module } from './internals.ts'
import { canIterate } from './iteration.ts'

/** One `require()`, or one import of CommonJS that the ESM loader evaluates. */
export interface LoadCall {
  readonly specifier: string
  readonly parent: NodeJS.Module | undefined
  readonly isMain: boolean
}

/** One lookup of a file by name. */
export interface LookupCall {
  readonly specifier: string
  readonly parent: NodeJS.Module | undefined
  /** Whether the caller said in which folders to look. */
  readonly hasPaths: boolean
}

/** Called instead of Node's functions; `call` runs Node's own. */
export interface RequireCalls {
  /** While this is false, everything only passes through. */
  isOn(): boolean
  load(load: LoadCall, call: () => unknown): unknown
  resolveFilename(lookup: LookupCall, call: () => string): string
  /** A file is about to be read, compiled and evaluated for `made`. */
  evaluate(made: NodeJS.Module, filename: string, call: () => unknown): unknown
}

/** Wraps Node's functions, for good: whoever has wrapped ours in turn could not be taken out. */
export function wrapRequire(calls: RequireCalls): void {
  const { _load, _resolveFilename } = Module
  const { load } = Module.prototype
  Module._load = function (this: unknown, specifier, parent, isMain, ...rest) {
    // Without a spread: a program may have deleted the iterator of arrays.
    const call = () => Reflect.apply(_load, this, [specifier, parent, isMain].concat(rest as never[]))
    if (!calls.isOn() || typeof specifier !== 'string' || !canIterate()) return call()
    return calls.load({ specifier, parent: parent ?? undefined, isMain }, call)
  }
  Module._resolveFilename = function (this: unknown, specifier, parent, isMain, options) {
    const call = () => _resolveFilename.call(this, specifier, parent, isMain, options)
    if (!canIterate()) return call()
    const hasPaths = options?.paths !== undefined
    return calls.resolveFilename({ specifier, parent: parent ?? undefined, hasPaths }, call)
  }
  Module.prototype.load = function (this: NodeJS.Module, filename) {
    const call = () => load.call(this, filename)
    return calls.isOn() && canIterate() ? calls.evaluate(this, filename, call) : call()
  }
}

/** With `--import`, the ESM loader makes the main module, under its file's name. */
export function nameMain(made: NodeJS.Module): void {
  if (made === process.mainModule) made.id = '.'
}
