/**
 * What can only be done once an update has settled, in a macrotask of its own: superseded versions are given back to the garbage
 * collector, kept values that a successor did not ask for are disposed, and modules without an importer are closed.
 */
import type { TreeFile } from '@hot/tree'
import type { Evaluations } from '../hot/evaluations.ts'
import type { Aftermath } from '../modules/aftermath.ts'
import type { HotModule } from '../modules/module.ts'
import type { Program } from '../modules/program.ts'
import type { SupersededVersions } from '../modules/superseded-versions.ts'
import type { LoaderCaches } from '../node/loader-caches.ts'
import { ownImport } from '../node/own-import.ts'
import { requiredExports } from '../node/require-cache.ts'
import type { Cleanup } from './module-updates.ts'
import { Reclaiming } from './reclaiming.ts'
import { takeFailed, unlinkedBelow } from './unfinished-modules.ts'
import { closeUnused } from './unused-modules.ts'

/** Taken before the program may replace them. */
const { setImmediate } = globalThis

export class AfterUpdate implements Aftermath {
  readonly #program: Program
  readonly #evaluations: Evaluations
  /** Ends what modules leave open that nobody imports any more: their connections. */
  readonly #endOpen: Cleanup
  readonly #reclaiming: Reclaiming
  #lostImporters: string[] = []
  /** Modules that are being re-evaluated, with what their last version depended on. */
  readonly #evaluating = new Map<HotModule, { version: number; before: readonly string[] }>()
  readonly unfinished = new Set<HotModule>()
  #scheduled = false

  constructor(
    program: Program,
    evaluations: Evaluations,
    endOpen: Cleanup,
    reclaim: boolean,
    warn: (message: string) => void,
  ) {
    this.#program = program
    this.#evaluations = evaluations
    this.#endOpen = endOpen
    this.#reclaiming = new Reclaiming(program, reclaim, warn)
  }

  get reclaimed(): number {
    return this.#reclaiming.reclaimed
  }

  get supersededVersions(): SupersededVersions {
    return this.#reclaiming.versions
  }

  isNaming(file: TreeFile): boolean {
    return this.#reclaiming.isNaming(file)
  }

  bypassCache(): void {
    this.#reclaiming.bypassCache()
  }

  end(): void {
    this.#reclaiming.end()
  }

  superseded(urls: Iterable<string>, module?: HotModule): void {
    if (this.#reclaiming.add(urls, module)) this.#schedule()
  }

  forget(url: string): boolean {
    const { caches } = this.#reclaiming
    caches?.forget([url])
    return caches !== undefined
  }

  forgetFolder(folder: string): void {
    const { caches } = this.#reclaiming
    const isOwn = (url: string) => url.startsWith(folder) && !url.slice(folder.length).includes('/node_modules/')
    caches?.forget([...caches.urls()].filter(isOwn))
  }

  importersRemoved(ids: readonly string[]): void {
    if (ids.length === 0) return
    this.#lostImporters.push(...ids)
    this.#schedule()
  }

  takeUnfinished(): HotModule[] {
    return takeFailed(this.unfinished, this.#reclaiming.caches)
  }

  unlinkedBelow(module: HotModule): HotModule[] {
    return unlinkedBelow(this.#program, module, this.#reclaiming.caches)
  }

  errorOf(module: HotModule): { readonly error: unknown } | undefined {
    return this.#reclaiming.caches?.errorOf(module.url)
  }

  namespaceOf(module: HotModule): object | undefined {
    return this.#reclaiming.caches?.instanceOf(module.url)
  }

  *loadedExports(): Iterable<readonly [url: string, exports: object]> {
    yield* this.#reclaiming.caches?.namespaces() ?? []
    yield* requiredExports()
  }

  evaluationBegan(module: HotModule, dependencies: readonly string[]): void {
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
    const lost = this.#lostImporters
    this.#lostImporters = []
    if (lost.length > 0) this.#closeUnused(lost).catch(error => this.#program.report(error))
    this.#reclaiming.letGo()
    const { caches } = this.#reclaiming
    if (caches) this.#settleEvaluated(caches)
    else this.#evaluating.clear()
  }

  #settleEvaluated(caches: LoaderCaches): void {
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
      if (status === 'evaluated') void this.#settle(module, version, before)
    }
  }

  async #settle(module: HotModule, version: number, before: readonly string[]): Promise<void> {
    try {
      // Already evaluated, or waiting at a top-level await: this starts nothing, and ends when it has ended.
      if (!module.commonjs) await ownImport(module.id)
    } catch {
      return // its importers were told
    }
    if (module.version !== version) return
    const { scopes, graph } = this.#program
    this.#program.report(await scopes.settled(module.id, version))
    const now = new Set(graph.dependenciesOf(module.id))
    const gone = before.filter(id => !now.has(id))
    if (gone.length > 0) await this.#closeUnused(gone)
  }

  async #closeUnused(ids: readonly string[]): Promise<void> {
    const closed = await closeUnused(this.#program, this.#evaluations, ids)
    if (closed.length > 0) await this.#endOpen(closed)
  }
}
