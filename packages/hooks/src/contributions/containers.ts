/**
 * The objects of a program that can grow: arrays, Maps, Sets, objects, functions, each with the module that holds it. Loaded modules
 * come in, and become an index in idle time; the containers of current versions come out. The invariant: an object belongs to one
 * module of the tree, the first in the order of dependencies that reaches it; what a package exports belongs to no module.
 */
import { isPromise } from 'node:util/types'
import type { HotModule } from '../modules/module.ts'
import type { Program } from '../modules/program.ts'
import { idOf } from '../modules/version-url.ts'
import type { Inspector } from '../node/inspector.ts'
import { isObject, ObjectWalk } from '../node/object-graph.ts'
import { Scripts, scriptIdOf } from '../node/scripts.ts'
import { exportsOf, topLevelValues } from './top-level-values.ts'
import { newestIn, scaleFor, type Weigh } from './weigh.ts'

/** An object that can grow. Being known does not keep it in memory. */
export interface Container {
  readonly ref: WeakRef<object>
  readonly module: HotModule
  readonly version: number
  /** The property or variable that holds it. */
  readonly name: string
  readonly weigh: Weigh
  /** What it held when it was looked through. */
  weight: number
}

/** Objects that are followed in one go: a module's data may be a database. */
const manyObjects = 20_000
/** Elements of one container that are looked at, the newest first. */
const manyElements = 200
/** In ms: the program waits no longer than this for a step. */
const sliceLength = 4

export class Containers {
  readonly scripts = new Scripts()
  readonly #program: Program
  readonly #walk: ObjectWalk<HotModule>
  /** The version of each module that was looked through. */
  readonly #indexed = new WeakMap<HotModule, number>()
  readonly #knownExports = new WeakSet<object>()
  readonly #leftOut = new WeakSet<object>()
  readonly #modulesOfScripts = new Map<number, HotModule | undefined>()
  #containers: Container[] = []
  #inspector: Inspector | undefined

