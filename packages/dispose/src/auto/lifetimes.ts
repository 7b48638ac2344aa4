/** Automatic lifetimes: what a module opens while it is evaluated is closed when that module is replaced. */
import type { Scope } from '../scope.ts'
import { Connections, type HoldersOf } from './connections/connections.ts'
import type { Served } from './handover/handover.ts'
import type { Page } from './handover/page.ts'
import { Builtins } from './node/builtins.ts'
import { canIterate } from './node/iteration.ts'
import { Patches } from './node/patches.ts'
import { AsyncStarts } from './ownership/async-starts.ts'
import { watchEvaluations, watchWhileLoading } from './ownership/evaluations.ts'
import { type Counts, Owned } from './ownership/owned-resources.ts'
import { Owners, type ScopeOf } from './ownership/owner-of-call.ts'
import { WorkInFlight } from './ownership/work.ts'
import { patchDatagrams } from './resources/datagrams.ts'
import { patchDebuggers } from './resources/debuggers.ts'
import { Environment } from './resources/environment.ts'
import { patchListeners } from './resources/listeners.ts'
import { patchProcesses } from './resources/processes.ts'
import { Servers } from './resources/servers.ts'
import { patchTimers } from './resources/timers.ts'
import { patchWatchers } from './resources/watchers.ts'
import { patchWorkingFolder } from './resources/working-folder.ts'

export interface LifetimesOptions {
  /**
   * The scope of the current evaluation of the module with this file. Undefined if it lies outside the tree, or opted out.
   * `file` is the name that V8 gives in call sites, without `ver`: a `file:` URL, or a path for CommonJS. `version` is the value
   * of `ver`, if there was one.
   */
  scopeOf(file: string, version?: string): Scope | undefined
  /**
   * For each of these objects that a module holds, the id of such a module, if possible of one that is not stale. It decides which
   * module a client's connection belongs to. Without it, a connection belongs to the module that opened it.
   */
  holdersOf?: HoldersOf
  /**
   * Is `builtinAsked` called for each module of Node that the program requires or imports, before it gets it? Then those for servers
   * are loaded only when they are needed. Default: they are loaded by `start()`, which takes some 30 ms.
   */
  tellsBuiltins?: boolean
}

/**
 * Gives what modules open to their scopes, without their help. Servers, timers, listeners, watchers, child processes, workers and
 * UDP sockets that are opened while a module is evaluated are closed with that module's scope, and environment variables get back the
 * value that they had. What is opened later, in a request
 * handler say, is left alone. Listening sockets are handed from one version to the next.
 *
 * It replaces functions of Node, so one per process is enough, and it must start before the program is loaded.
 */
export class Lifetimes {
  readonly #owned = new Owned()
  readonly #owners: Owners
  readonly #work = new WorkInFlight()
  readonly #servers: Servers
  readonly #connections: Connections
  readonly #told: boolean
  #patches: Patches | undefined
  #builtins: Builtins | undefined
  #unwatch: (() => void) | undefined

  constructor(options: LifetimesOptions) {
    const scopeOf: ScopeOf = (file, version) => (canIterate() ? options.scopeOf(file, version) : undefined)
    this.#told = options.tellsBuiltins ?? false
    this.#owners = new Owners(scopeOf)
    this.#servers = new Servers(this.#owned, this.#owners)
    this.#connections = new Connections(
      scopeOf,
      this.#work,
      options.holdersOf && ((...asked) => options.holdersOf!(...asked)),
    )
  }

  /** Begins to notice what evaluations open. A second call changes nothing. */
  start(): void {
    if (this.#patches) return
    const patches = new Patches()
    this.#patches = patches
    const unwatch = watchEvaluations()
    const starts = new AsyncStarts(() => this.#owners.noteStart())
    const unwatchLoading = [starts, new Environment(this.#owned, this.#owners)].map(watchWhileLoading)
    patches.watch(globalThis, 'queueMicrotask', 'before', () => starts.queued())
    this.#unwatch = () => {
      for (const unwatch of unwatchLoading) unwatch()
      unwatch()
    }
    patchTimers(patches, this.#owned, this.#owners, this.#work)
    const openers = [patchListeners, patchWatchers, patchProcesses, patchDatagrams, patchWorkingFolder]
    for (const patch of openers) patch(patches, this.#owned, this.#owners, this.#work)
    const builtins = new Builtins(this.#told)
    this.#builtins = builtins
    this.#servers.patch(patches, builtins)
    patchDebuggers(patches, this.#owned, this.#owners, builtins)
    this.#connections.start(patches, builtins)
    patches.replace(process, 'getBuiltinModule', (_self, [name], call) => {
      if (typeof name === 'string') builtins.asked(name)
      return call()
    })
    patches.sync()
  }

  /**
   * The program requires or imports a module of Node. Call it before Node loads that. Needed with `tellsBuiltins` only.
   */
  builtinAsked(name: string): void {
    this.#builtins?.asked(name)
  }

  /** Puts Node's functions back. What modules own stays theirs. Sockets that wait for a successor are closed. */
  stop(): void {
    this.#patches?.restore()
    this.#unwatch?.()
    this.#connections.stop()
    this.#patches = undefined
    this.#builtins = undefined
    this.#servers.handover.stop()
  }

  /**
   * Tells that an update is about to dispose scopes. From now on, a server that is closed, by its scope or by the program, leaves
   * its socket to its successor. Connections and requests wait in it. Returns the update's number, for `updateFinished`.
   */
  updateBegan(): number {
    return this.#servers.handover.updateBegan()
  }

  /**
   * Ends the client connections of these modules, and the requests that they wait for, in silence. Call it when their scopes are
   * disposed and nothing of them is re-evaluated yet. Resolves with what they may hold and somebody else may, too: it stays open.
   */
  async disconnect(stale: Iterable<string>): Promise<{ readonly doubtful: readonly string[] }> {
    const doubtful = await this.#connections.end(new Set(stale))
    return { doubtful: doubtful.map(connection => connection.describe()) }
  }

  /**
   * Tells that the new evaluation is done. Resolves when every socket has its successor, or is closed. A socket that nobody took
   * over gets a second, since a program may listen after its evaluation; more if a server was created that does not listen yet, or
   * if it took longer the last time. The result names what was served before and is not any more. If another update has begun
   * since, the end of this one changes nothing.
   */
  updateFinished(update?: number): Promise<Served> {
    return this.#servers.handover.updateFinished(update)
  }

  /**
   * Tells that the new evaluation failed. HTTP requests that waited, and new ones, get status 503 and what `describe` returns,
   * until the next `updateBegan()`. `loopback` tells whether the text may show sources: the request came from this machine,
   * through no proxy.
   */
  evaluationFailed(error: unknown, describe: (loopback: boolean, error: unknown) => Page): void {
    this.#servers.handover.evaluationFailed({ page: loopback => describe(loopback, error), last: false })
  }

  /** How many of the things that evaluations opened are open now: those of one module, or all. */
  counts(id?: string): Counts {
    return this.#owned.counts(id)
  }
}
