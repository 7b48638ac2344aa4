/** The call sites of the running code, and what they tell about modules. */
import { fileURLToPath } from 'node:url'
import { canIterate } from '../node/iteration.ts'

/** A module, as V8 names it: by a `file:` URL, or a path for CommonJS. */
export interface ModuleName {
  readonly file: string
  /** The value of `ver`. Undefined for CommonJS, for an entry point, and for a module that is compiled under its id. */
  readonly version: string | undefined
}

/** So many frames are looked at, from a function of Node down to the body of a module. */
const depth = 200
/** The files of this product lie between the caller and Node's function. They are skipped. V8 names them by URL, or by path. */
const ownFiles: string[] = []

/** Files in this folder call Node for others. */
export function skipFilesIn(folder: URL): void {
  ownFiles.push(folder.href, fileURLToPath(folder))
}

skipFilesIn(new URL('../', import.meta.url))
const takeSites = (_error: Error, sites: NodeJS.CallSite[]) => sites

/**
 * Captures the call sites, which is cheap, and returns a function that looks at them, which is not. `below`, and what it calls, are
 * left out.
 */
export function captureCallSites(
  limit = depth,
  below: (...args: never[]) => unknown = captureCallSites,
): () => NodeJS.CallSite[] {
  const { stackTraceLimit } = Error
  const holder: { stack?: unknown } = {}
  // It cannot be set with `--frozen-intrinsics`: then as many are seen as there are.
  Reflect.set(Error, 'stackTraceLimit', limit)
  Error.captureStackTrace(holder, below)
  Reflect.set(Error, 'stackTraceLimit', stackTraceLimit)
  return () => sitesIn(holder)
}

/** The call sites, innermost first. Then come the functions that await the running one: V8 follows the awaits. */
export function callSites(most = depth): NodeJS.CallSite[] {
  return captureCallSites(most)()
}

function sitesIn(holder: { stack?: unknown }): NodeJS.CallSite[] {
  const { prepareStackTrace } = Error
  if (!canIterate() || !Reflect.set(Error, 'prepareStackTrace', takeSites)) return []
  try {
    return holder.stack as NodeJS.CallSite[] // V8 formats the stack when it is first read: here
  } finally {
    Reflect.set(Error, 'prepareStackTrace', prepareStackTrace)
  }
}

export function isOwnFile(file: string): boolean {
  for (let at = 0; at < ownFiles.length; at++) if (file.startsWith(ownFiles[at]!)) return true
  return false
}

const names = new Map<string, ModuleName>()

export function nameOf(raw: string): ModuleName {
  let name = names.get(raw)
  if (!name) {
    const at = raw.startsWith('file:') ? /[?&]ver=([^&#]*)/.exec(raw) : null
    const file = at ? raw.replace(at[0], '').replace(/^([^?&]*)&/, '$1?') : raw
    name = { file, version: at?.[1] }
    if (names.size > 5000) names.clear()
    names.set(raw, name)
  }
  return name
}

/**
 * Is this the body of a module? V8 gives it no function name, and it is the only code whose enclosing function begins at line 1,
 * column 1: a named function there has a name, and an anonymous one cannot be called from there. The same holds for CommonJS. It
 * holds at top level, after a top-level await, and in functions that a top-level await waits for (seen on Node 22.15, 22, 24.0, 24
 * and 26).
 */
export function isBody(site: NodeJS.CallSite): boolean {
  if (site.getFunctionName() || site.isEval()) return false
  return site.getEnclosingColumnNumber() === 1 && site.getEnclosingLineNumber() === 1
}
