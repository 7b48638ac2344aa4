/**
 * Code of one module that another one, or Node, holds. What is held comes in when a program has started; what is still there once its
 * module was re-evaluated comes out. The invariant: what was replaced, or taken away by a cleanup, is not left behind.
 */
import { isMap, isSet } from 'node:util/types'
import type { HotModule } from '../modules/module.ts'
import type { Program } from '../modules/program.ts'
import { functionsOnBuiltins, type PutOn } from '../node/builtin-objects.ts'
import type { Inspector } from '../node/inspector.ts'
import { innerScopes } from '../node/object-graph.ts'
import type { Container, Containers } from './containers.ts'
import type { Pair } from './learned-pairs.ts'
import { topLevelValues } from './top-level-values.ts'
import { newestIn, propertiesIn } from './weigh.ts'

/** A function of a module in an object of another one. */
interface Held {
  readonly container: Container
  readonly module: HotModule
  readonly version: number
  readonly fn: WeakRef<object>
}

/** A function of a module on one of Node's objects. */
interface Patch extends Omit<PutOn, 'fn'> {
  readonly module: HotModule
  readonly version: number
  readonly fn: WeakRef<object>
}

/** Elements of one container that are looked at, the newest first. */
const manyElements = 200
/** Objects of Node that are looked through in one step. */
const manyFunctions = 200

export class LeftBehind {
  readonly #program: Program
  readonly #containers: Containers
  #held: Held[] = []
  #patches: Patch[] = []
  #hasLooked = false

  constructor(program: Program, containers: Containers) {
    this.#program = program
    this.#containers = containers
  }

  /**
   * Looks for code that modules have left on others by now. What is in a container when the program has started was put there by
   * evaluations; what comes later may be the work of requests, and is nobody's contribution.
   */
  *look(inspector: () => Inspector): Generator<void> {
    if (!this.#hasLooked) {
      this.#hasLooked = true
      for (const container of this.#containers.current(new Set())) {
        this.#lookInto(container, inspector())
        yield
      }
    }
    const patches: Patch[] = []
    const isOurs = (fn: object) => this.#containers.moduleOf(fn, inspector()) !== undefined
    let count = 0
    for (const { fn, ...rest } of functionsOnBuiltins(isOurs, () => ++count % manyFunctions === 0)) {
      if (!fn) {
        yield
        continue
      }
      const module = this.#containers.moduleOf(fn, inspector())!
      patches.push({ ...rest, module, version: module.version, fn: new WeakRef(fn) })
    }
    this.#patches = patches
  }

  #lookInto(container: Container, inspector: Inspector): void {
    const object = container.ref.deref()
    for (const value of object ? newestIn(object, manyElements) : []) {
      const module = this.#containers.moduleOf(value, inspector)
      if (!module || module === container.module) continue
      // What closes over variables of a call may have been made by a request that came early.
      if (innerScopes(inspector.hiddenPartsOf(value).scopes).length > 0) continue
      this.#held.push({ container, module, version: module.version, fn: new WeakRef(value as object) })
    }
  }

  /**
   * The pairs that are shown by code which is still there, though its module was re-evaluated, or is not used any more; or which is
   * wrapped by what has taken its place. `isUsed` says whether anybody imports a module.
   */
  pairs(inspector: Inspector, isUsed: (module: HotModule) => boolean): Pair[] {
    const pairs: Pair[] = []
    this.#held = this.#held.filter(({ container, module, version, fn }) => {
      const [object, held] = [container.ref.deref(), fn.deref()]
      if (!object || !held || container.version !== container.module.version) return false
      if (version === module.version && isUsed(module)) return true
      if (
        this.#isStillIn(object, held, module, inspector) &&
        this.#containers.isAttached(object, container, inspector)
      ) {
        pairs.push({ contributors: [module.id], receiver: container.module.id, name: container.name })
      }
      return false
    })
    return pairs
  }

  get isEmpty(): boolean {
    return this.#held.length === 0
  }

  #isStillIn(object: object, held: object, module: HotModule, inspector: Inspector): boolean {
    if (newestIn(object, manyElements).includes(held)) return true
    if (Array.isArray(object) || isMap(object) || isSet(object)) return false
    return propertiesIn(object).some(
      ([, value]) => this.#containers.moduleOf(value, inspector) === module && this.#holds(value, held, inspector),
    )
  }

  /** Why a new process is needed: a function of a superseded version is still on one of Node's objects, or wrapped by one that is. */
  restartReason(inspector: Inspector): string | undefined {
    for (const { object, key, name, module, version, fn } of this.#patches) {
      const old = fn.deref()
      if (!old || version === module.version) continue
      const property = Reflect.getOwnPropertyDescriptor(object, key)
      const now: unknown = property?.value ?? property?.get
      if (now !== old && !this.#holds(now, old, inspector)) continue
      return `${module.path.slice(1)} was re-evaluated, and ${name} still leads to its old version`
    }
    return undefined
  }

  /** Whether a function closes over another one, or the module that it stands in keeps it. */
  #holds(fn: unknown, old: object, inspector: Inspector): boolean {
    const module = this.#containers.moduleOf(fn, inspector)
    if (!module) return false
    const { scopes, values } = inspector.hiddenPartsOf(fn)
    if (values.includes(old)) return true
    if (scopes.some(({ variables }) => Object.values(variables).includes(old))) return true
    const own = topLevelValues(this.#program, module, this.#containers.scripts, inspector)
    return [...(own?.variables.values() ?? [])].includes(old)
  }
}
