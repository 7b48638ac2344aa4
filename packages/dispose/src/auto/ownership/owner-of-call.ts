/**
 * Which module is being evaluated, read from the call sites.
 *
 * V8 gives the body of a module, as of a CommonJS file, no function name, and it is the only code whose enclosing function
 * begins at line 1, column 1: a named function there has a name, and an anonymous one cannot be called from there. This holds
 * at top level, after a top-level await, and for whoever a top-level await waits for (seen on Node 22.15, 22, 24.0, 24 and 26).
 */
import { AsyncResource, executionAsyncId, executionAsyncResource } from 'node:async_hooks'
import diagnostics from 'node:diagnostics_channel'
import type { Scope } from '../../scope.ts'

/** `file` is as V8 names it, without `?ver=`; `version` is what stood there. */
export type ScopeOf = (file: string, version: string | undefined) => Scope | undefined

interface Named {
  readonly file: string
  readonly version: string | undefined
}

/** More frames than this between a module's body and what it opens are not looked at. */
const depth = 200
/** Files of this package lie between the caller and Node's function, and are neither. */
const ownFolder = new URL('../', import.meta.url).href
const takeSites = (_error: Error, sites: NodeJS.CallSite[]) => sites

function callSites(): NodeJS.CallSite[] {
  const { prepareStackTrace, stackTraceLimit } = Error
  const holder: { stack?: unknown } = {}
  Error.prepareStackTrace = takeSites
  Error.stackTraceLimit = depth
  try {
    Error.captureStackTrace(holder, callSites)
    return holder.stack as NodeJS.CallSite[] // formatted when it is first read, so here
  } finally {
    Error.stackTraceLimit = stackTraceLimit
    Error.prepareStackTrace = prepareStackTrace!
  }
}

const named = new Map<string, Named>()

function nameOf(raw: string): Named {
  let name = named.get(raw)
  if (!name) {
    const at = raw.startsWith('file:') ? /[?&]ver=([^&#]*)/.exec(raw) : null
    const file = at ? raw.replace(at[0], '').replace(/^([^?&]*)&/, '$1?') : raw
    name = { file, version: at?.[1] }
    if (named.size > 5000) named.clear()
    named.set(raw, name)
  }
  return name
}

function isBody(site: NodeJS.CallSite): boolean {
  if (site.getFunctionName() || site.isEval()) return false
  return site.getEnclosingColumnNumber() === 1 && site.getEnclosingLineNumber() === 1
}

let requires = 0
/** What is being imported, from the call to the end of the evaluation, top-level awaits included. */
const imports = new Set<object>()

/** Keeps account of what `require` and `import` have under way; returns what ends that. */
export function watchLoading(): () => void {
  const nothing = { start() {}, end() {}, asyncStart() {}, asyncEnd() {}, error() {} }
  const required = { ...nothing, start: () => void requires++, end: () => void requires-- }
  // Not counted: of an import that began before this, only the end may be told.
  const imported = {
    ...nothing,
    start: (message: unknown) => void imports.add(message as object),
    asyncEnd: (message: unknown) => void imports.delete(message as object),
  }
  const channels = [
    [diagnostics.tracingChannel('module.require'), required],
    [diagnostics.tracingChannel('module.import'), imported],
  ] as const
  for (const [channel, subscribers] of channels) channel.subscribe(subscribers)
  return () => {
    for (const [channel, subscribers] of channels) channel.unsubscribe(subscribers)
    requires = 0
    imports.clear()
  }
}

/**
 * Whether nothing can be under evaluation, told without looking at the stack: nothing is being loaded, or it is not here. Import evaluates in microtasks, which Node runs
 * outside of every callback: inside one (a request, a timer, a tick) only `require` can evaluate anything. A microtask has no
 * id, or, while somebody uses async hooks, that of a promise; an AsyncResource of the program's own may be entered anywhere.
 */
function isElsewhere(): boolean {
  if (requires > 0) return false
  if (imports.size === 0) return true
  if (executionAsyncId() <= 1) return false
  const resource = executionAsyncResource()
  return !(resource instanceof Promise) && !(resource instanceof AsyncResource)
}

/**
 * The scope of the innermost module whose body is on the stack; undefined outside an evaluation, and when that module is none
 * of ours: what a package opens while it is itself loaded stays, because the package is not loaded again.
 *
 * With `direct`, what Node's own code opens on its own behalf is nobody's: the timers of `fetch` outlive the module that
 * called it first.
 */
export function findOwner(scopeOf: ScopeOf, direct: boolean): Scope | undefined {
  if (isElsewhere()) return undefined
  let caller: string | undefined
  for (const site of callSites()) {
    if (caller === undefined) {
      const file = site.getFileName() ?? ''
      if (file.startsWith(ownFolder)) continue
      if (direct && file.startsWith('node:')) return undefined
      caller = file
    }
    if (!isBody(site)) continue
    const file = site.getFileName()
    if (!file) continue
    const name = nameOf(file)
    return scopeOf(name.file, name.version)
  }
  return undefined
}

const callbacks = ['node:_http_server', 'node:internal/http2/', 'node:internal/timers', 'node:internal/modules/']

/**
 * The scope of the innermost function of the tree, for an `async main()` that nobody awaits: once it has waited, nothing on
 * the stack tells of the evaluation. Undefined below a request or a timer.
 */
export function findCaller(scopeOf: ScopeOf): Scope | undefined {
  let found: Scope | undefined
  for (const site of callSites()) {
    const file = site.getFileName()
    if (!file) continue
    // Microtasks and ticks; below them may be whatever Node was at when it ran them.
    if (file === 'node:internal/process/task_queues') break
    if (callbacks.some(prefix => file.startsWith(prefix))) return undefined
    if (found || file.startsWith('node:') || site.isEval()) continue
    const name = nameOf(file)
    found = scopeOf(name.file, name.version)
  }
  return found
}
