/**
 * What can only be done once an update has settled, in a macrotask of its own: giving superseded versions back to the
 * garbage collector, disposing kept values that a successor did not ask for, and closing what nobody imports any more.
 */

import type { TreeFile } from '@hot/tree'
import type { HotContexts } from '../hot/import-meta-hot.ts'
import { loadedExports } from '../loading/require-esm.ts'
import type { HotModule } from '../modules/module.ts'
import type { Aftermath, Program } from '../modules/program.ts'
import { Versions } from '../modules/superseded-versions.ts'
import { bypassCache, isNameable, namingOf, namings } from '../node/compilation-cache.ts'
import { type LoaderCaches, openLoaderCaches } from '../node/loader-caches.ts'
import { remembersErrors } from '../node/node-versions.ts'

export class Sweep implements Aftermath {
  readonly #program: Program
  readonly #contexts: HotContexts
  readonly #reclaim: boolean
  readonly #warn: (message: string) => void
  #caches: LoaderCaches | undefined | null = null
  readonly versions = new Versions()
  readonly #superseded = new Map<string, HotModule | undefined>()
  #lost: string[] = []
  /** Modules that are being evaluated again, with what their last version depended on. */
  readonly #evaluating = new Map<HotModule, { version: number; before: readonly string[] }>()
  /** Modules that Node was given and that were not yet seen to be evaluated. */
  readonly unfinished = new Set<HotModule>()
  #scheduled = false
  reclaimed = 0

  constructor(program: Program, contexts: HotContexts, reclaim: boolean, warn: (message: string) => void) {
    this.#program = program
    this.#contexts = contexts
    this.#reclaim = reclaim
    this.#warn = warn
  }

