/**
 * `import.meta.hot`, shaped and behaving as Vite's (https://vite.dev/guide/api-hmr), with a scope behind it. What a module calls
 * comes in; what the module registered goes out, to the evaluation that it belongs to. The invariant: what is registered holds
 * for one evaluation, and is gone with it.
 */
import type { Scope } from '@hot/dispose'
import type { ModuleGraph } from '@hot/graph'
import type { Loose, ModuleNamespace } from './module-namespace.ts'
import type { PartialAcceptance } from './partial-acceptance.ts'
import type { Accepted, Registrations } from './registrations.ts'

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
  /** Stops the propagation here: this module is re-evaluated, its importers keep the instance they linked. */
  accept(): void
  accept(callback: (module: ModuleNamespace | undefined) => void): void
  /** Stops the propagation from `dependency` here: the callback gets its new instance, this module stays as it is. */
  accept(dependency: string, callback?: (module: ModuleNamespace | undefined) => void): void
  /** The array has the new instance where a dependency was updated, and `undefined` elsewhere. */
  accept(dependencies: readonly string[], callback?: (modules: (ModuleNamespace | undefined)[]) => void): void
  /** As `accept()`, as long as nobody imports any other of this module's names. */
  acceptExports(exportNames: string | readonly string[], callback?: (module: ModuleNamespace | undefined) => void): void
  /** Runs before this evaluation is replaced, awaited; what it puts into `data` is there for the next one. */
  dispose(callback: (data: Record<string, Loose>) => unknown): void
  /** Runs when the module has no importer any more, or its file was removed. */
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

/** What a context has to be made from. */
export interface ContextParts {
  readonly id: string
  readonly scope: Scope
  readonly registrations: Registrations
  readonly graph: ModuleGraph
  /** The id of the module that a specifier of this module leads to, or would. */
  resolve(specifier: string): string
  /** Accepts changes as long as nobody imports other names. */
  acceptExports(names: readonly string[]): PartialAcceptance
  /** Passes a change on to the importers. */
  invalidate(message: string | undefined): void
  send(event: string, payload: unknown): void
}

/** The `import.meta.hot` of one evaluation of a module. */
export function createHotContext({ id, scope, registrations, graph, ...parts }: ContextParts): HotContext {
  const accept = (specifiers: readonly string[], callback: (modules: Accepted[]) => unknown) => {
    const dependencies = specifiers.map(specifier => parts.resolve(specifier))
    registrations.acceptances.push({ dependencies, callback })
    for (const dependency of dependencies) graph.accept(id, dependency)
  }
  const acceptSelf = (callback?: (module: Accepted) => unknown) => {
    registrations.acceptances.push({ dependencies: [id], callback: ([module]) => callback?.(module) })
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
      else {
        throw new TypeError(`import.meta.hot.accept() in ${id} takes a function, a specifier or an array of specifiers`)
      }
    },
    acceptExports(names, callback) {
      const partial = parts.acceptExports(typeof names === 'string' ? [names] : names)
      registrations.partial.push(partial)
      registrations.acceptances.push({ dependencies: [id], callback: ([module]) => callback?.(module) })
      partial.review()
    },
    dispose: callback => scope.defer(() => callback(scope.data as Record<string, Loose>)),
    prune: callback => void registrations.prunes.push(callback),
    decline() {
      registrations.declined = true
    },
    invalidate: message => parts.invalidate(message),
    on: (event, callback) => registrations.listen(event, callback),
    off: (event, callback) => void registrations.listeners.get(event)?.delete(callback),
    send: (event, payload) => parts.send(event, payload),
  }
}
