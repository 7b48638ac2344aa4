/**
 * Contributions: what modules add to other modules.
 *
 * Evaluations come in. The modules that must be re-evaluated with them come out: at once for what was just seen, and beforehand for
 * what was learned. The invariant: only what an evaluation added to an object of another module counts. An object that was only
 * changed, or that others changed meanwhile, costs no module its state.
 *
 *     idle: containers.ts      before an update: what they hold       evaluation: growth.ts      contributors.ts      learned-pairs.ts
 *     (what can grow)      ─►  (so the old cleanup is seen)       ─►  (what has grown)       ─►  (added by whom)  ─►  (for next time)
 */
import type { HotModule } from '../modules/module.ts'
import type { Program } from '../modules/program.ts'
import { canIterate } from '../node/iteration.ts'
import { Containers } from './containers.ts'
import { pairsOf, parkedReason, usedIds } from './contributors.ts'
import type { Contribution, Evaluated, Failure } from './evaluated.ts'
import { Growth } from './growth.ts'
import { laterPairs } from './later-additions.ts'
import { LearnedPairs, type Pair } from './learned-pairs.ts'
import { LeftBehind } from './left-behind.ts'
import { Looks, manyFailures } from './looks.ts'
import { Overwritten } from './overwritten.ts'
import { PackagesLook } from './packages-look.ts'
import { ParkedData } from './parked-data.ts'
import { Rearranged } from './rearranged.ts'
import { RenewedPackages } from './renewed-packages.ts'
import { mayPatch } from './source-text.ts'
import { suspects, type Thrown, whoThrew } from './suspects.ts'

/** Taken before the program may replace them. */
const { setTimeout, clearTimeout } = globalThis

/** A program that starts is left alone for so many ms. */
const calm = 50
/** In idle time, so many ms lie between two slices of work. */
const pause = 5
/** Before fake timers of the program are in their place. */
const { setImmediate } = globalThis

export class Contributions {
  readonly #program: Program
  readonly #needRestart: (reason: string) => void
  readonly #isWanted: boolean
  /** They are off until evaluations are watched. */
  readonly #looks = new Looks()
  readonly #containers: Containers
  readonly #leftBehind: LeftBehind
  readonly #packages: PackagesLook
  readonly #pairs = new LearnedPairs()
  readonly #renewed: RenewedPackages
  readonly #addedLater: (left: readonly Contribution[]) => void
  #growth: Growth | undefined
  #learning: Promise<Pair[]> | undefined
  /** Modules that are re-evaluated because they may hold what is in the way. */
  #onTrial: readonly Pair[] = []
  /** The modules that were evaluated since the update began. */
  readonly #evaluated = new Set<HotModule>()
  #indexing: Generator<void> | undefined
  /** Counts the modules that were loaded, and says how many of them the last complete index had seen. */
  #loads = 0
  #indexedLoads = 0
  #mayHavePatched = true
  #timer: NodeJS.Timeout | undefined
  /** How many searches an exception has ended since the last one that was complete. */
  #failures = 0
  /** Counts the updates: what was being looked for is given up when the next one begins. */
  #updates = 0

  /** `addedLater`: something was added once the evaluation was over, by what nobody awaited. */
  constructor(
    program: Program,
    needRestart: (reason: string) => void,
    addedLater: (left: readonly Contribution[]) => void,
    isWanted: boolean,
  ) {
    this.#program = program
    this.#needRestart = needRestart
    this.#addedLater = addedLater
    this.#isWanted = isWanted
    const { inspect } = this.#looks
    this.#containers = new Containers(program, inspect)
    this.#packages = new PackagesLook({ program, containers: this.#containers, inspect }, needRestart)
    this.#leftBehind = new LeftBehind(program, this.#containers)
    this.#renewed = new RenewedPackages(program)
  }

