/** `import.meta.hot`, shaped and behaving as Vite's (https://vite.dev/guide/api-hmr), with a scope behind it. */
import type { Scope } from '@hot/dispose'
import type { Boundary } from '@hot/graph'
import type { Change } from '@hot/tree'
import { idOf } from '../modules/module.ts'
import type { Program } from '../modules/program.ts'
import { isFullReload, updatePayload } from './vite-events.ts'

// biome-ignore lint/suspicious/noExplicitAny: as in Vite's types, so that programs written for them compile
type Loose = any

/** A module's namespace object, as `import()` gives it. */
export type ModuleNamespace = Record<string, Loose> & { [Symbol.toStringTag]: 'Module' }
type Accepted = ModuleNamespace | undefined

/** What `import.meta.hot` is in a module of a tree. `undefined` when the hooks are off. */
export interface HotContext {
  /** Handed to the next evaluation of the same module. */
  readonly data: Record<string, Loose>
  /** Aborts when this evaluation of the module is replaced. */
  readonly signal: AbortSignal
  /** Disposes a resource (`Symbol.asyncDispose` or `Symbol.dispose`) when this evaluation is replaced, and returns it. */
  use<T>(resource: T): T
  /** The value made by the first evaluation that asked for `key`, handed on to every later one. */
  keep<T>(key: string, create: () => T, dispose?: (value: T) => unknown): T
  /** Stops the propagation here: this module is evaluated again, its importers keep the instance they linked. */
  accept(): void
  accept(callback: (module: ModuleNamespace | undefined) => void): void
  /** Stops the propagation from `dependency` here: the callback gets its new instance, this module stays as it is. */
  accept(dependency: string, callback?: (module: ModuleNamespace | undefined) => void): void
  /** The array has the new instance where a dependency was updated, and `undefined` elsewhere. */
  accept(dependencies: readonly string[], callback?: (modules: (ModuleNamespace | undefined)[]) => void): void
  acceptExports(exportNames: string | readonly string[], callback?: (module: ModuleNamespace | undefined) => void): void
  /** Runs before this evaluation is replaced, awaited; what it puts into `data` is there for the next one. */
  dispose(callback: (data: Record<string, Loose>) => unknown): void
  /** Runs when the module is no longer imported by anybody, or its file was removed. */
  prune(callback: (data: Record<string, Loose>) => unknown): void
  /** Asks for a restart of the process when this module becomes stale. */
  decline(): void
  /** Passes a change that this module accepted, and cannot take after all, on to its importers. */
  invalidate(message?: string): void
  /**
   * Events of updates, by Vite's names (`vite:beforeUpdate`, `vite:afterUpdate`, `vite:beforeFullReload`, `vite:beforePrune`,
   * `vite:invalidate`, `vite:error`), and whatever `send` of the handle raises. What a callback returns is awaited.
   */
  on(event: string, callback: (payload: Loose) => void): void
  off(event: string, callback: (payload: Loose) => void): void
  /** Raises an event on the handle that `useTree` returned. */
  send(event: string, payload?: unknown): void
}

interface Acceptance {
  readonly dependencies: readonly string[]
  readonly callback: (modules: Accepted[]) => unknown
}

/** What one evaluation of a module registered. */
class Registered {
  acceptances: Acceptance[] = []
  declined = false
  readonly listeners = new Map<string, Set<(payload: Loose) => unknown>>()
  readonly prunes: ((data: Record<string, Loose>) => unknown)[] = []
}

export class HotContexts {
  readonly #program: Program
  readonly #current = new Map<string, Registered>()
  /** Given in by the handle: what `invalidate()` and `send()` lead to. */
  invalidate: ((ids: readonly string[]) => Promise<void>) | undefined
  send: ((event: string, payload: unknown) => void) | undefined

  constructor(program: Program) {
    this.#program = program
  }

