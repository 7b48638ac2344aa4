import { createModule, type Edge, isBlank, link, type Module, unlink } from './module.ts'
import { type Boundary, boundariesOf, type Reach, reach, type Step } from './plan.ts'
import { nextVersion, versionSeen } from './version.ts'

export interface GraphOptions {
  /**
   * Where `invalidate` takes a new version from. Must be greater each time.
   * Default: the time in milliseconds, at least one more than the last, in one sequence for the whole process.
   */
  nextVersion?(): number
}

/**
 * Who imports whom, which version each module is at, and what is stale once something changed.
 *
 * Ids are opaque strings. A module is known as soon as anything is recorded of it, and forgotten when nothing is left;
 * asking after an unknown id is no error. No method costs stack for depth, or time for what it does not touch.
 */
export class ModuleGraph {
  readonly #modules = new Map<string, Module>()
  readonly #nextVersion: () => number
  /** What `invalidate` found, for its plans: by the time somebody asks, the evaluations that accepted are forgotten. */
  readonly #boundaries = new WeakMap<readonly Step[], Boundary[]>()

  constructor(options: GraphOptions = {}) {
    this.#nextVersion = options.nextVersion ? () => options.nextVersion!() : nextVersion
  }

  /** How many ids are known. */
  get size(): number {
    return this.#modules.size
  }

  /** Every known id: importers, dependencies (existing or not), and whatever has a version. */
  ids(): Iterable<string> {
    return this.#modules.keys()
  }

  /**
   * Records that the present evaluation of `importer` imports `dependency`, which need not exist. Twice is once.
   *
   * The first edge after an `invalidate` that made `importer` stale drops all edges of the evaluation before: call it for
   * the new evaluation only, not for an import() that an old one is late with.
   */
  addDependency(importer: string, dependency: string): void {
    const module = this.#obtain(importer)
    if (module.superseded) this.#replaceEdges(module, [dependency])
    else link(module, this.#obtain(dependency))
  }

  /**
   * Records that a new evaluation of `importer` imports exactly these. The way to say that it imports nothing (any more):
   * without a word about a module's new evaluation, the edges of its last one stay in force.
   */
  setDependencies(importer: string, dependencies: Iterable<string>): void {
    if (typeof dependencies === 'string') throw new TypeError('setDependencies takes a list of ids, not a string')
    const ids = [...dependencies]
    this.#replaceEdges(this.#obtain(importer), ids)
  }

  /**
   * Forgets what is known of `id` as an importer: its edges, what it accepts, its version. The edges of its own importers
   * stay: they go on depending on what is missing now, and are stale when it comes back.
   */
  delete(id: string): void {
    const module = this.#modules.get(id)
    if (!module) return
    module.accepts = undefined
    module.version = 0
    this.#replaceEdges(module, [])
  }

  /** What `id` imports, in the order of recording. */
  dependenciesOf(id: string): readonly string[] {
    const edges = this.#modules.get(id)?.edges
    return edges ? Array.from(edges.keys(), dependency => dependency.id) : []
  }

  /** Which modules import `id`, in the order of recording. */
  importersOf(id: string): readonly string[] {
    const importers: string[] = []
    for (let edge = this.#modules.get(id)?.firstIn; edge; edge = edge.nextIn) importers.push(edge.importer.id)
    return importers
  }

  /** The version of `id`: the number behind `?ver=`. 0 if it never got one. */
  version(id: string): number {
    return this.#modules.get(id)?.version ?? 0
  }

  /** Assigns a version that came from elsewhere. 0 takes it away. Throws a RangeError for what is no whole number from 0 up. */
  setVersion(id: string, version: number): void {
    if (!Number.isSafeInteger(version) || version < 0) throw new RangeError(`Not a version: ${version} (for ${id})`)
    if (this.#nextVersion === nextVersion) versionSeen(version)
    const module = this.#obtain(id)
    module.version = version
    this.#forgetIfBlank(module)
  }

  /**
   * What is stale if these ids changed: each id once, importers before their dependencies, each with the chain of importers
   * that explains it. Changes nothing. The same graph and the same ids give the same plan; where modules import each other
   * in a circle, their order among themselves is not to be relied on.
   */
  plan(ids: Iterable<string>): Step[] {
    return this.#reach(ids).steps
  }

  /**
   * `plan(ids)`, and then every id in it gets a new version, and its evaluation counts as over: what it accepted is
   * forgotten, and its edges stay in force only until the next evaluation records its own.
   */
  invalidate(ids: Iterable<string>): Step[] {
    const { modules, steps, stopped } = this.#reach(ids)
    this.#boundaries.set(steps, stopped ? boundariesOf(modules) : [])
    for (const module of modules) {
      this.#modules.set(module.id, module)
      module.version = this.#nextVersion()
      module.accepts = undefined
      module.superseded = true
    }
    return steps
  }

  /**
   * Makes a boundary, for the present evaluation of `importer`: a change of `dependency` does not make `importer` stale.
   * `accept(id, id)`: a change of `id` makes none of its importers stale. Returns what takes it back, safe to call twice
   * and after the evaluation is over.
   */
  accept(importer: string, dependency: string): () => void {
    const module = this.#obtain(importer)
    module.accepts ??= new Map()
    const accepts = module.accepts
    accepts.set(dependency, (accepts.get(dependency) ?? 0) + 1)
    let removed = false
    return () => {
      if (removed) return
      removed = true
      const others = accepts.get(dependency)! - 1
      if (others > 0) accepts.set(dependency, others)
      else accepts.delete(dependency)
      if (accepts.size > 0 || module.accepts !== accepts) return
      module.accepts = undefined
      this.#forgetIfBlank(module)
    }
  }

  /**
   * The boundaries at which a plan's propagation stopped, importers first. One whose importer is stale all the same is left
   * out: that module will be evaluated again anyway. So is a self-accepting module all of whose importers are stale.
   * For what `invalidate` returned these are the boundaries as they stood before it.
   */
  boundaries(plan: readonly Step[]): Boundary[] {
    const found = this.#boundaries.get(plan)
    if (found) return [...found]
    const stale: Module[] = []
    for (const { id } of plan) {
      const module = this.#modules.get(id)
      if (module) stale.push(module)
    }
    return boundariesOf(stale)
  }

  #reach(ids: Iterable<string>): Reach {
    if (typeof ids === 'string') throw new TypeError('A plan takes a list of ids, not a string')
    // An unknown id is stale too, but stays unknown: its module is not in the map.
    return reach(Array.from(new Set(ids), id => this.#modules.get(id) ?? createModule(id)))
  }

  #obtain(id: string): Module {
    let module = this.#modules.get(id)
    if (!module) {
      module = createModule(id)
      this.#modules.set(id, module)
    }
    return module
  }

  #replaceEdges(importer: Module, dependencies: readonly string[]): void {
    const old: Iterable<Edge> = importer.edges?.values() ?? []
    importer.edges = undefined
    importer.superseded = false
    // The new edges first, so that no module is forgotten only to be made anew.
    for (const id of dependencies) link(importer, this.#obtain(id))
    for (const edge of old) {
      unlink(edge)
      this.#forgetIfBlank(edge.dependency)
    }
    this.#forgetIfBlank(importer)
  }

  #forgetIfBlank(module: Module): void {
    if (isBlank(module) && this.#modules.get(module.id) === module) this.#modules.delete(module.id)
  }
}
