/**
 * Finds out whether a module still holds an object: what was put into an array that nobody has any more was not left behind. Objects
 * come in, one after the other, and the answer comes out in steps. Each module is walked once for all that is asked in a row, since a
 * pool may lead to thousands of objects.
 */
import type { HotModule } from '../modules/module.ts'
import type { Program } from '../modules/program.ts'
import type { Inspector } from '../node/inspector.ts'
import { ObjectWalk } from '../node/object-graph.ts'
import type { Scripts } from '../node/scripts.ts'
import { topLevelValues } from './top-level-values.ts'

/** So many objects of one module are followed. */
const manyObjects = 20_000
/** A step takes at most so many ms, because the program waits meanwhile. */
const sliceLength = 4

interface Attached {
  readonly walk: ObjectWalk<undefined>
  isComplete: boolean
}

export class AttachedObjects {
  readonly #program: Program
  readonly #scripts: Scripts
  readonly #walks = new Map<HotModule, Attached>()

  constructor(program: Program, scripts: Scripts) {
    this.#program = program
    this.#scripts = scripts
  }

  /** Whether a module leads to an object. Yields where it is time to pause. */
  *has(object: object, module: HotModule, inspector: () => Inspector): Generator<undefined, boolean> {
    let attached = this.#walks.get(module)
    if (!attached) {
      const walk = new ObjectWalk<undefined>({ scripts: this.#scripts, limit: manyObjects, visit: () => true })
      // Most are reached by properties, which takes no debugger.
      walk.hidden = 'last'
      const values = topLevelValues(this.#program, module, this.#scripts, inspector())
      for (const [name, value] of values?.variables ?? []) walk.add(value, undefined, name)
      attached = { walk, isComplete: false }
      this.#walks.set(module, attached)
    }
    while (!attached.isComplete && !attached.walk.has(object)) {
      attached.isComplete = attached.walk.run(inspector(), performance.now() + sliceLength)
      yield
    }
    return attached.walk.has(object)
  }

  /** From now on modules may hold something else. */
  forget(): void {
    this.#walks.clear()
  }
}
