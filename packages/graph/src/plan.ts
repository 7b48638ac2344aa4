import { accepted, type Module } from './module.ts'

/** One stale module, and why it is stale. */
export interface Step {
  readonly id: string
  /** From the changed id that explains it, through importers, to `id` itself; `[id]` for a changed id. As short as can be. */
  readonly chain: readonly string[]
}

/** Where a change stops: `importer` accepts `dependency`. If they are the same, the module accepts itself. */
export interface Boundary {
  readonly importer: string
  readonly dependency: string
}

/** What a change reaches. */
export interface Reach {
  /** Importers before their dependencies. */
  readonly modules: readonly Module[]
  /** The same, for the caller. */
  readonly steps: Step[]
  /** Whether anything on the way was accepted. */
  readonly stopped: boolean
}

// A walk marks modules with its own number instead of collecting them in a set: nothing has to be cleared afterwards, and a
// walk costs what it reaches, not what the graph holds. No walk calls foreign code, so none is ever inside another.
let walk = 0

/** Everything that is stale after `changed` (each module once). Takes time in proportion to what is stale and its importers. */
export function reach(changed: readonly Module[]): Reach {
  walk++
  // Breadth first, from all changed modules at once: the first way found to a module is a shortest one.
  const found: Module[] = []
  const causes: number[] = []
  const find = (module: Module, cause: number) => {
    module.reached = walk
    module.place = found.length
    found.push(module)
    causes.push(cause)
  }
  for (const module of changed) find(module, -1)
  let stopped = false
  for (let place = 0; place < found.length; place++) {
    const module = found[place]!
    if (accepted(module, module)) {
      stopped = true
      continue
    }
    for (let edge = module.firstIn; edge; edge = edge.nextIn) {
      const importer = edge.importer
      if (importer.reached === walk) continue
      if (accepted(importer, module)) stopped = true
      else find(importer, place)
    }
  }
  const modules = importersFirst(changed, walk)
  const ids = found.map(module => module.id)
  const lengths: number[] = []
  for (const cause of causes) lengths.push(cause < 0 ? 1 : lengths[cause]! + 1)
  const steps = modules.map(({ id, place }) => {
    const length = lengths[place]!
    return length > longChain
      ? longStep(id, place, length, ids, causes)
      : { id, chain: trace(place, length, ids, causes) }
  })
  return { modules, steps, stopped }
}

/** Longer chains than this are spelled out only when asked for. */
const longChain = 64

/**
 * Spelled out for every module of a long line of imports, chains take space in proportion to the square of its length. Only
 * then is this worth it: an object with a getter costs several times one without. Ids, not modules: what the graph goes
 * through later does not show in a chain.
 */
function longStep(id: string, place: number, length: number, ids: readonly string[], causes: readonly number[]): Step {
  let chain: string[] | undefined
  return {
    id,
    get chain() {
      chain ??= trace(place, length, ids, causes)
      return chain
    },
  }
}

/** The way back from a place to the changed module that explains it, from that module on. */
function trace(place: number, length: number, ids: readonly string[], causes: readonly number[]): string[] {
  const chain = new Array<string>(length)
  for (let at = place, left = length; at >= 0; at = causes[at]!) chain[--left] = ids[at]!
  return chain
}

/**
 * `roots` and their importers, direct or not, importers before dependencies: a module is put down once all of its importers
 * are. In a cycle, the edge that would close it is left out of account. `within` keeps to what that walk reached.
 */
function importersFirst(roots: readonly Module[], within?: number): Module[] {
  walk++
  const order: Module[] = []
  for (const root of roots) {
    if (root.visited === walk) continue
    root.visited = walk
    const stack = [root]
    const next = [root.firstIn]
    while (stack.length > 0) {
      const top = stack.length - 1
      const edge = next[top]
      if (!edge) {
        order.push(stack.pop()!)
        next.pop()
        continue
      }
      next[top] = edge.nextIn
      const importer = edge.importer
      if (importer.visited === walk || (within !== undefined && importer.reached !== within)) continue
      importer.visited = walk
      stack.push(importer)
      next.push(importer.firstIn)
    }
  }
  return order
}

/** The boundaries at which a change of `stale` (importers first) stopped: importers first, then in the order of `stale`. */
export function boundariesOf(stale: readonly Module[]): Boundary[] {
  walk++
  const reached = walk
  for (const module of stale) module.reached = reached
  const byImporter = new Map<Module, Boundary[]>()
  const stop = (importer: Module, dependency: Module) => {
    const boundary = { importer: importer.id, dependency: dependency.id }
    const others = byImporter.get(importer)
    if (others) others.push(boundary)
    else byImporter.set(importer, [boundary])
  }
  for (const module of stale) {
    if (accepted(module, module)) {
      if (stopsAt(module, reached)) stop(module, module)
      continue
    }
    for (let edge = module.firstIn; edge; edge = edge.nextIn) {
      if (edge.importer.reached !== reached && accepted(edge.importer, module)) stop(edge.importer, module)
    }
  }
  if (byImporter.size < 2) return [...byImporter.values()].flat()
  return importersFirst([...byImporter.keys()]).flatMap(module => byImporter.get(module) ?? [])
}

/** Whether a self-accepting module holds anything back: if all of its importers are stale as well, it is theirs to import. */
function stopsAt(module: Module, reached: number): boolean {
  let imported = false
  for (let edge = module.firstIn; edge; edge = edge.nextIn) {
    if (edge.importer === module) continue
    if (edge.importer.reached !== reached) return true
    imported = true
  }
  return !imported
}
