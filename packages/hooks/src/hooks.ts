/** `useTree`: the hooks of a tree, and the handle on everything behind them. */

import type { RegisterHooksOptions } from 'node:module'
import type { Scope } from '@hot/dispose'
import { ModuleGraph } from '@hot/graph'
import { type Change, type FileTree, nextVersion } from '@hot/tree'
import type { Contribution, Evaluated } from './contributions/evaluated.ts'
import { holdersOf } from './contributions/holders.ts'
import type { ModuleNamespace } from './hot/module-namespace.ts'
import type { HotOptions, HotStats } from './hot-options.ts'
import { loadHook } from './loading/load.ts'
import { patchRequire } from './loading/require.ts'
import { resolveHook } from './loading/resolve.ts'
import { formatOf } from './modules/format.ts'
import { type Place, placeOf, staged } from './modules/places.ts'
import { idOf } from './modules/version-url.ts'
import { loadMain } from './node/internals.ts'
import { loadedBefore } from './node/loaded-too-early.ts'
import { onNaturalEnd } from './node/natural-end.ts'
import { noticeRegister } from './node/other-hooks.ts'
import { ownImport } from './node/own-import.ts'
import type { Check, Cleanup, FinishedUpdate, StagedUpdate } from './update/module-updates.ts'
import type { Plan } from './update/plan.ts'
import type { UpdateReport } from './update/reports.ts'
import { waitingAt } from './update/waiting-modules.ts'
import { connect, disconnect, type Parts } from './wiring.ts'

const handles = new WeakMap<FileTree, Hot>()

/**
 * Makes the modules of a tree hot: hand the result to `registerHooks`. The same tree gives the same handle again.
 *
 * Call it before any module of the tree is loaded. A module that was loaded before is evaluated a second time when it is imported
 * again, and a warning names it.
 */
export function useTree(tree: FileTree, options: HotOptions = {}): Hot {
  let handle = handles.get(tree)
  if (!handle || handle.closed) {
    handle = new Hot(tree, options)
    handles.set(tree, handle)
  }
  return handle
}

/** Typed by the user's own @types/node, since its versions differ here. */
type HookFunctions = Required<RegisterHooksOptions>

/** What `registerHooks` takes, and the handle on a tree's modules. Made by {@link useTree}. */
export class Hot {
  readonly tree: FileTree
  /** Who imports whom, and which version is current. Ids are URLs without `ver`. */
  readonly graph: ModuleGraph
  readonly resolve: HookFunctions['resolve']
  readonly load: HookFunctions['load']
  readonly #parts: Parts
  readonly #removers: (() => void)[]
  #closed = false

