/** The evaluations of all modules that use `import.meta.hot`: what each registered, and telling them of updates. */
import type { Boundary } from '@hot/graph'
import type { Change } from '@hot/tree'
import type { HotModule } from '../modules/module.ts'
import type { Program } from '../modules/program.ts'
import { idOf } from '../modules/version-url.ts'
import { AcceptCallbacks } from './accept-callbacks.ts'
import { createHotContext } from './import-meta-hot.ts'
import { PartialAcceptance } from './partial-acceptance.ts'
import { Registrations } from './registrations.ts'
import { isFullReload, updatePayload } from './vite-events.ts'

export class Evaluations {
  readonly #program: Program
  /** The registrations of each module's present evaluation, by the module's id. */
  readonly #current = new Map<string, Registrations>()
  /** Given in by the handle: what `invalidate()` and `send()` lead to. */
  invalidate: ((ids: readonly string[]) => Promise<void>) | undefined
  send: ((event: string, payload: unknown) => void) | undefined
  needRestart: ((reason: string) => void) | undefined
  /** The modules that have passed on the change that is under way, and how many updates of theirs are not over. */
  readonly #passedOn = new Set<string>()
  #passing = 0

  constructor(program: Program) {
    this.#program = program
  }

  /** Called from the first line of a module, with its own `import.meta`. */
  prepare(meta: ImportMeta): boolean {
    const id = idOf(meta.url)
    const module = this.#program.byId(id)
    if (!module) return false
    const scope = this.#program.scopeOf(meta.url)
    if (module.entry) {
      const own = meta as ImportMeta & { main?: boolean }
      own.url = id
      if ('main' in meta) own.main = true
    }
    const registrations = new Registrations()
    if (!scope.disposed) {
      this.#current.set(id, registrations)
      scope.defer(() => {
        registrations.listeners.clear()
      })
    }
    const hot = createHotContext({
      id,
      scope,
      registrations,
      graph: this.#program.graph,
      resolve: specifier => this.#idOfSpecifier(module, specifier, () => meta.resolve(specifier)),
      acceptExports: names => new PartialAcceptance(this.#program, id, new Set(names)),
      invalidate: message => this.#invalidated(id, message),
      send: (event, payload) => this.send?.(event, payload),
    })
    Object.assign(meta, { hot })
    return true
  }

  /** As the module's own imports have it: a compiler may lead `./a.js` to `a.ts`. What is not there yet is what it says. */
  #idOfSpecifier({ id, resolutions }: HotModule, specifier: string, resolve: () => string): string {
    const known = resolutions?.get(specifier)
    if (known) return known.module.id
    if (!/^(?:\.{0,2}\/|file:)/.test(specifier)) return idOf(resolve())
    const named = new URL(specifier, id).href
    if (this.#program.findOrCreate(named)?.file) return named
    try {
      return idOf(resolve())
    } catch {
      return named
    }
  }

  /** Passes a change on to the importers. One that comes back to a module that passed it on would go round for ever. */
  #invalidated(id: string, message: string | undefined): void {
    const { path } = this.#program.byId(id)!
    if (this.#passedOn.has(id)) {
      this.needRestart?.(`${path} called import.meta.hot.invalidate(), and its importers led back to it`)
      return
    }
    const importers = this.#program.graph.importersOf(id).filter(importer => importer !== id)
    this.#passedOn.add(id)
    void this.notify('vite:invalidate', { path, message, firstInvalidatedBy: path })
    this.#passing++
    void this.invalidate?.(importers).finally(() => {
      if (--this.#passing === 0) this.#passedOn.clear()
    })
  }

  /** Brings the graph in step with what `acceptExports` says. Called before an update is planned. */
  reviewPartial(): void {
    for (const { partial } of this.#current.values()) for (const acceptance of partial) acceptance.review()
  }

  /** Raises an event in every module that listens to it; each callback is awaited, and none stops another. */
  async notify(event: string, payload: unknown): Promise<void> {
    for (const { listeners } of [...this.#current.values()]) {
      for (const listener of [...(listeners.get(event) ?? [])]) {
        try {
          await listener(payload)
        } catch (error) {
          this.#program.report(error)
        }
      }
    }
  }

  /** Announces an update. Its meaning is worked out only if a module listens. */
  async announce(ids: readonly string[], changes: readonly Change[]): Promise<void> {
    const [beforeUpdate, beforeFullReload] = ['vite:beforeUpdate', 'vite:beforeFullReload'] as const
    if (!this.#isHeard(beforeUpdate) && !this.#isHeard(beforeFullReload)) return
    const { graph } = this.#program
    const plan = graph.plan(ids)
    const boundaries = graph.boundaries(plan)
    await this.notify(beforeUpdate, { ...updatePayload(this.#program, boundaries), changes })
    if (!isFullReload(this.#program, plan, boundaries)) return
    await this.notify(beforeFullReload, { type: 'full-reload', triggeredBy: changes[0]?.path })
  }

  #isHeard(event: string): boolean {
    for (const { listeners } of this.#current.values()) if (listeners.get(event)?.size) return true
    return false
  }

  /** What has to be told to the modules that accepted a change. Called in the publishing step, before accepts are dropped. */
  takeCallbacks(boundaries: readonly Boundary[]): () => Promise<void> {
    const callbacks = new AcceptCallbacks(this.#program, this.#current, event => this.notify('vite:error', event))
    callbacks.take(boundaries)
    return () => callbacks.call()
  }

  /** Whether the version that was just replaced had declined. */
  takeDeclined(id: string): boolean {
    const registrations = this.#current.get(id)
    const declined = registrations?.declined ?? false
    if (registrations) registrations.declined = false
    return declined
  }

  hasPruneCallbacks(id: string): boolean {
    return (this.#current.get(id)?.prunes.length ?? 0) > 0
  }

  /** Whether a module asked for anything to be done before the process ends. */
  hasCleanups(ids: readonly string[]): boolean {
    const { scopes } = this.#program
    const asked = ids.some(id => scopes.get(id)?.endsWithProcess === false || this.hasPruneCallbacks(id))
    return asked || this.#isHeard('vite:beforePrune')
  }

  /**
   * The process has nothing left to do: what modules were asked to dispose is disposed. What they opened by themselves ends with
   * the process, as it would have without us. Returns nothing if there is nothing to do.
   */
  endAll(ids: readonly string[]): Promise<void> | undefined {
    this.#program.scopes.leaveOwned()
    return this.hasCleanups(ids) ? this.prune(ids) : undefined
  }

  /**
   * Ends modules that are gone or have no importer any more: each is disposed, then told, as in Vite, and then what it
   * kept is disposed. It is about the evaluations of now: one that comes while others are being closed is left alone.
   */
  async prune(ids: readonly string[]): Promise<void> {
    const { scopes } = this.#program
    const gone = ids.map(id => ({ registrations: this.#current.get(id), scope: scopes.get(id) }))
    const paths = this.#isHeard('vite:beforePrune')
      ? ids.flatMap(id => (this.#current.has(id) ? this.#program.byId(id)!.path : []))
      : []
    const told = paths.length > 0 ? this.notify('vite:beforePrune', { type: 'prune', paths }) : undefined
    for (const id of ids) this.#current.delete(id)
    const retired = scopes.retire(ids)
    if (told) await told
    this.#program.report(await retired.dispose())
    for (const { registrations, scope } of gone) {
      for (const callback of registrations?.prunes ?? []) {
        try {
          await callback(scope?.data ?? {})
        } catch (error) {
          this.#program.report(error)
        }
      }
    }
    this.#program.report(await retired.release())
  }
}
