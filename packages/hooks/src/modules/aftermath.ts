/** What is left to be done once an update has settled. The update's room does it; whoever ends a version asks for it here. */
import type { TreeFile } from '@hot/tree'
import type { HotModule } from './module.ts'
import type { SupersededVersions } from './superseded-versions.ts'

export interface Aftermath {
  readonly supersededVersions: SupersededVersions
  /** How many superseded versions were given back. */
  readonly reclaimed: number
  /** Modules that Node was given and that were not yet seen to be evaluated. */
  readonly unfinished: Set<HotModule>
  /** A module that was invalidated before is loaded again. */
  evaluationBegan(module: HotModule, dependencies: readonly string[]): void
  /** Nothing asks Node for these URLs any more: those of a module's superseded version, its own first. */
  superseded(urls: Iterable<string>, module?: HotModule): void
  /** The same for a URL that is asked for again: it cannot wait. */
  forget(url: string): boolean
  /** The same for all modules in a folder, given as a URL, without those of packages that lie in it. */
  forgetFolder(folder: string): void
  /** The files of these modules' importers were removed: they may be unused now. */
  importersRemoved(ids: readonly string[]): void
  takeUnfinished(): HotModule[]
  unlinkedBelow(module: HotModule): Iterable<HotModule>
  bypassCache(): void
  /** What a module threw that `import()` has evaluated. */
  errorOf(module: HotModule): { readonly error: unknown } | undefined
  /** The namespace of an ES module's current version, once it is linked. */
  namespaceOf(module: HotModule): object | undefined
  /** What all modules of the process export, packages included: namespaces, and each `module.exports`. */
  loadedExports(): Iterable<readonly [url: string, exports: object]>
  isNaming(file: TreeFile): boolean
  /** After the hooks: what is compiled is Node's business again. */
  end(): void
}
