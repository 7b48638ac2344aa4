/** What one evaluation of a module registered with its `import.meta.hot`. */
import type { Loose, ModuleNamespace } from './module-namespace.ts'
import type { PartialAcceptance } from './partial-acceptance.ts'

/** What an accepting module gets of a dependency: `undefined` where the new version failed. */
export type Accepted = ModuleNamespace | undefined

export interface Acceptance {
  readonly dependencies: readonly string[]
  readonly callback: (modules: Accepted[]) => unknown
}

export class Registrations {
  acceptances: Acceptance[] = []
  readonly partial: PartialAcceptance[] = []
  declined = false
  readonly listeners = new Map<string, Set<(payload: Loose) => unknown>>()
  readonly prunes: ((data: Record<string, Loose>) => unknown)[] = []

  listen(event: string, callback: (payload: Loose) => unknown): void {
    const listeners = this.listeners.get(event)
    if (listeners) listeners.add(callback)
    else this.listeners.set(event, new Set([callback]))
  }
}
