/**
 * The graph: who imports whom, and what a change makes stale.
 *
 * Edges and changed ids come in; plans go out: the stale ids, importers before their dependencies, each with its reason. The
 * invariant: an edge belongs to one evaluation of its importer. Ids are opaque strings; nothing here knows Node or the disk.
 */
import { type DrawingOptions, type GraphData, toData, toDot, toMermaid } from './drawings.ts'
import { type Boundary, boundariesOf, reach, type Step } from './plan.ts'
import { Store } from './store.ts'
import { nextVersion, nextVersions, versionSeen } from './version.ts'

export interface GraphOptions {
  /**
   * Returns the version of the next evaluation, which must be greater each time. Called by `invalidate`.
   * Default: the time in milliseconds, at least one more than the last version, in one sequence for the whole process.
   */
  nextVersion?(): number
}

/**
 * Who imports whom, which version each module is at, and what is stale once something changed.
 *
 * A module is known as soon as anything is recorded about it, and forgotten when nothing is left. Asking about an unknown id is
 * no error. Deep graphs need no deep stack, and each method takes time only for what it touches.
 */
export class ModuleGraph {
  readonly #store = new Store()
  readonly #nextVersion: () => number
  /** The boundaries of each plan that `invalidate` returned. It forgets who accepted what, so they are kept here. */
  readonly #boundaries = new WeakMap<readonly Step[], Boundary[]>()

  constructor(options: GraphOptions = {}) {
    this.#nextVersion = options.nextVersion ? () => options.nextVersion!() : nextVersion
  }

  /** How many ids are known. */
  get size(): number {
    return this.#store.size
  }

  /** Every known id: importers, dependencies (existing or not), and ids that have a version. */
  ids(): Iterable<string> {
    return this.#store.known()
  }

