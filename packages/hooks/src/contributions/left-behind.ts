/**
 * Finds code that old versions left on other modules, or on Node. The functions that others hold come in when a program has started;
 * those that are still there after their module was re-evaluated come out. The invariant: what was replaced, or removed by a cleanup,
 * was not left behind.
 */
import { isMap, isSet } from 'node:util/types'
import type { HotModule } from '../modules/module.ts'
import type { Program } from '../modules/program.ts'
import { functionsOnBuiltins, type PutOn } from '../node/builtin-objects.ts'
import type { Inspector } from '../node/inspector.ts'
import { innerScopes } from '../node/object-graph.ts'
import { AttachedObjects } from './attached-objects.ts'
import { type Container, valuesIn } from './container.ts'
import { newestIn, propertiesIn } from './container-size.ts'
import type { Containers } from './containers.ts'
import type { Pair } from './learned-pairs.ts'
import { functionsInPackages } from './package-state.ts'
import { topLevelValues } from './top-level-values.ts'

/** A function of one module in an object of another one. */
interface Held {
  readonly container: Container
  readonly module: HotModule
  readonly version: number
  readonly fn: WeakRef<object>
}

/** A function of a module on an object of Node. */
interface Patch extends Omit<PutOn, 'fn'> {
  readonly module: HotModule
  readonly version: number
  readonly fn: WeakRef<object>
}

/** A function of a module in an object that a package exports. */
interface InPackage {
  readonly object: WeakRef<object>
  readonly name: string
  readonly module: HotModule
  readonly version: number
  readonly fn: WeakRef<object>
}

/** So many elements of one container are looked at, the newest first. */
const manyElements = 200
/** So many objects of Node are looked through in one step. */
const manyFunctions = 200

export class LeftBehind {
  readonly #program: Program
  readonly #containers: Containers
  readonly #attached: AttachedObjects
  #held: Held[] = []
  #patches: Patch[] = []
  #inPackages: InPackage[] = []
  readonly #lookedInto = new WeakSet<Container>()
  /** Functions in containers that their modules have given up: to find that out takes a walk over all that a module holds. */
  readonly #givenUp = new WeakMap<Container, WeakSet<object>>()
  #hasLooked = false

  constructor(program: Program, containers: Containers) {
    this.#program = program
    this.#containers = containers
    this.#attached = new AttachedObjects(program, containers.scripts)
  }

  /**
   * Looks for code that modules have put on others. What is in a container when its module was evaluated was put there by
   * evaluations. What comes later may come from requests, and is no contribution. `mayPatch`: may Node's objects have been changed?
   */
  *look(inspector: () => Inspector, mayPatch: boolean): Generator<void> {
    for (const container of this.#containers.current(new Set())) {
      if (this.#lookedInto.has(container)) continue
      this.#lookedInto.add(container)
      this.#lookInto(container, inspector())
      yield
    }
    if (!this.#hasLooked) {
      this.#hasLooked = true
      yield* this.#lookIntoPackages(inspector)
    }
    if (!mayPatch) return
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

  /** Some packages are evaluated anew: what their old instances hold does not matter any more. */
  packagesRenewed(): void {
    this.#inPackages = []
    this.#hasLooked = false
  }

  *#lookIntoPackages(inspector: () => Inspector): Generator<void> {
    for (const found of functionsInPackages(this.#containers.packageExports())) {
      if (!found) yield
      const module = found && this.#containers.moduleOf(found.fn, inspector())
      if (!module || innerScopes(inspector().hiddenPartsOf(found.fn).scopes).length > 0) continue
      const { object, fn, name } = found
      const refs = { object: new WeakRef(object), fn: new WeakRef(fn) }
      this.#inPackages.push({ ...refs, name, module, version: module.version })
    }
  }

  #lookInto(container: Container, inspector: Inspector): void {
    for (const value of valuesIn(container, inspector)) {
      const module = this.#containers.moduleOf(value, inspector)
      if (!module || module === container.module) continue
      if (this.#givenUp.get(container)?.has(value as object)) continue
      // A function that closes over variables of a call may come from an early request.
      if (innerScopes(inspector.hiddenPartsOf(value).scopes).length > 0) continue
      this.#held.push({ container, module, version: module.version, fn: new WeakRef(value as object) })
    }
  }

  /**
   * Finds the pairs that are shown by code which is still there although its module was re-evaluated or is not used any more, or by
   * code that wraps it now. `isUsed` tells whether a module is imported. Yields `undefined` where it is time to pause. What it has not
   * come to when it is given up is looked at the next time.
   */
  *pairs(inspector: () => Inspector, isUsed: (module: HotModule) => boolean): Generator<Pair | undefined> {
    const left: Held[] = []
    this.#held = this.#held.filter(held => {
      const { container, module, version, fn } = held
      // What the new version put there instead may be left by the next one.
      if (version !== module.version) this.#lookedInto.delete(container)
      if (!container.ref.deref() || !fn.deref() || container.version !== container.module.version) return false
      if (version !== module.version || !isUsed(module)) left.push(held)
      return true
    })
    this.#attached.forget()
    for (const held of left) {
      const { container, module } = held
      // An exception must not come back with each save.
      this.#held = this.#held.filter(other => other !== held)
      if (yield* this.#isLeft(held, inspector)) {
        yield { contributors: [module.id], receiver: container.module.id, name: container.name }
      }
    }
    this.#attached.forget()
  }

  *#isLeft({ container, module, fn }: Held, inspector: () => Inspector): Generator<undefined, boolean> {
    const [object, held] = [container.ref.deref(), fn.deref()]
    if (!object || !held) return false
    if (container.variables) return valuesIn(container, inspector()).includes(held)
    if (!this.#isStillIn(object, held, module, inspector())) return false
    yield
    if (yield* this.#attached.has(object, container.module, inspector)) return true
    this.#givenUp.set(container, (this.#givenUp.get(container) ?? new WeakSet()).add(held))
    return false
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

  /** Why a restart is needed: a function of a superseded version is still on an object of Node, or wrapped by a function that is. */
  restartReason(inspector: Inspector): string | undefined {
    for (const { object, key, name, module, version, fn } of this.#patches) {
      const old = fn.deref()
      if (!old || version === module.version) continue
      const property = Reflect.getOwnPropertyDescriptor(object, key)
      const now: unknown = property?.value ?? property?.get
      if (now !== old && !this.#holds(now, old, inspector)) continue
      return `${module.path.slice(1)} was re-evaluated, and ${name} still leads to its old version`
    }
    for (const { object, fn, name, module, version } of this.#inPackages) {
      const [holder, held] = [object.deref(), fn.deref()]
      if (!holder || !held || version === module.version || !newestIn(holder, manyElements).includes(held)) continue
      return `${module.path.slice(1)} was re-evaluated, and ${name} still holds its old version: a package is loaded once`
    }
    return undefined
  }

  /** Does a function close over another one, or does its module keep that one? */
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
