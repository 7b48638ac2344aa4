/** The walks through the graph: what a change reaches, in which order, why, and where it stops. */
import type { Store } from './store.ts'

/** One stale module, and why it is stale. */
export interface Step {
  readonly id: string
  /** From a changed id, through importers, to `id` itself; `[id]` for a changed id. No other way is shorter. */
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
  readonly modules: readonly number[]
  /** The same modules, as the steps of a plan. */
  readonly steps: Step[]
  /** Was any dependency on the way accepted? */
  readonly stopped: boolean
}

// A walk marks modules with its own number instead of collecting them in a set. So nothing has to be cleared afterwards, and a
// walk costs what it reaches, not what the graph holds. No walk calls other people's code, so no two walks overlap.

/** Everything that is stale when `changed` (which may name a module twice) changed. The time grows with what is stale, and its importers. */
export function reach(store: Store, changed: readonly number[]): Reach {
  const walk = ++store.walk
  const { reached, places, firstIn, nextIn, importer: importers } = store
  const anyAccepts = store.accepts.size > 0
  // Breadth first, from all changed modules at once: no way to a module is shorter than the first one found.
  const found: number[] = []
  const causes: number[] = []
  const lengths: number[] = []
  for (const module of changed) {
    if (reached[module] === walk) continue
    reached[module] = walk
    places[module] = found.length
    found.push(module)
    causes.push(-1)
    lengths.push(1)
  }
  let stopped = false
  for (let place = 0; place < found.length; place++) {
    const module = found[place]!
    if (anyAccepts && store.accepted(module, module)) {
      stopped = true
      continue
    }
    for (let edge = firstIn[module]!; edge; edge = nextIn[edge]!) {
      const importer = importers[edge]!
      if (reached[importer] === walk) continue
      if (anyAccepts && store.accepted(importer, module)) {
        stopped = true
        continue
      }
      reached[importer] = walk
      places[importer] = found.length
      found.push(importer)
      causes.push(place)
      lengths.push(lengths[place]! + 1)
    }
  }
  const modules = importersFirst(store, changed, walk)
  return { modules, steps: explain(store, modules, found, causes, lengths), stopped }
}

/** The steps of what was found. Loops, not `map`: with more than 32,768 elements V8 leaves optimized code in `map` each time. */
function explain(
  { ids, places }: Store,
  modules: readonly number[],
  found: readonly number[],
  causes: readonly number[],
  lengths: readonly number[],
): Step[] {
  const foundIds: string[] = []
  for (const module of found) foundIds.push(ids[module]!)
  const steps: Step[] = []
  for (const module of modules) {
    const place = places[module]!
    const length = lengths[place]!
    if (length > longChain) {
      steps.push(longStep(ids[module]!, place, length, foundIds, causes))
      continue
    }
    const chain = new Array<string>(length)
    for (let at = place, left = length; at >= 0; at = causes[at]!) chain[--left] = foundIds[at]!
    steps.push({ id: ids[module]!, chain })
  }
  return steps
}

/** A longer chain than this is made only when somebody reads it. */
const longChain = 64

/**
 * A step that makes its chain when somebody reads it. In a long line of imports, the chains of all modules together would take
 * space that grows with the square of its length. Short chains are made at once: an object with a getter costs several times
 * one without. It holds ids, not modules, so that later changes of the graph do not show in a chain.
 */
function longStep(id: string, place: number, length: number, ids: readonly string[], causes: readonly number[]): Step {
  let chain: string[] | undefined
  return {
    id,
    get chain() {
      if (!chain) {
        chain = new Array<string>(length)
        for (let at = place, left = length; at >= 0; at = causes[at]!) chain[--left] = ids[at]!
      }
      return chain
    },
  }
}

/**
 * `roots` and all their importers, direct or not, importers before dependencies: a module comes when all of its importers have
 * come. In a cycle, the edge that closes it is ignored. `within` leaves out what that walk did not reach.
 */
function importersFirst(store: Store, roots: readonly number[], within = 0): number[] {
  const walk = ++store.walk
  const { visited, reached, firstIn, nextIn, importer: importers } = store
  const order: number[] = []
  const stack: number[] = []
  const next: number[] = []
  for (const root of roots) {
    if (visited[root] === walk) continue
    visited[root] = walk
    stack.push(root)
    next.push(firstIn[root]!)
    while (stack.length > 0) {
      const top = stack.length - 1
      const edge = next[top]!
      if (!edge) {
        order.push(stack.pop()!)
        next.pop()
        continue
      }
      next[top] = nextIn[edge]!
      const importer = importers[edge]!
      if (visited[importer] === walk || (within && reached[importer] !== within)) continue
      visited[importer] = walk
      stack.push(importer)
      next.push(firstIn[importer]!)
    }
  }
  return order
}

/** The boundaries at which a change of `stale` (importers first) stopped: importers first, then in the order of `stale`. */
export function boundariesOf(store: Store, stale: readonly number[]): Boundary[] {
  const walk = ++store.walk
  const { reached, firstIn, nextIn, importer: importers, ids } = store
  for (const module of stale) reached[module] = walk
  const byImporter = new Map<number, Boundary[]>()
  const stop = (importer: number, dependency: number) => {
    const boundary = { importer: ids[importer]!, dependency: ids[dependency]! }
    const others = byImporter.get(importer)
    if (others) others.push(boundary)
    else byImporter.set(importer, [boundary])
  }
  for (const module of stale) {
    if (store.accepted(module, module)) {
      if (holdsBack(store, module, walk)) stop(module, module)
      continue
    }
    for (let edge = firstIn[module]!; edge; edge = nextIn[edge]!) {
      const importer = importers[edge]!
      if (reached[importer] !== walk && store.accepted(importer, module)) stop(importer, module)
    }
  }
  if (byImporter.size < 2) return [...byImporter.values()].flat()
  return importersFirst(store, [...byImporter.keys()]).flatMap(module => byImporter.get(module) ?? [])
}

/** Does a self-accepting module stop anything? Not if all of its importers are stale: then they import it again. */
function holdsBack(store: Store, module: number, walk: number): boolean {
  let imported = false
  for (let edge = store.firstIn[module]!; edge; edge = store.nextIn[edge]!) {
    const importer = store.importer[edge]!
    if (importer === module) continue
    if (store.reached[importer] !== walk) return true
    imported = true
  }
  return !imported
}