  /**
   * Records that the present evaluation of `importer` imports `dependency`, which need not exist. A second call changes nothing.
   *
   * The first edge after an `invalidate` that made `importer` stale drops all edges of the previous evaluation. So call this
   * for the new evaluation only, not for a late `import()` of an old one.
   */
  addDependency(importer: string, dependency: string): void {
    const module = this.#store.obtain(importer)
    if (this.#store.superseded[module]) this.#replaceEdges(module, [dependency])
    else this.#store.link(module, this.#store.obtain(dependency))
  }

  /**
   * Records that a new evaluation of `importer` imports exactly these. With an empty list it says that `importer` imports
   * nothing (any more): until something is recorded for a new evaluation, the edges of the last one stay in force.
   */
  setDependencies(importer: string, dependencies: Iterable<string>): void {
    const ids = [...listed(dependencies)]
    this.#replaceEdges(this.#store.obtain(importer), ids)
  }

  /**
   * Forgets what `id` imports, what it accepts, and its version. The edges of its own importers stay: they depend on a missing
   * module now, and are stale when it comes back.
   */
  delete(id: string): void {
    const module = this.#store.find(id)
    if (!module) return
    this.#store.accepts.delete(module)
    this.#store.versions[module] = 0
    this.#replaceEdges(module, [])
  }

  /** What `id` imports, in the order of recording. */
  dependenciesOf(id: string): readonly string[] {
    const { firstOut, nextOut, dependency, ids } = this.#store
    const dependencies: string[] = []
    for (let edge = firstOut[this.#store.find(id)]!; edge; edge = nextOut[edge]!)
      dependencies.push(ids[dependency[edge]!]!)
    return dependencies
  }

  /** The modules that import `id`, in the order of recording. */
  importersOf(id: string): readonly string[] {
    const { firstIn, nextIn, importer, ids } = this.#store
    const importers: string[] = []
    for (let edge = firstIn[this.#store.find(id)]!; edge; edge = nextIn[edge]!) importers.push(ids[importer[edge]!]!)
    return importers
  }

  /** The version of `id`: the number behind `?ver=`. 0 if it never got one. */
  version(id: string): number {
    return this.#store.versions[this.#store.find(id)]!
  }

  /** Sets a version that came from elsewhere; 0 removes it. Throws a RangeError unless it is a whole number from 0 up. */
  setVersion(id: string, version: number): void {
    if (!Number.isSafeInteger(version) || version < 0) throw new RangeError(`Not a version: ${version} (for ${id})`)
    if (this.#nextVersion === nextVersion) versionSeen(version)
    const module = this.#store.obtain(id)
    this.#store.versions[module] = version
    this.#store.forgetIfBlank(module)
  }

  /**
   * What is stale if these ids changed: each id once, importers before their dependencies, each with the chain of importers
   * that explains it. Changes nothing. The same graph and the same ids give the same plan. Within a circle of imports no order
   * is promised.
   */
  plan(ids: Iterable<string>): Step[] {
    const known: number[] = []
    const unknown = new Set<string>()
    for (const id of listed(ids)) {
      const module = this.#store.find(id)
      if (module) known.push(module)
      else unknown.add(id)
    }
    const { steps } = reach(this.#store, known)
    for (const id of unknown) steps.push({ id, chain: [id] })
    return steps
  }

  /**
   * Makes a plan, gives every id in it a new version, and ends its evaluation: what it accepted is forgotten, and its edges stay
   * in force only until the next evaluation records its own.
   */
  invalidate(ids: Iterable<string>): Step[] {
    const store = this.#store
    const { modules, steps, stopped } = reach(
      store,
      Array.from(listed(ids), id => store.obtain(id)),
    )
    this.#boundaries.set(steps, stopped ? boundariesOf(store, modules) : [])
    const counted = this.#nextVersion === nextVersion
    let version = counted ? nextVersions(modules.length) : 0
    const { versions, superseded, accepts } = store
    for (const module of modules) {
      versions[module] = counted ? version++ : this.#nextVersion()
      superseded[module] = 1
      if (accepts.size > 0) accepts.delete(module)
    }
    return steps
  }

  /**
   * Makes a boundary for the present evaluation of `importer`: a change of `dependency` does not make `importer` stale.
   * `accept(id, id)`: a change of `id` makes none of its importers stale. Returns its remover, which may be called twice, and
   * after the evaluation is over.
   */
  accept(importer: string, dependency: string): () => void {
    const store = this.#store
    const module = store.obtain(importer)
    const accepts = store.accepts.get(module) ?? new Map<string, number>()
    store.accepts.set(module, accepts)
    accepts.set(dependency, (accepts.get(dependency) ?? 0) + 1)
    let removed = false
    return () => {
      if (removed) return
      removed = true
      const others = accepts.get(dependency)! - 1
      if (others > 0) accepts.set(dependency, others)
      else accepts.delete(dependency)
      // A later evaluation has another map, and so has another module that got this one's number: leave those alone.
      if (accepts.size > 0 || store.accepts.get(module) !== accepts) return
      store.accepts.delete(module)
      store.forgetIfBlank(module)
    }
  }

  /**
   * The boundaries at which a plan's propagation stopped, importers first. For a plan that `invalidate` returned, these are the
   * boundaries as they stood before it.
   *
   * Two kinds are left out: a boundary whose importer is stale for another reason, since it will be re-evaluated anyway, and a
   * self-accepting module of which all importers are stale.
   */
  boundaries(plan: readonly Step[]): Boundary[] {
    const found = this.#boundaries.get(plan)
    if (found) return [...found]
    const stale = Array.from(plan, step => this.#store.find(step.id))
    return boundariesOf(
      this.#store,
      stale.filter(module => module !== 0),
    )
  }

  /** The graph as plain data. `JSON.stringify(graph)` uses it. */
  toJSON(): GraphData {
    return toData(this)
  }

  /** The graph as a flowchart in Mermaid's language. Edges lead from importers to dependencies. */
  toMermaid(options: DrawingOptions = {}): string {
    return toMermaid(this, options)
  }

  /** The graph as a digraph in Graphviz's language. Edges lead from importers to dependencies. */
  toDot(options: DrawingOptions = {}): string {
    return toDot(this, options)
  }

  #replaceEdges(importer: number, dependencies: readonly string[]): void {
    const store = this.#store
    const old = store.unlinkAll(importer)
    store.superseded[importer] = 0
    // The new edges come first, so that no module is forgotten and then recorded again.
    for (const id of dependencies) store.link(importer, store.obtain(id))
    for (const dependency of old) store.forgetIfBlank(dependency)
    store.forgetIfBlank(importer)
  }
}

function listed(ids: Iterable<string>): Iterable<string> {
  if (typeof ids === 'string') throw new TypeError('Expected a list of ids, not a string')
  return ids
}
