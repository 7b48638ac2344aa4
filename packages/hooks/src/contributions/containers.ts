/**
 * The containers of a program: objects that can grow (arrays, Maps, Sets, objects, functions), each with the module that holds it.
 * Loaded modules come in, and are indexed in idle time; the containers of current versions come out. The invariant: an object belongs
 * to one module of the tree, the first one in the order of dependencies that reaches it. What a package exports belongs to no module.
 */
import { isPromise } from 'node:util/types'
import type { HotModule } from '../modules/module.ts'
import type { Program } from '../modules/program.ts'
import { idOf } from '../modules/version-url.ts'
import type { Inspector } from '../node/inspector.ts'
import { namesIn, variablesOf } from '../node/module-values.ts'
import { areListeners, isObject, makerOf, ObjectWalk } from '../node/object-graph.ts'
import { isOurs } from '../node/our-packages.ts'
import { loadedExports } from '../node/require-cache.ts'
import { Scripts, scriptIdOf } from '../node/scripts.ts'
import { isClass, isPrototype } from './classes.ts'
import { type Container, manyElements } from './container.ts'
import { newestIn, scaleFor } from './container-size.ts'
import { countedFieldsOf, hiddenValues } from './hidden-values.ts'
import { countsIn, hasSlots } from './overwritten.ts'
import { assignedIn, buildsEntries, mayHoldState, rearranges } from './source-text.ts'
import { packageOf } from './suspects.ts'
import { ToldByTexts } from './told-by-texts.ts'
import { exportsOf, topLevelValues } from './top-level-values.ts'

/** So many objects are followed in one go: the data of a module may be a whole database. */
const manyObjects = 20_000
/** A step takes at most so many ms, because the program waits meanwhile. */
const sliceLength = 4
/** What makes literals, arrays, Maps and Sets. */
const plain = new Set<unknown>([Object, Array, Map, Set])

export class Containers {
  readonly scripts = new Scripts()
  readonly #program: Program
  readonly #inspect: <T>(use: (inspector: Inspector) => T) => T | undefined
  readonly #walk: ObjectWalk<HotModule>
  /** The version of each module that was indexed. */
  readonly #indexed = new WeakMap<HotModule, number>()
  /** The objects of which there is a container. */
  readonly #known = new WeakSet<object>()
  readonly #knownExports = new WeakSet<object>()
  /** What packages export. */
  readonly #leftOut = new WeakSet<object>()
  readonly #modulesOfScripts = new Map<number, HotModule | undefined>()
  #containers: Container[] = []
  readonly #texts: ToldByTexts
  #inspector: Inspector | undefined