  get all(): Contribution[] {
    return [...this.#pairs.all]
  }

  /** Evaluations are watched from now on. */
  watch(): void {
    if (!this.#isWanted || !this.#looks.isOff) return
    this.#looks.begin()
    if (this.#containers.behind().length === 0) return
    // What is loaded by now has to be indexed.
    this.#loads++
    this.#schedule(calm)
  }

  /** Node got the source of a module. */
  evaluationBegan(module: HotModule): void {
    if (this.#looks.isOff) return
    this.#evaluated.add(module)
    this.#packages.evaluationBegan(module)
    this.#mayHavePatched ||= mayPatch(module.file?.text ?? '')
    this.#loads++
    this.#growth?.evaluationBegan()
    if (this.#timer) this.#timer.refresh()
    else this.#schedule(calm)
  }

  /** The ids of an update, and those that become stale because of what was learned. */
  widen(ids: readonly string[]): { readonly ids: string[]; readonly pairs: readonly Pair[] } {
    const plan = (ids: readonly string[]) => new Set(this.#program.graph.plan(ids).map(({ id }) => id))
    return this.#renewed.widen(ids, plan, ids => this.#pairs.widen(ids, plan))
  }

  /** Part of the publishing step. */
  published(stale: Iterable<HotModule>): void {
    if (this.#renewed.published(new Set(stale))) this.#leftBehind.packagesRenewed()
  }

  /** An update is about to clean up these modules. Resolves when all others are indexed: it must not decide without knowing them. */
  async began(stale: Iterable<HotModule>): Promise<void> {
    this.#updates++
    const replaced = new Set(stale)
    await this.#completeIndex(replaced)
    if (this.#looks.isOff) return
    this.#packages.updateBegan()
    this.#evaluated.clear()
    if (!this.#pairs.isEmpty) {
      const used = usedIds(this.#program)
      this.#pairs.updateBegan(id => this.#program.graph.importersOf(id).filter(importer => used.has(importer)))
    }
    const containers = this.#containers.current(replaced)
    const overwritten = new Overwritten(containers, this.#looks.inspect, this.#containers.scripts)
    const rearranged = new Rearranged(containers)
    const parked = new ParkedData()
    const measures = { overwritten, rearranged, parked }
    const growth = new Growth(containers, measures, isOver => void this.#learnLater(growth, isOver))
    this.#growth?.end()
    this.#growth = growth
  }

  /** Runs the function that re-evaluates the modules of the newest update. Resolves even when it throws. */
  evaluate(run: () => unknown): Promise<Evaluated> {
    const growth = this.#growth ?? new Growth([])
    const ids = () => [...this.#evaluated].map(({ id }) => id)
    const suspects = () => this.#suspect({ by: undefined, inside: '' })
    const left = () => {
      this.#learning = this.#learn(growth)
      return this.#learning
    }
    // Not awaited here, because an `await` would show in the stacks of the program's errors.
    return growth.measure(run).then(
      async () => {
        this.#onTrial = []
        this.#renewed.ended(true)
        this.#packages.evaluated(this.#evaluated)
        const restart = this.#restartReason(growth)
        if (restart !== undefined) this.#needRestart(restart)
        const evaluated = ids()
        return { failure: undefined, left: await left(), restart, suspects, evaluated }
      },
      async (error: unknown) => {
        const failure = this.#failureOf(error)
        const evaluated = ids()
        return { failure, left: await left(), restart: undefined, suspects, evaluated }
      },
    )
  }

  /** The new pairs that an evaluation has shown. */
  async #learn(growth: Growth): Promise<Pair[]> {
    if (growth !== this.#growth) return []
    const [program, containers] = [this.#program, this.#containers]
    const grown = growth.grown()
    if (grown.length === 0 && this.#leftBehind.isEmpty && this.#pairs.isEmpty) return []
    const used = usedIds(this.#program)
    const evaluated = new Set([...this.#evaluated].map(({ id }) => id))
    const seen = grown.flatMap(
      addition =>
        this.#looks.inspect(inspector => pairsOf(addition, this.#evaluated, { program, containers, inspector })) ?? [],
    )
    seen.push(...(await this.#leftOnOthers(used)))
    const learned = seen.filter(pair => this.#pairs.add(pair))
    // What they added goes with them, so there is nothing to remember.
    const unused = this.#pairs.takeUnused(used)
    return [...learned, ...unused.filter(pair => !learned.includes(pair) && !evaluated.has(pair.receiver))]
  }

  /** Looks for what is left in slices: a module may lead to tens of thousands of objects, and requests must not wait for all of them. */
  async #leftOnOthers(used: ReadonlySet<string>): Promise<Pair[]> {
    const update = this.#updates
    const search = () => this.#leftBehind.pairs(this.#looks.inspector, ({ id }) => used.has(id))
    const found = await this.#looks.findAll(search, () => update === this.#updates)
    return found.filter(pair => pair !== undefined)
  }

  async #learnLater(growth: Growth, isOver: boolean): Promise<void> {
    await this.#learning
    if (growth !== this.#growth) return
    const [program, containers] = [this.#program, this.#containers]
    const seen = this.#looks.inspect(inspector =>
      laterPairs(growth, isOver, this.#evaluated, { program, containers, inspector }),
    )
    const learned = (seen ?? []).filter(pair => this.#pairs.add(pair))
    if (learned.length > 0) this.#addedLater(learned)
  }

  /** Something is left where nothing is evaluated anew: on an object of Node, in a package, or on `globalThis`. */
  #restartReason({ parked }: Growth): string | undefined {
    const [containers, evaluated] = [this.#containers, this.#evaluated]
    return this.#looks.inspect(inspector => {
      const left = this.#leftBehind.restartReason(inspector)
      return left ?? parked?.grown().flatMap(grown => parkedReason(grown, evaluated, { containers, inspector }))[0]
    })
  }

  /** What refused the newest evaluation, if its error may come from what an earlier evaluation left. */
  #failureOf(error: unknown): Failure {
    // Then the modules that were suspected are not to blame.
    for (const pair of this.#onTrial) this.#pairs.delete(pair)
    this.#onTrial = []
    this.#renewed.ended(false)
    const thrown = whoThrew(this.#program, this.#evaluated, error)
    const contributors = thrown?.by ? [thrown.by] : [...this.#evaluated]
    const packages = () => this.#renewed.suspect(thrown?.packages ?? [], contributors)
    return { error, thrown, suspects: () => (thrown ? this.#suspect(thrown) : []), packages }
  }

  #suspect(thrown: Thrown): readonly Contribution[] {
    const [program, containers] = [this.#program, this.#containers]
    const pairs = this.#looks.inspect(inspector =>
      suspects(thrown, this.#evaluated, { program, containers, inspector }),
    )
    this.#onTrial = (pairs ?? []).filter(pair => this.#pairs.add(pair))
    return this.#onTrial
  }

  end(): void {
    clearTimeout(this.#timer)
    this.#growth?.end()
    this.#packages.end()
    this.#looks.end()
  }

  #schedule(delay: number): void {
    if (this.#timer || this.#looks.isOff) return
    this.#timer = setTimeout(() => {
      if (!canIterate()) return
      this.#timer = undefined
      if (!this.#continue()) this.#schedule(pause)
    }, delay).unref()
  }

  /** Works on the index until it has seen every module but these. The program runs on between the slices. */
  async #completeIndex(except: ReadonlySet<HotModule>): Promise<void> {
    // Modules that were still being evaluated, or were left out last time, are looked at once more.
    if (this.#containers.behind().some(module => !except.has(module))) this.#indexedLoads = -1
    while (!this.#looks.isOff && (this.#indexing !== undefined || this.#indexedLoads !== this.#loads)) {
      if (!this.#continue(except)) await new Promise(resolve => setImmediate(resolve))
    }
  }

  /** Works on the index for one slice. Says whether it is complete. */
  #continue(except?: ReadonlySet<HotModule>): boolean {
    this.#indexing ??= this.#lookThrough(except)
    const isDone = this.#looks.run(this.#indexing)
    if (isDone === false) return false
    this.#indexing = undefined
    if (isDone || this.#looks.isOff) this.#failures = 0
    // What the exception did not concern can still be indexed.
    else if (++this.#failures < manyFailures) return false
    else this.#indexedLoads = this.#loads
    return true
  }

  *#lookThrough(except?: ReadonlySet<HotModule>): Generator<void> {
    const loads = this.#loads
    const { inspector } = this.#looks
    const behind = this.#containers.behind()
    yield* this.#containers.index(except ? behind.filter(module => !except.has(module)) : behind, inspector)
    const mayHavePatched = this.#mayHavePatched
    this.#mayHavePatched = false
    try {
      yield* this.#leftBehind.look(inspector, mayHavePatched)
    } catch (error) {
      this.#mayHavePatched ||= mayHavePatched
      throw error
    }
    this.#indexedLoads = loads
  }
}
