/**
 * Which module holds an object, a socket say. Objects come in; for each that is held, the id of a module comes out: one that is
 * not stale if any of these holds it. It is seen, not guessed: a module holds what its top-level values lead to. Cheap looks come
 * first, since a save asks this whenever the program is connected somewhere.
 */
import { isModuleNamespaceObject } from 'node:util/types'
import type { HotModule } from '../modules/module.ts'
import type { Program } from '../modules/program.ts'
import { idOf } from '../modules/version-url.ts'
import { Inspector } from '../node/inspector.ts'
import { liveFunctions } from '../node/live-functions.ts'
import { namesIn, variablesOf } from '../node/module-values.ts'
import { ObjectWalk } from '../node/object-graph.ts'
import { Scripts, scriptIdOf } from '../node/scripts.ts'
import { exportsOf, topLevelValues } from './top-level-values.ts'

/** Objects that are looked at, at most: beyond that, a program's data is what is being walked. */
const manyObjects = 200_000

/** How long one walk may take, in ms: nothing else runs in the meantime. */
const lookTime = 2000

/** Scripts are told apart once, not at every save. */
const scripts = new Scripts()

/**
 * With `thorough`, the values of modules that export no function are looked for as well, which costs a garbage collection: some
 * 10 ms for a small program, 100 ms and more for a large one. Undefined if there was no time to see all.
 */
export function holdersOf(
  program: Program,
  objects: ReadonlySet<object>,
  stale: ReadonlySet<string>,
  thorough = false,
): ReadonlyMap<object, string> | undefined {
  if (objects.size === 0) return new Map()
  return Inspector.with(inspector => new Search(program, objects, stale, inspector).run(thorough))
}

class Search {
  readonly #program: Program
  readonly #objects: ReadonlySet<object>
  readonly #stale: ReadonlySet<string>
  readonly #inspector: Inspector
  readonly #found = new Map<object, string>()
  #isOutOfTime = false

  constructor(program: Program, objects: ReadonlySet<object>, stale: ReadonlySet<string>, inspector: Inspector) {
    this.#program = program
    this.#objects = objects
    this.#stale = stale
    this.#inspector = inspector
  }

  run(thorough: boolean): ReadonlyMap<object, string> | undefined {
    this.#look(thorough)
    return this.#isOutOfTime ? undefined : this.#found
  }

  #look(thorough: boolean): void {
    const modules = [...this.#program.all()].filter(({ loaded }) => loaded)
    const others = modules.filter(({ id }) => !this.#stale.has(id))
    const stale = modules.filter(({ id }) => this.#stale.has(id))
    const ofOthers = this.#walk()
    ofOthers.hidden = 'not yet'
    for (const module of others) this.#addExports(ofOthers, module)
    this.#go(ofOthers)
    // What the others export is known by now, so that this finds what stale modules have for themselves.
    const ofStale = this.#walk(ofOthers)
    ofStale.hidden = 'last'
    const unseen = stale.filter(module => !this.#addValues(ofStale, module))
    this.#go(ofStale)
    if (this.#isDone) return
    ofOthers.hidden = 'last'
    for (const module of others) this.#addValues(ofOthers, module)
    this.#go(ofOthers)
    if (this.#isDone || !thorough || unseen.length === 0) return
    this.#addHidden(ofStale, unseen)
    this.#go(ofStale)
  }

  get #isDone(): boolean {
    return this.#isOutOfTime || this.#found.size === this.#objects.size
  }

  #walk(except?: ObjectWalk<string>): ObjectWalk<string> {
    return new ObjectWalk<string>({
      ...(except && { except }),
      scripts,
      limit: manyObjects,
      visit: (object, id) => {
        if (this.#isDone) return false
        if (this.#objects.has(object) && !this.#found.has(object)) this.#found.set(object, id)
        // What a stale module left with others, a listener say, does not make them the holders of what is its own.
        return this.#stale.has(id) || !this.#isOfStale(object)
      },
    })
  }

  #isOfStale(object: object): boolean {
    return scriptIdOf(object) >= 0 && this.#stale.has(idOf(scripts.of(object, this.#inspector).url))
  }

  #go(walk: ObjectWalk<string>): void {
    if (!this.#isDone && !walk.run(this.#inspector, performance.now() + lookTime)) this.#isOutOfTime = true
  }

  #addExports(walk: ObjectWalk<string>, module: HotModule): void {
    const exports = exportsOf(this.#program, module)
    if (!exports) return
    if (!isModuleNamespaceObject(exports)) walk.add(exports, module.id, '')
    else for (const name of namesIn(exports)) walk.add(valueIn(exports, name), module.id, name)
  }

  /** Whether all of them could be seen. */
  #addValues(walk: ObjectWalk<string>, module: HotModule): boolean {
    const values = topLevelValues(this.#program, module, scripts, this.#inspector)
    for (const [name, value] of values?.variables ?? []) walk.add(value, module.id, name)
    return values?.complete ?? false
  }

  /**
   * A module that exports no function of its own, an entry point say: any function of it that is in memory shows its values,
   * those of older versions too: what they hold was left behind.
   */
  #addHidden(walk: ObjectWalk<string>, modules: readonly HotModule[]): void {
    const ids = new Set(modules.map(({ id }) => id))
    const seen = new Set<number>()
    for (const fn of liveFunctions(this.#inspector)) {
      const script = scriptIdOf(fn)
      if (script < 0 || seen.has(script)) continue
      seen.add(script)
      const id = idOf(scripts.of(fn, this.#inspector).url)
      if (!ids.has(id)) continue
      for (const [name, value] of variablesOf(fn, this.#inspector)) walk.add(value, id, name)
    }
  }
}

/** An export that has no value yet throws. */
function valueIn(namespace: object, name: string): unknown {
  try {
    return (namespace as Record<string, unknown>)[name]
  } catch {
    return undefined
  }
}
