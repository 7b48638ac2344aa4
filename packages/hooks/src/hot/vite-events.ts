/** What the events of an update carry, as Vite documents them (https://vite.dev/guide/api-hmr#hot-on-event-cb). Paths are the tree's. */
import type { Boundary, Step } from '@hot/graph'
import type { Program } from '../modules/program.ts'

export interface UpdatePayload {
  readonly type: 'update'
  /** One for each dependency whose change was accepted; both paths are the same if a module accepts itself. */
  readonly updates: readonly {
    readonly type: 'js-update'
    readonly path: string
    readonly acceptedPath: string
    /** In ms, as `Date.now()`. */
    readonly timestamp: number
  }[]
}

export function updatePayload(program: Program, boundaries: readonly Boundary[]): UpdatePayload {
  const timestamp = Date.now()
  const pathOf = (id: string) => program.byId(id)?.path ?? id
  const updates = boundaries.map(({ importer, dependency }) => ({
    type: 'js-update' as const,
    path: pathOf(importer),
    acceptedPath: pathOf(dependency),
    timestamp,
  }))
  return { type: 'update', updates }
}

/** Whether a change reaches a module without an importer in the trees. The program then starts again from that module. */
export function isFullReload(program: Program, plan: readonly Step[], boundaries: readonly Boundary[]): boolean {
  const accepted = new Set(boundaries.map(({ dependency }) => dependency))
  return plan.some(({ id }) => {
    const module = program.byId(id)
    if (!module?.loaded || accepted.has(id)) return false
    return module.importedFromOutside || program.graph.importersOf(id).every(importer => importer === id)
  })
}
