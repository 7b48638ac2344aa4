/**
 * The superseded versions of modules that are still in memory. Node has let go of them. What keeps a version alive by itself, such
 * as a timer that was not cleared or a listener, cannot be freed here; it is counted.
 */
import { fullCollections } from '../node/full-collections.ts'
import type { HotModule } from './module.ts'

/** Superseded versions of one module that are in memory: from here on it is worth a warning. */
const many = 10

/** Full collections that a version has to outlive: the first may have begun before it was superseded. */
const collections = 2

interface Superseded {
  readonly ref: WeakRef<object>
  outlived: number
}

export class SupersededVersions {
  readonly #superseded = new Map<HotModule, Superseded[]>()
  readonly #warned = new Set<HotModule>()
  /** How many full collections there were when the versions were looked at last. */
  #collections = 0

  /** `instance` lives as long as a version of the module does. */
  add(module: HotModule, instance: unknown): void {
    if (!isObject(instance)) return // `module.exports = 42` cannot be seen to go
    if (this.#superseded.size === 0) this.#collections = fullCollections()
    const superseded = this.#superseded.get(module)
    const added = { ref: new WeakRef(instance), outlived: 0 }
    if (superseded) superseded.push(added)
    else this.#superseded.set(module, [added])
  }

  /** How many superseded versions of a module were not collected so far. */
  count(module: HotModule): number {
    return this.#superseded.get(module)?.filter(({ ref }) => ref.deref() !== undefined).length ?? 0
  }

  /** The modules of which many superseded versions have outlived full collections, each told once. */
  pilingUp(): { module: HotModule; versions: number }[] {
    if (this.#superseded.size === 0) return []
    const now = fullCollections()
    if (now === this.#collections) return []
    this.#collections = now
    const found: { module: HotModule; versions: number }[] = []
    for (const [module, superseded] of this.#superseded) {
      const alive = superseded.filter(({ ref }) => ref.deref() !== undefined)
      for (const version of alive) version.outlived++
      if (alive.length > 0) this.#superseded.set(module, alive)
      else this.#superseded.delete(module)
      const versions = alive.filter(({ outlived }) => outlived >= collections).length
      if (versions < many || this.#warned.has(module)) continue
      this.#warned.add(module)
      found.push({ module, versions })
    }
    return found
  }
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}
