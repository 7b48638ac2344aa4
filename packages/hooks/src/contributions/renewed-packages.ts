/**
 * Packages that are re-evaluated instead of a restart. A package that refuses what it was given before (an option, a command) comes
 * in; the modules that import it come out: they are re-evaluated together, as in a fresh process. The invariant: nobody else holds
 * anything of the package, and the package has left nothing on others. So no other package imports it, and it imports none.
 */
import type { HotModule } from '../modules/module.ts'
import { packageFolderOf } from '../modules/package-imports.ts'
import type { Program } from '../modules/program.ts'
import { dropFolder, requiresAcross } from '../node/require-cache.ts'
import type { Pair } from './learned-pairs.ts'
import { packageOf } from './suspects.ts'

interface Renewed {
  /** The ids of the modules that it refuses when they are re-evaluated alone. */
  readonly contributors: Set<string>
  /** Whether an evaluation has shown that it helps. */
  isProven: boolean
}

/** Modules that are stale, and why some of them are. */
interface Widened {
  readonly ids: string[]
  readonly pairs: readonly Pair[]
}

export class RenewedPackages {
  readonly #program: Program
  readonly #renewed = new Map<string, Renewed>()

  constructor(program: Program) {
    this.#program = program
  }

  /**
   * The modules to re-evaluate with the packages through which an error came, as far as that is possible. From then on these packages
   * are renewed whenever one of the contributors is re-evaluated.
   */
  suspect(folders: readonly string[], contributors: readonly HotModule[]): Pair[] {
    const pairs: Pair[] = []
    for (const folder of folders) {
      const importers = this.#renewed.has(folder) ? undefined : this.#importersOf(folder)
      if (!importers) continue
      this.#renewed.set(folder, { contributors: new Set(contributors.map(({ id }) => id)), isProven: false })
      pairs.push(...this.#pairsOf(folder, importers))
    }
    return pairs
  }

  /** How an evaluation has ended after packages were renewed. */
  ended(isSound: boolean): void {
    for (const [folder, renewed] of this.#renewed) {
      if (isSound) renewed.isProven = true
      else if (!renewed.isProven) this.#renewed.delete(folder)
    }
  }

  /**
   * What is stale with these modules: the importers of the packages that have to be renewed, too. `plan` and `widen` say what is stale
   * without packages.
   */
  widen(
    ids: readonly string[],
    plan: (ids: readonly string[]) => ReadonlySet<string>,
    widen: (ids: readonly string[]) => Widened,
  ): Widened {
    let { ids: widened, pairs } = widen(ids)
    for (;;) {
      const importers = this.#importersIf(plan(widened))
      if (importers.length === 0) return { ids: widened, pairs }
      const more = widen([...widened, ...importers.map(({ receiver }) => receiver)])
      widened = more.ids
      pairs = [...new Set([...pairs, ...more.pairs, ...importers])]
    }
  }

  /** The importers of the packages that have to be renewed if these modules are stale. */
  #importersIf(stale: ReadonlySet<string>): Pair[] {
    return [...this.#renewed].flatMap(([folder, { contributors }]) => {
      if (![...contributors].some(id => stale.has(id))) return []
      const importers = this.#importersOf(folder) ?? []
      return this.#pairsOf(folder, importers).filter(({ receiver }) => !stale.has(receiver))
    })
  }

  /** Part of the publishing step: the next import of these packages evaluates them. Says whether there are any. */
  published(stale: ReadonlySet<HotModule>): boolean {
    let isAny = false
    const ids = new Set([...stale].map(({ id }) => id))
    for (const [folder, { contributors }] of this.#renewed) {
      if (![...contributors].some(id => ids.has(id))) continue
      const importers = this.#importersOf(folder)
      if (!importers || ![...importers].every(module => stale.has(module))) continue
      dropFolder(folder)
      this.#program.afterUpdate?.forgetFolder(folder)
      isAny = true
    }
    return isAny
  }

  #pairsOf(folder: string, importers: Iterable<HotModule>): Pair[] {
    const contributors = [...this.#renewed.get(folder)!.contributors]
    return [...importers].map(({ id }) => ({ contributors, receiver: id, name: '', package: packageOf(folder) }))
  }

  /** The modules that import a package. `undefined` if anything else does, or if the package imports others. */
  #importersOf(folder: string): Set<HotModule> | undefined {
    const program = this.#program
    if (program.contains(folder) || program.packageImports.importsOthers(folder)) return undefined
    const importers = new Set(program.packageImports.importersOf(folder))
    for (const { from, to } of requiresAcross(folder)) {
      if (packageFolderOf(from) === folder) return undefined
      if (packageFolderOf(to) === folder) importers.add(from)
    }
    const modules = new Set<HotModule>()
    for (const importer of importers) {
      const module = program.byId(importer)
      if (!module) return undefined
      modules.add(module)
    }
    return modules
  }
}
