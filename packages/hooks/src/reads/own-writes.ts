/**
 * What the program writes itself. Calls that change files come in. Modules with their new text go out at once, for the next import, and
 * nothing is stale without need. The invariant: no module is re-evaluated because of what it wrote itself.
 *
 * | written by | stale |
 * |---|---|
 * | a module, in its evaluation or later | the modules that import or read the file, without the writer, and without modules whose re-evaluation would take the writer along |
 * | the program, in a request or in a package | the modules that import the file; those that only read it keep what they have |
 * | somebody outside the program, or a test that drives it | the same as after a save in an editor |
 */
import { isAbsolute } from 'node:path'
import { pathToFileURL } from 'node:url'
import { callingModule, outside, runningFiles } from '@hot/dispose/ownership'
import { forgetResolvedNames } from '../loading/require.ts'
import type { HotModule } from '../modules/module.ts'
import type { Program } from '../modules/program.ts'
import { renew } from '../modules/supersede.ts'
import { listenToFileWrites } from '../node/file-writes.ts'
import { inPackages, ofMachine, placeOf } from './places.ts'
import type { Reads } from './reads.ts'

/** Taken before the program may replace them. */
const { queueMicrotask } = globalThis

export class OwnWrites {
  readonly #program: Program
  readonly #reads: Reads
  readonly #invalidate: (ids: readonly string[]) => void
  /** The files that were written since the last microtask, each with the module that wrote it. */
  #written = new Map<string, HotModule | undefined>()

  /** `invalidate` makes modules stale, in an update of its own. */
  constructor(program: Program, reads: Reads, invalidate: (ids: readonly string[]) => void) {
    this.#program = program
    this.#reads = reads
    this.#invalidate = invalidate
  }

  /** Notes writes from now on. Returns what ends that. */
  begin(): () => void {
    return listenToFileWrites((files, isSync) => this.#write(files, isSync))
  }

  #write(files: unknown[], isSync: boolean): (() => void) | undefined {
    const places = files.flatMap(file => {
      const place = placeOf(file)
      return place === undefined || inPackages.test(place) || ofMachine.test(place) ? [] : place
    })
    if (places.length === 0) return undefined
    const writer = this.#writer()
    if (!writer && !this.#program.entry) return undefined
    for (const place of places) this.#reads.writtenByProgram(place)
    // What was read before the write does not change by it.
    this.#reads.flush()
    const ends = isSync ? [] : places.flatMap(place => this.#program.trees.map(tree => tree.ownWrites.begin(place)))
    return () => {
      for (const end of ends) end()
      for (const place of places) {
        this.#publish(place, writer)
        if (this.#written.size === 0) queueMicrotask(() => this.#acceptWritten())
        this.#written.set(place, writer)
      }
    }
  }

  /** The module whose evaluation writes, else the innermost one whose function writes. */
  #writer(): HotModule | undefined {
    const caller = callingModule(file => this.#moduleOf(file) !== undefined)
    const module = caller && this.#moduleOf(caller.file)
    if (module) return module
    for (const file of runningFiles()) {
      const running = this.#moduleOf(file)
      if (running) return running
    }
    return undefined
  }

  #moduleOf(file: string): HotModule | undefined {
    if (inPackages.test(file)) return undefined
    const module = this.#program.findOrCreate(isAbsolute(file) ? pathToFileURL(file).href : file)
    return module?.file ? module : undefined
  }

  /** Gives a file of a tree its new text at once. */
  #publish(place: string, writer: HotModule | undefined): void {
    const url = pathToFileURL(place).href
    for (const tree of this.#program.trees) {
      const path = tree.pathOf(url)
      const kind = path === undefined ? undefined : tree.ownWrites.publish(path)
      if (kind === undefined) continue
      if (kind !== 'changed') {
        this.#program.forgetResolutions()
        forgetResolvedNames(tree)
      }
      const stale = new Set<string>()
      for (const module of this.#program.modulesOfFile(tree, path!)) {
        for (const importer of this.#program.graph.importersOf(module.id)) {
          if (!this.#isSpared(importer, module, writer)) stale.add(importer)
        }
        if (module.loaded && module !== writer) this.#renew(module)
      }
      if (stale.size > 0) outside(() => this.#invalidate([...stale]))
    }
  }

  #renew(module: HotModule): void {
    const scope = this.#program.scopes.get(module.id)
    renew(this.#program, module)
    if (scope && !scope.disposed) void scope.dispose().catch(error => this.#program.report(error))
  }

  /** Is an importer the writer, or would its re-evaluation take the writer along, or does it stand for a package? */
  #isSpared(importer: string, module: HotModule, writer: HotModule | undefined): boolean {
    if (writer) return this.#leadsTo(importer, writer)
    return module.importedByPackage && importer === this.#program.entry?.id
  }

  #leadsTo(id: string, writer: HotModule): boolean {
    return this.#program.graph.plan([id]).some(step => step.id === writer.id)
  }

  /** A followed place was written: modules that read it are stale only if another module wrote it during its evaluation. */
  #acceptWritten(): void {
    const written = this.#written
    this.#written = new Map()
    for (const [place, writer] of written) {
      for (const tree of this.#program.trees) {
        tree.ownWrites.accept(place, id => {
          return !writer || this.#program.graph.importersOf(id).length === 0 || this.#leadsTo(id, writer)
        })
      }
    }
  }
}