  /** Called from the first line of a module, with its own `import.meta`. */
  prepare(meta: ImportMeta): boolean {
    const id = idOf(meta.url)
    const module = this.#program.get(id)
    if (!module) return false
    const scope = this.#program.scopeOf(meta.url)
    if (module.entry) {
      const own = meta as ImportMeta & { main?: boolean }
      own.url = id
      if ('main' in meta || 'main' in import.meta) own.main = true
    }
    const registered = new Registered()
    if (!scope.disposed) {
      this.#current.set(id, registered)
      scope.defer(() => {
        registered.listeners.clear()
      })
    }
    Object.assign(meta, { hot: this.#context(id, scope, registered, name => meta.resolve(name)) })
    return true
  }

  #context(id: string, scope: Scope, registered: Registered, resolve: (name: string) => string): HotContext {
    const { graph } = this.#program
    const toId = (name: string) => idOf(/^(?:\.{0,2}\/|file:)/.test(name) ? new URL(name, id).href : resolve(name))
    const accept = (names: readonly string[], callback: (modules: Accepted[]) => unknown) => {
      const dependencies = names.map(toId)
      registered.acceptances.push({ dependencies, callback })
      for (const dependency of dependencies) graph.accept(id, dependency)
    }
    const acceptSelf = (callback?: (module: Accepted) => unknown) => {
      registered.acceptances.push({ dependencies: [id], callback: ([module]) => callback?.(module) })
      graph.accept(id, id)
    }
    return {
      get data() {
        return scope.data as Record<string, Loose>
      },
      get signal() {
        return scope.signal
      },
      use: resource => scope.use(resource),
      keep: (key, create, dispose) => scope.keep(key, create, dispose),
      accept(first?: unknown, callback?: (value: Loose) => unknown) {
        if (first === undefined || typeof first === 'function') acceptSelf(first as (module: Accepted) => unknown)
        else if (typeof first === 'string') accept([first], ([module]) => callback?.(module))
        else if (Array.isArray(first)) accept(first, modules => callback?.(modules))
        else
          throw new TypeError(
            `import.meta.hot.accept() in ${id} takes a function, a specifier or an array of specifiers`,
          )
      },
      acceptExports: (_, callback) => acceptSelf(callback),
      dispose: callback => scope.defer(() => callback(scope.data as Record<string, Loose>)),
      prune: callback => void registered.prunes.push(callback),
      decline() {
        registered.declined = true
      },
      invalidate: message => {
        const importers = graph.importersOf(id).filter(importer => importer !== id)
        const { path } = this.#program.get(id)!
        void this.notify('vite:invalidate', { path, message, firstInvalidatedBy: path })
        void this.invalidate?.(importers)
      },
      on(event, callback) {
        const listeners = registered.listeners.get(event)
        if (listeners) listeners.add(callback)
        else registered.listeners.set(event, new Set([callback]))
      },
      off: (event, callback) => void registered.listeners.get(event)?.delete(callback),
      send: (event, payload) => this.send?.(event, payload),
    }
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

  /** An update begins. What it means is looked up only if somebody listens. */
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
  take(boundaries: readonly Boundary[]): () => Promise<void> {
    const calls = new Map<Registered, { id: string; updated: Set<string> }>()
    for (const { importer, dependency } of boundaries) {
      const registered = this.#current.get(importer)
      if (!registered) continue
      const call = calls.get(registered)
      if (call) call.updated.add(dependency)
      else calls.set(registered, { id: importer, updated: new Set([dependency]) })
    }
    return async () => {
      for (const [registered, { id, updated }] of calls) await this.#call(registered, id, updated)
    }
  }

  async #call(registered: Registered, id: string, updated: ReadonlySet<string>): Promise<void> {
    const modules = new Map<string, Accepted>()
    for (const dependency of updated) modules.set(dependency, await this.#import(dependency))
    if (updated.has(id) && modules.get(id) === undefined && this.#current.get(id) !== registered) {
      this.#current.set(id, registered)
    }
    // A version that failed before it could accept: the importers still hold the one that did.
    if (updated.has(id) && modules.get(id) === undefined) this.#program.graph.accept(id, id)
    for (const { dependencies, callback } of registered.acceptances) {
      if (!dependencies.some(dependency => updated.has(dependency))) continue
      try {
        await callback(dependencies.map(dependency => modules.get(dependency)))
      } catch (error) {
        this.#program.report(error)
      }
    }
  }

  async #import(id: string): Promise<Accepted> {
    const module = this.#program.get(id)
    if (!module?.file) return undefined
    try {
      return (await import(module.id)) as ModuleNamespace
    } catch (error) {
      this.#program.report(error)
      await this.notify('vite:error', { type: 'error', err: error })
      return undefined
    }
  }

  /** Whether the version that was just replaced had declined. */
  tookDecline(id: string): boolean {
    const registered = this.#current.get(id)
    const declined = registered?.declined ?? false
    if (registered) registered.declined = false
    return declined
  }

  has(id: string): boolean {
    return (this.#current.get(id)?.prunes.length ?? 0) > 0
  }

  /**
   * These modules are gone, or nobody imports them any more: each is disposed, then told, as Vite has it, and then what it
   * kept is disposed. It is about the evaluations of now: one that comes while others are being closed is left alone.
   */
  async prune(ids: readonly string[]): Promise<void> {
    const { scopes } = this.#program
    const gone = ids.map(id => ({ registered: this.#current.get(id), scope: scopes.get(id) }))
    const paths = this.#isHeard('vite:beforePrune')
      ? ids.flatMap(id => (this.#current.has(id) ? this.#program.get(id)!.path : []))
      : []
    const told = paths.length > 0 ? this.notify('vite:beforePrune', { type: 'prune', paths }) : undefined
    for (const id of ids) this.#current.delete(id)
    const retired = scopes.retire(ids)
    if (told) await told
    this.#program.report(await retired.dispose())
    for (const { registered, scope } of gone) {
      for (const callback of registered?.prunes ?? []) {
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
