/** The call sites of the running code, and what V8 tells of a module in them. */

/** A module's file as V8 names it: a `file:` URL, or a path for CommonJS. */
export interface ModuleName {
  readonly file: string
  /** What stood behind `ver`; undefined for CommonJS, for an entry point, and for a module that is compiled under its id. */
  readonly version: string | undefined
}

/** More frames than this between a module's body and what it opens are not looked at. */
const depth = 200
/** Files of this package lie between the caller and Node's function, and are neither. */
const ownFolder = new URL('../', import.meta.url).href
const takeSites = (_error: Error, sites: NodeJS.CallSite[]) => sites

/**
 * Call sites that are looked at later: to take them is cheap, to look at them is not. Returns the function that does. Those of
 * `below`, and of what it calls, are left out.
 */
export function captureCallSites(
  limit = depth,
  below: (...args: never[]) => unknown = captureCallSites,
): () => NodeJS.CallSite[] {
  const { stackTraceLimit } = Error
  const holder: { stack?: unknown } = {}
  Error.stackTraceLimit = limit
  Error.captureStackTrace(holder, below)
  Error.stackTraceLimit = stackTraceLimit
  return () => sitesIn(holder)
}

/** The innermost comes first. Functions that somebody awaits come last: V8 follows the awaits. */
export function callSites(): NodeJS.CallSite[] {
  return captureCallSites()()
}

function sitesIn(holder: { stack?: unknown }): NodeJS.CallSite[] {
  const { prepareStackTrace } = Error
  Error.prepareStackTrace = takeSites
  try {
    return holder.stack as NodeJS.CallSite[] // V8 formats it when it is first read, so here
  } finally {
    Error.prepareStackTrace = prepareStackTrace!
  }
}

export function isOwnFile(file: string): boolean {
  return file.startsWith(ownFolder)
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
 * Whether this is the body of a module. V8 gives it, as that of a CommonJS file, no function name, and it is the only code
 * whose enclosing function begins at line 1, column 1: a named function there has a name, and an anonymous one cannot be
 * called from there. This holds at top level, after a top-level await, and for whoever a top-level await waits for (seen on
 * Node 22.15, 22, 24.0, 24 and 26).
 */
export function isBody(site: NodeJS.CallSite): boolean {
  if (site.getFunctionName() || site.isEval()) return false
  return site.getEnclosingColumnNumber() === 1 && site.getEnclosingLineNumber() === 1
}
