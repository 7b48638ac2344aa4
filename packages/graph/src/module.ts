/**
 * One module of the graph. Each direction of an edge is read from the same `Edge` object: the importer finds it in
 * `edges`, the dependency in the chain that starts at `firstIn`. Only `link` and `unlink` touch either.
 */
export interface Module {
  readonly id: string
  /** 0: no version was ever assigned. */
  version: number
  /** The edges to this module's dependencies. The map is there to find a repeated edge without a search. */
  edges: Map<Module, Edge> | undefined
  /** The edges from this module's importers, oldest first. */
  firstIn: Edge | undefined
  lastIn: Edge | undefined
  /** How often this evaluation accepted each dependency, by id; its own id if it accepts itself. Never an empty map. */
  accepts: Map<string, number> | undefined
  /** `edges` were recorded by an evaluation that is over; the next one to record an edge drops them. */
  superseded: boolean
  /** The last walk that found this module stale, and its place in what that walk found. */
  reached: number
  place: number
  /** The last walk that put this module in order. */
  visited: number
}

export interface Edge {
  readonly importer: Module
  readonly dependency: Module
  previousIn: Edge | undefined
  nextIn: Edge | undefined
}

export function createModule(id: string): Module {
  return {
    id,
    version: 0,
    edges: undefined,
    firstIn: undefined,
    lastIn: undefined,
    accepts: undefined,
    superseded: false,
    reached: 0,
    place: 0,
    visited: 0,
  }
}

/** Records that `importer` imports `dependency`; a second time changes nothing. */
export function link(importer: Module, dependency: Module): void {
  importer.edges ??= new Map()
  if (importer.edges.has(dependency)) return
  const edge: Edge = { importer, dependency, previousIn: dependency.lastIn, nextIn: undefined }
  importer.edges.set(dependency, edge)
  if (dependency.lastIn) dependency.lastIn.nextIn = edge
  else dependency.firstIn = edge
  dependency.lastIn = edge
}

/** Takes an edge out of its dependency's chain, in constant time however many importers there are. */
export function unlink(edge: Edge): void {
  const { dependency, previousIn, nextIn } = edge
  if (previousIn) previousIn.nextIn = nextIn
  else dependency.firstIn = nextIn
  if (nextIn) nextIn.previousIn = previousIn
  else dependency.lastIn = previousIn
}

/** Whether nothing is known of the module any more, so that the graph need not remember it. */
export function isBlank(module: Module): boolean {
  return module.version === 0 && !module.edges && !module.firstIn && !module.accepts
}

/** Whether a change of `dependency` stops before `importer`. */
export function accepted(importer: Module, dependency: Module): boolean {
  return importer.accepts?.has(dependency.id) ?? false
}
