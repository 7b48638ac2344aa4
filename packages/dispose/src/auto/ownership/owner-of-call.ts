/** Finds the scope that owns what is being opened. The table in `origins.ts` has the rules. */
import { Scope } from '../../scope.ts'
import { callSites, isBody, isOwnFile, type ModuleName, nameOf } from './call-sites.ts'
import { isElsewhere, isLoading } from './evaluations.ts'
import { currentOrigin, isSuperseded, noteStarter, runningFunction, runningModuleOf } from './origins.ts'

/** `file` is the name that V8 gives, without `?ver=`; `version` is the value of `ver`. */
export type ScopeOf = (file: string, version: string | undefined) => Scope | undefined

/** Who opens something. */
export interface Opener {
  readonly scope: Scope
  readonly module: ModuleName
  /** The files of the callers, innermost first, up to the first that is not Node's. */
  readonly callers: readonly string[]
  readonly sites: readonly NodeJS.CallSite[]
  /** Is the module being evaluated, or did it start the running chain? */
  readonly by: 'evaluation' | 'chain'
  /** A newer version of the module is published. */
  readonly superseded: boolean
}

/** Finds the owner of what is being opened. */
export class Owners {
  readonly #scopeOf: ScopeOf

  constructor(scopeOf: ScopeOf) {
    this.#scopeOf = scopeOf
  }

  /**
   * The owner of what is being opened: the module that is being evaluated, else the one that started the running chain. Undefined in
   * a request or a callback, and for what Node's loader, a compiler or another hook opens for itself while a module is evaluated.
   * Also undefined for what a package opens while it is loaded: the package is not loaded again.
   */
  find(): Opener | undefined {
    const origin = currentOrigin()
    const chained = origin !== undefined && origin.timers === undefined
    const elsewhere = isElsewhere()
    if (elsewhere && !chained) return undefined
    // A body is near, as a rule, and a stack is deep while packages load one another.
    let sites = callSites(few)
    let evaluating = elsewhere ? undefined : this.#evaluated(sites)
    if (evaluating === undefined && sites.length >= few) {
      sites = callSites()
      evaluating = elsewhere ? undefined : this.#evaluated(sites)
    }
    if (evaluating !== undefined) return evaluating ?? undefined
    if (!chained) return undefined
    const starter = runningModuleOf(origin, sites)
    if (!starter || (isLoading() && isBelowLoader(sites))) return undefined
    // It may be what the module keeps, or has in its data, that goes on here: as it is meant to.
    if (this.#scopeOf(starter.file, starter.version)?.carriesOver) return undefined
    return this.#opener(starter, sites, 'chain')
  }

  /** As `find()`, for what is called so often outside of evaluations, and of the chains they began, that it must cost nothing there. */
  findCheaply(): Opener | undefined {
    return isLoading() || currentOrigin() !== undefined ? this.find() : undefined
  }

  /**
   * As `find()`, but undefined for what Node's own code opens for itself: the timers of `fetch` must outlive the module that called
   * it first.
   */
  findDirect(): Opener | undefined {
    const opener = this.find()
    return opener?.callers[0]?.startsWith('node:') ? undefined : opener
  }

  /** Something begins to wait. In an evaluation, the async chain that begins here belongs to its module. */
  noteStart(): void {
    if (isElsewhere()) return
    const sites = callSites(few)
    if (this.#evaluated(sites) === undefined && sites.length >= few) this.#evaluated(callSites())
  }

  /** The owner of a server that is about to listen, also in a callback of something that an evaluation began. Undefined in a request. */
  findListening(): Scope | undefined {
    const found = this.find()
    if (found) return found.scope
    const origin = currentOrigin()
    if (!origin) return undefined
    if (origin.timers && !origin.timers.goesOn()) return origin.starter && endedScope(origin.starter)
    const sites = callSites()
    const starter = runningModuleOf(origin, sites)
    return starter && this.#opener(starter, sites, 'chain')?.scope
  }

  /** The module whose function makes a server listen, if it is not known who began that. Undefined below a request or a timer. */
  findCaller(): Scope | undefined {
    const sites = callSites()
    if (sites.some(site => callbacks.some(prefix => site.getFileName()?.startsWith(prefix)))) return undefined
    const module = runningFunction(sites, ({ file, version }) => this.#scopeOf(file, version) !== undefined)
    return module && this.#opener(module, sites, 'chain')?.scope
  }

  /** `null` for the body of a file that has no scope: it ends the search. */
  #evaluated(sites: readonly NodeJS.CallSite[]): Opener | null | undefined {
    const through = new Set<string>()
    for (const site of sites) {
      const file = site.getFileName()
      if (!file || isOwnFile(file)) continue
      if (isBody(site)) {
        const module = nameOf(file)
        const opener = this.#opener(module, sites, 'evaluation')
        if (opener) noteStarter(module, through)
        return opener ?? null
      }
      if (file.startsWith('node:internal/modules/')) return null
      if (!file.startsWith('node:')) through.add(nameOf(file).file)
    }
    return undefined
  }

  #opener(
    module: ModuleName & { superseded?: boolean },
    sites: readonly NodeJS.CallSite[],
    by: Opener['by'],
  ): Opener | undefined {
    const scope = this.#scopeOf(module.file, module.version)
    if (!scope) return undefined
    const { superseded = isSuperseded(module) } = module
    return { scope: superseded ? endedScope(module) : scope, module, callers: callersIn(sites), sites, by, superseded }
  }
}

/** How many frames are looked at first. */
const few = 16

const callbacks = ['node:_http_server', 'node:internal/http2/', 'node:internal/timers', 'node:internal/modules/']

/** A disposed scope: what is given to it is disposed at once. */
function endedScope({ file }: ModuleName): Scope {
  const scope = new Scope(file)
  void scope.dispose()
  return scope
}

function callersIn(sites: readonly NodeJS.CallSite[]): string[] {
  const callers: string[] = []
  for (const site of sites) {
    const file = site.getFileName()
    if (!file || isOwnFile(file)) continue
    callers.push(file)
    if (!file.startsWith('node:')) break
  }
  return callers
}

function isBelowLoader(sites: readonly NodeJS.CallSite[]): boolean {
  return sites.some(site => site.getFileName()?.startsWith('node:internal/modules/'))
}
