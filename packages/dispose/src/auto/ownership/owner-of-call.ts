/** The scope that owns what is being opened. */
import type { Scope } from '../../scope.ts'
import { callSites, isBody, isOwnFile, nameOf } from './call-sites.ts'
import { isElsewhere } from './evaluations.ts'
import { noteStarter } from './origins.ts'

/** `file` is as V8 names it, without `?ver=`; `version` is what stood there. */
export type ScopeOf = (file: string, version: string | undefined) => Scope | undefined

/**
 * The scope of the innermost module whose body is on the stack; undefined outside an evaluation, and when that module is none
 * of ours: what a package opens while it is itself loaded stays, because the package is not loaded again.
 *
 * With `direct`, what Node's own code opens on its own behalf is nobody's: the timers of `fetch` outlive the module that
 * called it first. What a compiler or another hook opens for itself while Node loads a module is nobody's either.
 */
export function findOwner(scopeOf: ScopeOf, direct: boolean): Scope | undefined {
  if (isElsewhere()) return undefined
  let caller: string | undefined
  const through = new Set<string>()
  for (const site of callSites()) {
    const file = site.getFileName() ?? ''
    if (caller === undefined) {
      if (isOwnFile(file)) continue
      if (direct && file.startsWith('node:')) return undefined
      caller = file
    }
    if (!file) continue
    if (isBody(site)) {
      const name = nameOf(file)
      const scope = scopeOf(name.file, name.version)
      if (scope) noteStarter(name, through)
      return scope
    }
    if (isLoader(file)) return undefined
    if (!file.startsWith('node:')) through.add(nameOf(file).file)
  }
  return undefined
}

/** Node's loader between a module's body and the call: a hook, or a compiler, is at work. */
function isLoader(file: string): boolean {
  return file.startsWith('node:internal/modules/')
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