  constructor(program: Program) {
    this.#program = program
    this.#walk = new ObjectWalk<HotModule>({
      scripts: this.scripts,
      limit: manyObjects,
      visit: (object, module, name) => this.#visit(object, module, name),
    })
  }

  /** The containers of current versions that are still in use, without those of `except`. */
  current(except: ReadonlySet<HotModule>): Container[] {
    return this.#containers.filter(
      ({ module, version, ref }) => version === module.version && !except.has(module) && ref.deref() !== undefined,
    )
  }

  /** Whether an object of one module leads to a function of another. */
  holdsCodeOf(contributor: HotModule, receiver: HotModule, inspector: Inspector): boolean {
    for (const { module, version, ref } of this.#containers) {
      if (module !== receiver || version !== receiver.version) continue
      const object = ref.deref()
      for (const value of object ? newestIn(object, manyElements) : []) {
        if (this.moduleOf(value, inspector) === contributor) return true
      }
    }
    return false
  }

  /** Whether an object is still part of what a module holds. */
  isAttached(object: object, { module }: Container, inspector: Inspector): boolean {
    let found = false
    const walk = new ObjectWalk<undefined>({
      scripts: this.scripts,
      limit: manyObjects,
      visit(reached) {
        found ||= reached === object
        return !found
      },
    })
    const values = topLevelValues(this.#program, module, this.scripts, inspector)
    for (const [name, value] of values?.variables ?? []) walk.add(value, undefined, name)
    walk.run(inspector, Number.POSITIVE_INFINITY)
    return found
  }

  /** Whether a module holds objects that Node or a package has made. */
  holdsForeignObjects(receiver: HotModule, inspector: Inspector): boolean {
    return this.#containers.some(({ module, version, ref }) => {
      const object = module === receiver && version === receiver.version ? ref.deref() : undefined
      if (!object) return false
      const maker: unknown = isObject(object) && Object.getPrototypeOf(object)?.constructor
      return scriptIdOf(typeof object === 'function' ? object : maker) >= 0 && !this.moduleOf(maker, inspector)
    })
  }

  /** Whether an object is exported by a package. */
  isPackages(object: object): boolean {
    return this.#leftOut.has(object)
  }

  /** The modules that are loaded and were not looked through yet. */
  behind(): HotModule[] {
    return [...this.#program.all()].filter(module => this.#isNew(module))
  }

  #isNew(module: HotModule): boolean {
    return module.loaded && this.#indexed.get(module) !== module.version
  }

  /** Adds modules, and what has grown since. Gives way after each step. */
  *index(modules: readonly HotModule[], inspector: () => Inspector): Generator<void> {
    this.#containers = this.current(new Set())
    this.#inspector = inspector()
    this.#leaveOutPackages()
    const added = new Set(modules)
    const dependenciesFirst = this.#program.graph.plan(modules.map(({ id }) => id)).reverse()
    for (const { id } of dependenciesFirst) {
      const module = this.#program.byId(id)
      if (!module || !added.has(module) || !this.#isNew(module)) continue
      this.#indexed.set(module, module.version)
      this.#addRoots(module, this.#inspector)
      yield
      this.#inspector = inspector()
    }
    for (const container of this.#containers) {
      const object = container.ref.deref()
      const weight = object ? container.weigh(object) : container.weight
      if (weight === container.weight || !object) continue
      container.weight = weight
      this.#walk.again(object, container.module, container.name, this.#inspector)
    }
    while (!this.#walk.run(this.#inspector, performance.now() + sliceLength)) {
      yield
      this.#inspector = inspector()
    }
  }

  #addRoots(module: HotModule, inspector: Inspector): void {
    if (mayHoldState(module.file?.text ?? '')) {
      const values = topLevelValues(this.#program, module, this.scripts, inspector)
      for (const [name, value] of values?.variables ?? []) this.#walk.add(value, module, name)
      return
    }
    // Functions and primitives: somebody may add a method to a class.
    const exports = exportsOf(this.#program, module)
    for (const name of exports ? Object.keys(exports) : []) {
      const value = valueIn(exports!, name)
      if (typeof value !== 'function' || !isClass(value)) continue
      if (this.moduleOf(value, inspector) !== module) continue
      this.#add(value, module, name)
      this.#add(value.prototype, module, name)
    }
  }

  /** The module of the tree that a function stands in. */
  moduleOf(fn: unknown, inspector: Inspector): HotModule | undefined {
    const id = scriptIdOf(fn)
    if (id < 0) return undefined
    if (!this.#modulesOfScripts.has(id)) {
      const { url } = this.scripts.of(fn, inspector)
      this.#modulesOfScripts.set(id, url === '' ? undefined : this.#program.byId(idOf(url)))
    }
    return this.#modulesOfScripts.get(id)
  }

  #add(object: object, module: HotModule, name: string): void {
    const weigh = scaleFor(object)
    this.#containers.push({
      ref: new WeakRef(object),
      module,
      version: module.version,
      name,
      weigh,
      weight: weigh(object),
    })
  }

  #visit(object: object, module: HotModule, name: string): boolean {
    if (this.#leftOut.has(object)) return false
    // Listeners are taken back one by one, by those who look after what evaluations open.
    if (name === '_events') return false
    if (isPromise(object)) return true
    if (isPrototype(object) && !this.#isOfTree(object.constructor)) return false
    if (!Object.isExtensible(object)) return true
    if (typeof object !== 'function' || isClass(object) || Object.keys(object).length > 0)
      this.#add(object, module, name)
    return true
  }

  #isOfTree(fn: unknown): boolean {
    return this.#inspector !== undefined && this.moduleOf(fn, this.#inspector) !== undefined
  }

  /** What a package exports, it has made for everybody: whoever imports it does not own it. */
  #leaveOutPackages(): void {
    for (const [url, exports] of this.#program.afterUpdate?.loadedExports() ?? []) {
      if (this.#knownExports.has(exports)) continue
      this.#knownExports.add(exports)
      if (this.#program.contains(url)) continue
      this.#leftOut.add(exports)
      for (const key of Object.keys(exports)) {
        const value = valueIn(exports, key)
        if (isObject(value)) this.#leftOut.add(value)
      }
    }
  }
}

/** An export that has no value yet throws; a getter is not run. */
function valueIn(exports: object, name: string): unknown {
  try {
    return Reflect.getOwnPropertyDescriptor(exports, name)?.value
  } catch {
    return undefined
  }
}

/** A class, or a function to which methods were given as to one. */
function isClass(fn: object): fn is { prototype: object } {
  const prototype: unknown = Reflect.getOwnPropertyDescriptor(fn, 'prototype')?.value
  if (!isObject(prototype)) return false
  return Reflect.ownKeys(prototype).length > 1 || Function.prototype.toString.call(fn).startsWith('class')
}

function isPrototype(object: object): object is { constructor: unknown } {
  const maker: unknown = Reflect.getOwnPropertyDescriptor(object, 'constructor')?.value
  return typeof maker === 'function' && Reflect.getOwnPropertyDescriptor(maker, 'prototype')?.value === object
}

/**
 * Whether a module may hold more than functions, classes and primitives, as far as its text tells: most of a program's modules do
 * not, and cost nothing then. A text that only looks as if is no harm.
 */
export function mayHoldState(text: string): boolean {
  return variable.test(text) || /\bstatic\b|\bexports\b|^export default (?!(?:async )?function|class)/m.test(text)
}

/** A variable at the beginning of a line, and not a constant that is a function or a primitive. */
const variable =
  /^(?:export\s+)?(?:(?:let|var)\b|const\b(?!\s+[\w$]+(?:\s*:[^=\n]+)?\s*=\s*(?:(?:async\s*)?(?:\([^()\n]*\)|[\w$]+)\s*(?::[^=\n]+)?=>|(?:async\s+)?function\b|class\b|['"`\d-]|true\b|false\b|null\b|(?:String|Number)\()))/m
