/** The callbacks of modules that accepted a change, called once the new versions can be imported. */
import type { Boundary } from '@hot/graph'
import type { Program } from '../modules/program.ts'
import { ownImport } from '../node/own-import.ts'
import type { ModuleNamespace } from './module-namespace.ts'
import type { Accepted, Registrations } from './registrations.ts'

export class AcceptCallbacks {
  readonly #program: Program
  readonly #current: Map<string, Registrations>
  readonly #failed: (event: { type: 'error'; err: unknown }) => Promise<void>
  readonly #calls = new Map<Registrations, { id: string; updated: Set<string> }>()

  /** `current` has the registrations of each module's present evaluation; `failed` is told of a new version that throws. */
  constructor(
    program: Program,
    current: Map<string, Registrations>,
    failed: (event: { type: 'error'; err: unknown }) => Promise<void>,
  ) {
    this.#program = program
    this.#current = current
    this.#failed = failed
  }

  /** Takes note of who accepted what. */
  take(boundaries: readonly Boundary[]): void {
    for (const { importer, dependency } of boundaries) {
      const registrations = this.#current.get(importer)
      if (!registrations) continue
      const call = this.#calls.get(registrations)
      if (call) call.updated.add(dependency)
      else this.#calls.set(registrations, { id: importer, updated: new Set([dependency]) })
    }
  }

  async call(): Promise<void> {
    for (const [registrations, { id, updated }] of this.#calls) await this.#call(registrations, id, updated)
  }

  async #call(registrations: Registrations, id: string, updated: ReadonlySet<string>): Promise<void> {
    const modules = new Map<string, Accepted>()
    for (const dependency of updated) modules.set(dependency, await this.#import(dependency))
    if (updated.has(id) && modules.get(id) === undefined) {
      if (this.#current.get(id) !== registrations) this.#current.set(id, registrations)
      // A version that failed before it could accept: the importers still hold the one that did.
      this.#program.graph.accept(id, id)
    }
    for (const { dependencies, callback } of registrations.acceptances) {
      if (!dependencies.some(dependency => updated.has(dependency))) continue
      try {
        await callback(dependencies.map(dependency => modules.get(dependency)))
      } catch (error) {
        this.#program.report(error)
      }
    }
  }

  async #import(id: string): Promise<Accepted> {
    const module = this.#program.byId(id)
    if (!module?.file) return undefined
    try {
      return (await ownImport(module.id)) as ModuleNamespace
    } catch (error) {
      this.#program.report(error)
      await this.#failed({ type: 'error', err: error })
      return undefined
    }
  }
}
