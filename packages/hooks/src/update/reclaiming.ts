/**
 * Gives superseded versions back to the garbage collector, and has modules compiled under names of their own, so that V8 finds the
 * unchanged ones in its cache.
 */
import type { TreeFile } from '@hot/tree'
import type { HotModule } from '../modules/module.ts'
import type { Program } from '../modules/program.ts'
import { SupersededVersions } from '../modules/superseded-versions.ts'
import { bypassCache, isNameable, namingOf, namings } from '../node/compilation-cache.ts'
import { type LoaderCaches, openLoaderCaches } from '../node/loader-caches.ts'

export class Reclaiming {
  readonly #program: Program
  readonly #enabled: boolean
  readonly #warn: (message: string) => void
  /** `null` until they are asked for. */
  #caches: LoaderCaches | undefined | null = null
  readonly #superseded = new Map<string, HotModule | undefined>()
  readonly versions = new SupersededVersions()
  /** How many superseded versions were given back. */
  reclaimed = 0

  constructor(program: Program, enabled: boolean, warn: (message: string) => void) {
    this.#program = program
    this.#enabled = enabled
    this.#warn = warn
  }

  /** Opened when the first version is superseded: a program that never changes pays nothing. `undefined` where it is off or refused. */
  get caches(): LoaderCaches | undefined {
    if (!this.#enabled) return undefined
    if (this.#caches === null) {
      try {
        this.#caches = openLoaderCaches()
        this.#caches.nameModules()
        namings.add(this.#naming)
      } catch (error) {
        this.#caches = undefined
        this.#warn(`superseded versions of modules stay in memory: ${(error as Error).message}`)
      }
    }
    return this.#caches
  }

  readonly #naming = (url: string) => {
    const { linkCheck } = this.#program
    const staged = linkCheck?.get(url)
    // What a link check has compiled is then there for the evaluation.
    if (staged) return linkCheck!.isStandIn(staged) ? undefined : namingOf(staged, url, linkCheck!.fileOf(staged))
    const module = this.#program.current.get(url)
    if (!module || module.generation === 0) return undefined
    const naming = namingOf(module, url, module.file)
    module.lastFile = module.file
    return naming
  }

  /** Whether a file's module is compiled under its id, and needs no sourceURL. */
  isNaming(file: TreeFile): boolean {
    return namings.has(this.#naming) && isNameable(file)
  }

  bypassCache(): void {
    if (this.#enabled) bypassCache()
  }

  /** After the hooks: what is compiled is Node's business again. */
  end(): void {
    namings.delete(this.#naming)
  }

  /** Takes note of URLs that nothing asks Node for any more; says whether there is anything to do about them. */
  add(urls: Iterable<string>, module?: HotModule): boolean {
    if (!this.#enabled) return false
    for (const url of urls) {
      this.#superseded.set(url, module)
      module = undefined
    }
    return true
  }

  /** Lets go of everything that was added. */
  letGo(): void {
    const { caches } = this
    if (caches) {
      for (const [url, module] of this.#superseded) {
        const instance = module && caches.instanceOf(url)
        if (instance) this.versions.add(module, instance)
      }
      this.reclaimed += caches.forget(this.#superseded.keys())
    }
    this.#superseded.clear()
    for (const { module, versions } of this.versions.pilingUp()) {
      this.#warn(
        `${versions} superseded versions of ${module.path} are still in memory: something holds them, such as a timer, ` +
          'a listener or a cache outside of it. Give what the module opens to its scope, or clear it in onModuleInvalidated.',
      )
    }
  }
}