  constructor(tree: FileTree, options: HotOptions) {
    this.tree = tree
    this.graph = options.graph ?? new ModuleGraph({ nextVersion })
    this.#parts = connect(this.graph, options)
    const { program, evaluations, updates, contributions } = this.#parts
    program.addTree(tree)
    if (options.isGenerated) program.isGenerated = options.isGenerated
    if (options.loadedOutside) program.loadedOutside = options.loadedOutside
    if (options.entry !== undefined) {
      program.setEntry(options.entry)
      contributions.watch()
    }
    this.resolve = resolveHook(program) as HookFunctions['resolve']
    this.load = loadHook(program) as HookFunctions['load']
    const onClosed = () => this.#end()
    tree.on('closed', onClosed)
    this.#removers = [
      updates.attach(tree),
      patchRequire(program),
      tree.onError(error => void placeOf(program, error)),
      () => tree.off('closed', onClosed),
      onNaturalEnd({
        isNeeded: () => evaluations.hasCleanups(program.idsImportersFirst()),
        end: () => evaluations.endAll(program.idsImportersFirst()),
      }),
    ]
    noticeRegister()
    this.#warnOfLoaded()
  }

  /** The URL of the process's entry point, once Node has loaded it or it was given, if it lies in a tree. */
  get entry(): string | undefined {
    return this.#parts.program.entry?.id
  }

  get closed(): boolean {
    return this.#closed
  }

  /**
   * The lifetime of one evaluation of a module; give `import.meta.url`. What is given to the scope of a superseded
   * evaluation is disposed at once. Throws a `TypeError` if the URL lies outside the trees.
   */
  scope(url: string | URL): Scope {
    return this.#parts.program.scopeOf(String(url))
  }

  /** Calls `fn` once, and waits for it, before this evaluation of the module is replaced, or its file removed. */
  onModuleInvalidated(url: string | URL, fn: () => unknown): void {
    this.scope(url).defer(fn)
  }

  /**
   * Makes a module depend on a file that it neither imports nor reads while it is evaluated: a file that it reads in a request, say.
   * It holds for the current evaluation of the importer. Throws a `TypeError` if one of the URLs lies outside the trees.
   */
  addDependency(importer: string | URL, dependency: string | URL): void {
    const { program } = this.#parts
    const [from, to] = [importer, dependency].map(url => {
      const module = program.findOrCreate(String(url))
      if (!module)
        throw new TypeError(`${url} lies outside the tree ${this.tree.root}: only what is in a tree can change`)
      return module
    })
    program.graph.addDependency(from!.id, to!.id)
  }

  /** Says that a change of a file, a path or a `file:` URL, needs a restart: `'restartNeeded'` is raised with this reason then. */
  restartWhenChanged(file: string | URL, reason: string): void {
    this.#parts.reads.needForProcess(file, reason)
  }

  stats(): HotStats {
    const { program } = this.#parts
    const reclaimed = program.afterUpdate?.reclaimed ?? 0
    const stats = {
      modules: 0,
      evaluated: 0,
      reclaimed,
      bytes: 0,
      get versions() {
        return program.versionsInMemory()
      },
    }
    for (const module of program.all()) {
      if (module.loaded) stats.modules++
      stats.evaluated += module.evaluations
    }
    for (const tree of program.trees) for (const file of tree.files.values()) stats.bytes += file.content.length
    return stats
  }

  /**
   * What is stale if these files of the tree change, and why: nothing is touched. The same program and the same changes give the same
   * plan.
   */
  plan(changes: Iterable<Change>): Plan {
    return this.#parts.updates.plan(this.tree, [...changes])
  }

  /**
   * `'updated'` (an update, just before `filesUpdated`), `'update'` (one that is over, held ones included, with what was disposed and
   * re-evaluated), `'restartNeeded'` (reason), `'addedLater'` (what an async function that nobody awaited added to other modules
   * after `hot.evaluate` had resolved: invalidate the receivers), and what modules `send`. Returns the remover.
   */
  on(event: 'update', listener: (report: UpdateReport) => unknown): () => void
  on(event: 'updated', listener: (update: FinishedUpdate) => unknown): () => void
  on(event: 'restartNeeded', listener: (reason: string) => unknown): () => void
  on(event: 'addedLater', listener: (left: readonly Contribution[]) => unknown): () => void
  on(event: string, listener: (payload: never) => unknown): () => void
  on(event: string, listener: (payload: never) => unknown): () => void {
    const { events } = this.#parts
    const untyped = listener as (payload: unknown) => unknown
    events.on(event, untyped)
    return () => void events.off(event, untyped)
  }

  /**
   * Makes modules stale, and all that depends on them, with no file changed: an update of its own, which ends with
   * `filesUpdated` and no changes. Resolves then. `began` is called when it is its turn: no other update is under way, and nothing
   * is cleaned up yet.
   */
  invalidate(urls: Iterable<string | URL>, began?: () => void): Promise<void> {
    const { program, updates } = this.#parts
    const ids = [...urls].flatMap(url => program.byId(idOf(String(url)))?.id ?? [])
    return updates.invalidate(ids, began)
  }

  /** Raises an event in every module that listens to it with `import.meta.hot.on`; resolves when all of them have. */
  send(event: string, payload?: unknown): Promise<void> {
    return this.#parts.evaluations.notify(event, payload)
  }

  /** Calls `listener` with the URL of each module of Node that anybody requires or imports, before Node loads it. One at a time. */
  onBuiltin(listener: (url: string) => void): void {
    this.#parts.program.builtinAsked = listener
  }

  /** Adds a function that may hold an update before anything is touched; returns the remover. */
  check(check: Check): () => void {
    return this.#parts.updates.addCheck(check)
  }

  /**
   * For each of these objects that a loaded module holds, by what its top-level values lead to, the id of such a module: one that
   * is not among `stale` if there is any. `import { pool } from './db.js'` does not make a module a holder.
   * With `thorough`, modules that export no function are looked into as well, which costs a garbage collection.
   */
  holdersOf(
    objects: ReadonlySet<object>,
    stale: ReadonlySet<string> = new Set(),
    thorough = false,
  ): ReadonlyMap<object, string> | undefined {
    return holdersOf(this.#parts.program, objects, stale, thorough)
  }

  /** Adds a function that ends what stale modules leave open, awaited when their scopes are disposed; returns the remover. */
  cleanup(cleanup: Cleanup): () => void {
    return this.#parts.updates.addCleanup(cleanup)
  }

  /**
   * Where an error was raised: also for a syntax error that an `import()` rejected with, whose stack names no file. The place
   * is put in front of its stack. For a value that is not an error, the file of the module that threw it. `undefined` if nothing is
   * known. With `update`, an update that is being checked, the place is in its text.
   */
  placeOf(error: unknown, update?: Pick<StagedUpdate, 'tree' | 'files'>): Place | undefined {
    const { program } = this.#parts
    return placeOf(program, error, update && staged(program, update.tree, update.files))
  }

  /**
   * Where modules wait at a top-level `await` right now: the possible places in each. Modules that only wait for them are left out.
   */
  waitingAt(): Promise<Place[][]> {
    return waitingAt(this.#parts.program)
  }

  /**
   * Imports a module at its current version, as any module outside the trees would. The entry point of the process is evaluated
   * as one: a CommonJS entry is `require.main`.
   */
  async import(url: string | URL): Promise<ModuleNamespace> {
    const module = this.#parts.program.findOrCreate(String(url))
    if (!module) return ownImport(String(url))
    module.importedFromOutside = true
    if (module.entry && module.file && formatOf(module.tree, module.file, true) === 'commonjs') {
      loadMain(module.filename)
    }
    return ownImport(module.id)
  }

  /**
   * Runs `run`, which imports what the newest update has made stale, and watches what that leaves on other modules. Resolves also
   * when it throws.
   */
  evaluate(run: () => unknown): Promise<Evaluated> {
    this.#parts.contributions.watch()
    const evaluated = this.#parts.contributions.evaluate(run)
    this.#parts.reports.follow(evaluated)
    return evaluated
  }

  /**
   * What modules leave on others, as far as updates have shown it: a route in a router of another module, an element in its array.
   * From then on the receiver is re-evaluated together with its contributors.
   */
  contributions(): readonly Contribution[] {
    return this.#parts.contributions.all
  }

  /** Disposes every scope, importers first, and takes the tree out of the hooks: its files are Node's again. */
  async close(): Promise<void> {
    await this.#end()
  }

  async #end(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    const { program } = this.#parts
    for (const remove of this.#removers) remove()
    await this.#parts.evaluations.prune(program.idsImportersFirst(this.tree))
    program.removeTree(this.tree)
    if (program.trees.length > 0) return
    disconnect(this.#parts)
  }

  #warnOfLoaded(): void {
    // With an entry point to come, nothing of the tree can have been loaded.
    if (this.#parts.program.entry) return
    for (const url of loadedBefore(this.tree)) {
      const path = this.tree.pathOf(url)
      if (path === undefined || !this.tree.files.has(path)) continue
      process.emitWarning(
        `${url} was loaded before the hooks were on: if anything imports it now, it is evaluated a second time. ` +
          'Keep the file that makes the tree outside of it, or start the program with `node --import immaculata/register`.',
        { code: 'HOT_LOADED_BEFORE' },
      )
    }
  }
}