  /** Opened when the first version is superseded: a program that never changes pays nothing. */
  get caches(): LoaderCaches | undefined {
    if (!this.#reclaim) return undefined
    if (this.#caches === null) {
      try {
        this.#caches = openLoaderCaches()
        this.#caches.nameModules()
        namings.add(this.#naming)
      } catch (error) {
        this.#caches = undefined
        this.#warn(`superseded versions of modules stay in memory: ${(error as Error).message}`)
      }
    }
    return this.#caches
  }

  readonly #naming = (url: string) => {
    const { linking } = this.#program
    const staged = linking?.get(url)
    // What a link check has compiled is then there for the evaluation.
    if (staged) return namingOf(staged, url, linking!.fileOf(staged))
    const module = this.#program.current.get(url)
    if (!module || module.generation === 0) return undefined
    const naming = namingOf(module, url, module.file)
    module.lastFile = module.file
    return naming
  }

  /** Whether a file's module is compiled under its id, and needs no sourceURL. */
  isNaming(file: TreeFile): boolean {
    return namings.has(this.#naming) && isNameable(file)
  }

  bypassCache(): void {
    if (this.#reclaim) bypassCache()
  }

  /** After the hooks: what is compiled is Node's business again. */
  end(): void {
    namings.delete(this.#naming)
  }

  /** Nothing asks Node for these URLs any more: those of a module's superseded version, its own first. */
  superseded(urls: Iterable<string>, module?: HotModule): void {
    if (!this.#reclaim) return
    for (const url of urls) {
      this.#superseded.set(url, module)
      module = undefined
    }
    this.#schedule()
  }

  /** The same for a URL that is asked for again: it cannot wait. */
  forget(url: string): void {
    this.caches?.forget([url])
  }

  /** The files of these modules' importers were removed: they may be unused now. */
  lost(ids: readonly string[]): void {
    if (ids.length === 0) return
    this.#lost.push(...ids)
    this.#schedule()
  }

  /**
   * The modules that failed: in linking, or, where Node forgets it, in evaluating. Called at the beginning of a macrotask: no
   * import is half way, so what is still pending did not link.
   */
  takeUnfinished(): HotModule[] {
    const { caches, unfinished } = this
    const failed: HotModule[] = []
    let isHalfWay = false
    for (const module of unfinished) {
      const status = module.loaded ? caches?.statusOf(module.url) : undefined
      isHalfWay ||= status === 'pending'
      if (wasRequired(module)) {
        unfinished.delete(module)
        continue
      }
      if (status === 'evaluated') caches?.finished(module.url)
      if (status === 'pending' || (status === 'errored' && (module.commonjs || !remembersErrors))) failed.push(module)
      // It failed when it was required: an import() of this version, for which there is no wrapper yet, may be forgotten.
      else if (status === undefined && module.commonjs && module.loaded) continue
      unfinished.delete(module)
    }
    if (isHalfWay) caches?.forgetHalfWay()
    return failed
  }

  /**
   * What keeps a module from being linked: modules whose imports could not be loaded, and what leads to them. It may be asked
   * in the middle of everything, so whatever is being linked or evaluated is left alone.
   */
  unlinkedBelow(module: HotModule): HotModule[] {
    const { caches } = this
    if (!caches) return []
    const { graph } = this.#program
    const below = this.#reachable([module.id])
    const modules = [...below].flatMap(id => this.#program.get(id) ?? []).filter(({ loaded }) => loaded)
    const unlinked = new Set(modules.filter(({ url }) => caches.cannotLink(url)).map(({ id }) => id))
    for (const id of unlinked)
      for (const importer of graph.importersOf(id)) if (below.has(importer)) unlinked.add(importer)
    return modules.filter(
      module => unlinked.has(module.id) && caches.statusOf(module.url) === 'pending' && !wasRequired(module),
    )
  }

  errorOf(module: HotModule): { readonly error: unknown } | undefined {
    return this.caches?.errorOf(module.url)
  }

  /** A module that was invalidated before is loaded again. */
  began(module: HotModule, dependencies: readonly string[]): void {
    // A version that failed before it had all its imports does not make anything unused.
    const before = this.#evaluating.get(module)?.before
    this.#evaluating.set(module, {
      version: module.version,
      before: before ? [...before, ...dependencies] : dependencies,
    })
    this.#schedule()
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#run()
    }).unref()
  }

  #run(): void {
    const lost = this.#lost
    this.#lost = []
    if (lost.length > 0) this.#prune(lost).catch(error => this.#program.report(error))
    if (!this.#reclaim) return
    const { caches } = this
    if (!caches) {
      this.#superseded.clear()
      this.#evaluating.clear()
      return
    }
    this.#letGo(caches)
    for (const [module, { version, before }] of this.#evaluating) {
      if (module.version !== version) continue // stale again before it was evaluated: the next version decides
      const now = this.#program.graph.dependenciesOf(module.id)
      const same = before.length === now.length && before.every((id, index) => id === now[index])
      if (same && !this.#program.scopes.get(module.id)) {
        this.#evaluating.delete(module)
        continue
      }
      const status = module.commonjs ? 'evaluated' : caches.statusOf(module.url)
      if (status === 'pending' || status === undefined) continue
      this.#evaluating.delete(module)
      if (status === 'evaluated') void this.#settled(module, version, before)
    }
  }

  #letGo(caches: LoaderCaches): void {
    for (const [url, module] of this.#superseded) {
      const instance = module && caches.instanceOf(url)
      if (instance) this.versions.add(module, instance)
    }
    this.reclaimed += caches.forget(this.#superseded.keys())
    this.#superseded.clear()
    for (const { module, versions } of this.versions.pilingUp()) {
      this.#warn(
        `${versions} superseded versions of ${module.path} are still in memory: something holds them, such as a timer, ` +
          'a listener or a cache outside of it. Give what the module opens to its scope, or clear it in onModuleInvalidated.',
      )
    }
  }

  async #settled(module: HotModule, version: number, before: readonly string[]): Promise<void> {
    try {
      // Already evaluated, or waiting at a top-level await: this starts nothing, and ends when it has ended.
      if (!module.commonjs) await import(module.id)
    } catch {
      return // its importers were told
    }
    if (module.version !== version) return
    const { scopes, graph } = this.#program
    this.#program.report(await scopes.settled(module.id, version))
    const now = new Set(graph.dependenciesOf(module.id))
    const gone = before.filter(id => !now.has(id))
    if (gone.length > 0) await this.#prune(gone)
  }

  /**
   * Closes what nobody imports any more. Only a module that has something to close is touched, with its importers: a later
   * import evaluates them again. All others stay as they are.
   */
  async #prune(ids: readonly string[]): Promise<void> {
    const { scopes, graph } = this.#program
    const opened = [...this.#reachable(ids)].filter(id => scopes.get(id)?.disposed === false || this.#contexts.has(id))
    if (opened.length === 0) return
    const roots = [...this.#program.all()].filter(module => module.root).map(module => module.id)
    const used = this.#reachable(roots)
    const unused = graph.plan(opened.filter(id => !used.has(id))).map(step => step.id)
    if (unused.length === 0) return
    const closing = this.#contexts.prune(unused)
    // At once: who asks for one of them while it is being closed gets another.
    this.#program.supersede(unused)
    await closing
  }

  #reachable(from: readonly string[]): Set<string> {
    const { graph } = this.#program
    const reached = new Set(from)
    for (const id of reached) for (const dependency of graph.dependenciesOf(id)) reached.add(dependency)
    return reached
  }
}

/** What was required is evaluated, whatever became of a wrapper made for an import. */
function wasRequired(module: HotModule): boolean {
  return module.commonjs && module.loaded && loadedExports(module) !== undefined
}