  constructor(program: Program, inspect: <T>(use: (inspector: Inspector) => T) => T | undefined) {
    this.#program = program
    this.#texts = new ToldByTexts(program)
    this.#inspect = inspect
    this.#walk = new ObjectWalk<HotModule>({
      scripts: this.scripts,
      limit: manyObjects,
      visit: (object, module, name, holder) => this.#visit(object, module, name, holder),
    })
  }

  /** The containers of current versions that are in use, without those of `except`. */
  current(except: ReadonlySet<HotModule>): Container[] {
    return this.#containers.filter(
      ({ module, version, ref }) => version === module.version && !except.has(module) && ref.deref() !== undefined,
    )
  }

  /** Does an object of one module lead to a function of another one? */
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

  /** Does a module hold objects that Node or a package made? */
  holdsForeignObjects(receiver: HotModule, inspector: Inspector): boolean {
    return this.#containers.some(({ module, version, ref }) => {
      const object = module === receiver && version === receiver.version ? ref.deref() : undefined
      if (!object) return false
      const maker = makerOf(object)
      return scriptIdOf(typeof object === 'function' ? object : maker) >= 0 && !this.moduleOf(maker, inspector)
    })
  }

  /** Does a package export an object? */
  isPackages(object: object): boolean {
    return this.#leftOut.has(object)
  }

  /** The loaded modules that are not indexed yet. */
  behind(): HotModule[] {
    return [...this.#program.all()].filter(module => this.#isNew(module))
  }

  #isNew(module: HotModule): boolean {
    return module.loaded && this.#indexed.get(module) !== module.version
  }

  /** Indexes modules, and what has grown since. Yields after each step. */
  *index(modules: readonly HotModule[], inspector: () => Inspector): Generator<void> {
    this.#texts.forget()
    this.#containers = this.current(new Set())
    this.#inspector = inspector()
    this.#leaveOutPackages()
    const added = new Set(modules)
    const dependenciesFirst = this.#program.graph.plan(modules.map(({ id }) => id)).reverse()
    const failures: unknown[] = []
    for (const { id } of dependenciesFirst) {
      const module = this.#program.byId(id)
      if (!module || !added.has(module) || !this.#isNew(module)) continue
      try {
        this.#addRoots(module, this.#inspector)
        if (isInitialized(module, exportsOf(this.#program, module))) this.#indexed.set(module, module.version)
      } catch (error) {
        failures.push(error) // this module is looked at once more, and the others are not to miss their turn
      }
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
    if (failures.length > 0) throw failures[0]
  }

  #addRoots(module: HotModule, inspector: Inspector): void {
    if (mayHoldState(module.file?.text ?? '')) {
      const values = topLevelValues(this.#program, module, this.scripts, inspector)
      for (const [name, value] of values?.variables ?? []) this.#walk.add(value, module, name)
      if (values?.own) this.#addVariables(module, values.own, values.variables)
      return
    }
    // Functions are containers, too: somebody may add a method to a class.
    const exports = exportsOf(this.#program, module)
    for (const name of exports ? namesIn(exports) : []) {
      const value = valueIn(exports!, name)
      if (typeof value !== 'function' || this.moduleOf(value, inspector) !== module) continue
      // What is on a function may be a list.
      if (Object.keys(value).length > 0) this.#walk.add(value, module, name)
      if (!isClass(value)) continue
      this.#add(value, module, name)
      this.#add(value.prototype, module, name)
    }
  }

  /** The module of the tree that has a function in its source. */
  moduleOf(fn: unknown, inspector: Inspector): HotModule | undefined {
    const id = scriptIdOf(fn)
    if (id < 0) return undefined
    if (!this.#modulesOfScripts.has(id)) {
      const { url } = this.scripts.of(fn, inspector)
      this.#modulesOfScripts.set(id, url === '' ? undefined : this.#program.byId(idOf(url)))
    }
    return this.#modulesOfScripts.get(id)
  }

  #add(object: object, module: HotModule, name: string, holder?: object): void {
    if (this.#known.has(object)) return
    this.#known.add(object)
    const isOwn = this.#isOwn(object) && (holder === undefined || this.#isOwn(holder))
    const weigh = scaleFor(
      object,
      counter => this.#texts.isCounted(counter, module),
      () => this.#texts.isSaid(buildsEntries, module),
    )
    this.#containers.push({
      ref: new WeakRef(object),
      module,
      version: module.version,
      name,
      weigh,
      weight: weigh(object),
      hasSlots: hasSlots(object, fn => this.#isOfTree(fn)),
      counts: countsIn(object, name, (name, counts) => this.#texts.isCounted(name, module, counts)),
      isOwn,
      isReordered: isOwn && Array.isArray(object) && this.#texts.isSaid(rearranges, module),
    })
  }

  /** The variables that functions of the module assign to: somebody who calls these leaves something there. */
  #addVariables(module: HotModule, own: object, values: ReadonlyMap<string, unknown>): void {
    const names = assignedIn(module.file?.text ?? '', values.keys())
    const read = (fn: object, inspector: Inspector) =>
      variablesOf(fn, inspector).filter(([name]) => names.includes(name))
    if (names.length > 0)
      this.#containers.push(
        hiddenValues(own, module, {
          names,
          read,
          counts: name => this.#texts.isCounted(name, module),
          inspect: this.#inspect,
        }),
      )
  }

  /** The private fields in which an object, or a class, counts or builds something up. */
  #addPrivateFields(object: object, module: HotModule, inspector: Inspector): void {
    const names = countedFieldsOf(object)
    if (names.length === 0) return
    const read = (object: object, inspector: Inspector) =>
      inspector.privateValuesOf(object).filter(([name]) => names.includes(name))
    if (read(object, inspector).length === 0) return
    this.#containers.push(hiddenValues(object, module, { names, read, counts: () => true, inspect: this.#inspect }))
  }

  #visit(object: object, module: HotModule, name: string, holder: object | undefined): boolean {
    if (this.#leftOut.has(object)) return false
    // Listeners are removed one by one, by automatic lifetimes.
    if (areListeners(name, holder)) return false
    if (isPromise(object)) return true
    if (isPrototype(object) && !this.#isOfTree(object.constructor)) return false
    if (!Object.isExtensible(object)) return true
    if (typeof object !== 'function' || isClass(object) || Object.keys(object).length > 0)
      this.#add(object, module, name, holder)
    if (this.#inspector && (holder === undefined || this.#isOwn(holder)))
      this.#addPrivateFields(object, module, this.#inspector)
    return true
  }

  #isOfTree(fn: unknown): boolean {
    return this.#inspector !== undefined && this.moduleOf(fn, this.#inspector) !== undefined
  }

  /** Whether the tree's code made an object. Nobody else puts literals, arrays, Maps and Sets into what it made. */
  #isOwn(object: object): boolean {
    if (typeof object === 'function') return this.#isOfTree(object)
    const maker = makerOf(object)
    return maker === undefined || plain.has(maker) || this.#isOfTree(maker)
  }

  /** What packages export, with their names: whatever is loaded and is neither Node's, nor ours, nor the tree's. */
  *packageExports(): Iterable<readonly [exports: object, name: string, url: string]> {
    for (const [url, exports] of this.#program.afterUpdate?.loadedExports() ?? []) {
      // An ES module that was required has a name with its version in it.
      const file = url.replace(/%3Fver=.*$/s, '')
      if (/^node:|^hot:/.test(url) || isOurs(url) || this.#program.contains(file)) continue
      yield [exports, packageOf(url), url]
    }
  }

  /** What a package exports is made for everybody: a module that imports it does not own it. */
  #leaveOutPackages(): void {
    for (const [url, exports] of this.#program.afterUpdate?.loadedExports() ?? []) {
      if (this.#knownExports.has(exports)) continue
      this.#knownExports.add(exports)
      if (this.#program.contains(url)) continue
      this.#leftOut.add(exports)
      for (const key of namesIn(exports)) {
        const value = valueIn(exports, key)
        if (isObject(value)) this.#leftOut.add(value)
      }
    }
  }
}

/** Whether a module has got to its end: until then, exports have no value yet, and a required file is not known. */
function isInitialized(module: HotModule, exports: object | undefined): boolean {
  if (module.commonjs) return loadedExports(module.filename) !== undefined
  if (!exports) return true
  try {
    for (const name of namesIn(exports)) Reflect.getOwnPropertyDescriptor(exports, name)
    return true
  } catch {
    return false
  }
}

/** Reading an export that has no value yet throws. A getter is not called. */
function valueIn(exports: object, name: string): unknown {
  try {
    return Reflect.getOwnPropertyDescriptor(exports, name)?.value
  } catch {
    return undefined
  }
}
