/**
 * One process of a program, from save to save. Staged and finished updates come in from the hooks; re-evaluations of the entry
 * point, messages, and requests for a restart go out. The invariant: a save is live, held, or has failed, and one line says which.
 */
import { isatty } from 'node:tty'
import { fileURLToPath } from 'node:url'
import type { Lifetimes } from '@hot/dispose/auto'
import type { Contribution, Failure, FinishedUpdate, Hot, StagedUpdate } from '@hot/hooks'
import type { FileTree } from '../../tree.ts'
import type { Show } from '../messages/show.ts'
import { isInPackages, projectFolder } from '../shared/find-root.ts'
import { watchPackages } from '../shared/installed-packages.ts'
import type { Options } from '../shared/options.ts'
import { lifetimesOf } from './automatic-lifetimes.ts'
import { Awake } from './awake.ts'
import { reasonToCompile } from './compiler-chosen.ts'
import { Ending } from './ending.ts'
import { Entry } from './entry.ts'
import { environmentFiles } from './environment-files.ts'
import { pageOf } from './failed-page.ts'
import { canIterate } from './hidden-listeners.ts'
import { openProgram } from './hot-program.ts'
import { KeyCommands } from './key-commands.ts'
import { Onlookers } from './onlookers.ts'
import { isPackagesOwn, Reports } from './reports.ts'
import { reasonOutside, restartReasons } from './restarting-saves.ts'
import { check } from './save-check.ts'
import { UnnoticedSaves } from './unnoticed-saves.ts'
import { Widening } from './widening.ts'
import { followStarts } from './worker-files.ts'

/** Taken before the program may replace them. */
const { setTimeout, clearTimeout } = globalThis

/** When a program is taken to run, in ms: its evaluation keeps this from coming. */
const soon = 50
/** How long an evaluation may take, in ms, before it is said where it waits. */
const longEvaluation = 3_000

export class Session {
  readonly hot: Hot
  #entry: Entry
  readonly #tree: FileTree
  readonly #options: Options
  readonly #supervised: boolean
  readonly #reports: Reports
  readonly #show: Show
  readonly #ending: Ending
  readonly #keys: KeyCommands
  #unnoticed: UnnoticedSaves | undefined
  readonly #lifetimes: Lifetimes | undefined
  readonly #widening: Widening
  readonly #onlookers: Onlookers
  /** The update that began last, for lifetimes. */
  #update: number | undefined
  /** What the entry point depended on when it was evaluated well. */
  #sound = new Set<string>()
  /** Whether the newest evaluation failed: any save is reason enough to try again. */
  #failed = false
  /** How many invalidations of our own are under way, and whether a save came in the meantime. */
  #mending = 0
  #retry = false
  /** Counts evaluations of the entry point: what a superseded one ends with is nobody's concern. */
  #life = 0
  #evaluatedBefore = 0
  readonly #awake = new Awake()

  constructor(entry: string, options: Options, supervised: boolean) {
    this.#options = options
    this.#supervised = supervised
    this.#entry = new Entry(entry)
    this.#reports = new Reports(options, supervised)
    this.#show = this.#reports.show
    this.#keys = new KeyCommands(this.#show)
    const { tree, hot } = openProgram(this.#entry, options)
    this.#tree = tree
    this.hot = hot
    this.#lifetimes = options.auto === false ? undefined : lifetimesOf(this.hot)
    this.#widening = new Widening(this.hot, entry)
    this.#onlookers = new Onlookers(options, this.hot, this.#lifetimes)
    this.#ending = new Ending(this.hot, supervised, this.#show)
    if (this.#tree.pathOf(this.#entry.url) === undefined && !isInPackages(entry)) {
      this.#show.note(`${entry} lies outside ${this.#tree.root}: it is not hot. Give the folder with --root.`)
    }
  }

  begin(): void {
    const { hot } = this
    hot.check(update => this.#check(update))
    hot.cleanup(stale => this.#disconnect(stale.map(({ module }) => module.id)))
    hot.on('updated', update => void this.#updated(update))
    hot.on('restartNeeded', reason => this.#ending.restart(reason))
    hot.on('addedLater', left => this.#widenLater(left))
    this.#tree.on('saveReverted', () => this.#failed || this.#onlookers.reverted())
    this.#tree.on('error', (error: unknown) => this.#show.error(error, hot, ''))
    this.#tree.watch({ persistent: false, ...(this.#options.poll ? { poll: this.#options.poll } : {}) })
    const root = fileURLToPath(this.#tree.root)
    watchPackages(projectFolder(this.#entry.filename), root, reason => this.#ending.restart(reason))
    for (const file of environmentFiles()) hot.restartWhenChanged(file, 'a process reads its environment once')
    const letGo = () => {
      this.#awake.end()
      this.#lifetimes?.stop()
    }
    this.#ending.prepare(this.#keys.all, error => this.#toCompile(error), letGo)
    if (this.#options.verbose) this.#unnoticed = new UnnoticedSaves(this.#tree, text => this.#show.note(text))
    followStarts(hot, this.#entry.url, reason => this.#ending.restart(reason))
    this.#onlookers.begin(text => this.#show.note(text))
    this.#lifetimes?.start()
    this.#sayWaiting(() => this.#life === 0)
    this.#sayStarted(root)
  }

  async #check(update: StagedUpdate): Promise<boolean> {
    this.#followEntry()
    this.#reports.saved(update.changes)
    this.#unnoticed?.noticed(update.changes.map(({ path }) => path))
    if (this.#isForOutside(update)) return false
    this.#awake.keep(true)
    this.#ending.checks()
    try {
      await check(update)
    } catch (error) {
      const reason = this.#toCompile(error, update)
      if (reason !== undefined) this.#ending.restart(reason, undefined, true)
      if (this.#ending.begun) return false
      this.#reports.held(error, this.hot, update, this.#failed ? '' : 'Not live: kept the old version running.')
      const page = pageOf(error, this.hot, update.stale, update)
      if (this.#failed) this.#lifetimes?.evaluationFailed(error, page)
      this.#onlookers.broken('This save is not live: the old version is still running', page)
      this.#awake.keep(this.#failed)
      return false
    }
    this.#ending.saved()
    this.#update = this.#lifetimes?.updateBegan()
    this.#widening.began(update.widened)
    this.#show.plan(update.stale)
    this.#keys.saved(update.stale)
    this.#evaluatedBefore = this.hot.stats().evaluated
    if (!this.#failed) this.#sound = this.#entry.reach(this.hot)
    for (const { module } of update.stale) if (module.entry && module.loaded) this.#entry.commonjs = module.commonjs
    return true
  }

  async #updated(update: FinishedUpdate): Promise<void> {
    const lifetime = this.#update
    // What needs a restart is told right after this event.
    await Promise.resolve()
    for (const reason of restartReasons(update, this.hot, this.#options)) this.#ending.restart(reason)
    if (this.#ending.begun) return
    const own = this.#mending > 0 && update.changes.length === 0
    if (own) this.#mending--
    if (own ? !this.#retry : this.#mending > 0) {
      this.#retry = !own
      return
    }
    this.#retry = false
    const started = performance.now()
    const needed = own || this.#failed || update.stale.some(({ module }) => module.entry)
    if (needed && !(await this.#evaluate(update))) return
    const { modules } = this.hot.stats()
    const { save, why } = own ? { save: update, why: '' } : this.#widening.complete(update)
    const accepted = update.stale.filter(({ loaded }) => loaded).map(({ module }) => module.id)
    const ids = needed ? this.#widening.evaluated : accepted
    const evaluated = needed ? ids.length : this.hot.stats().evaluated - this.#evaluatedBefore
    if (!(await this.#isServed(lifetime, save))) return
    this.#awake.keep(false)
    if (own) return
    const duration = save.duration + performance.now() - started
    const unused = update.stale.length === 0 && !needed
    this.#onlookers.live({ unused: unused ? save.changes.map(({ path }) => path) : [], evaluated: !unused })
    if (unused && save.changes.length > 0) return this.#reports.unused(save.changes, modules)
    const quiet = !needed && isPackagesOwn(update)
    const paths = ids.map(id => this.#tree.pathOf(id) ?? id)
    this.#reports.live(save.changes, { paths, evaluated, modules, duration, why, quiet })
  }

  /** Why an error calls for the compiler of the project, if one may be chosen. */
  #toCompile(error: unknown, update?: StagedUpdate): string | undefined {
    const isChosen = this.#supervised && this.#options.compiler !== false
    return isChosen ? reasonToCompile(error, this.#entry.filename, this.hot, update) : undefined
  }

  /** A tool may load the program's file as the main one (PM2): then that is the entry point. */
  #followEntry(): void {
    const { entry } = this.hot
    if (entry !== undefined && entry !== this.#entry.url) this.#entry = new Entry(fileURLToPath(entry))
  }

  /** Modules that a tool outside the tree has imported: it cannot be re-evaluated, so they stay as they are until a restart. */
  #isForOutside(update: StagedUpdate): boolean {
    const reason = reasonOutside(update, this.hot, this.#entry.filename, this.#supervised)
    if (reason !== undefined) this.#ending.restart(reason)
    return reason !== undefined
  }

  /** Evaluates the entry point again. Says whether that is over, and went well. */
  async #evaluate(update: FinishedUpdate): Promise<boolean> {
    const life = ++this.#life
    const stop = this.#sayWaiting(() => life === this.#life)
    const evaluation = await this.hot.evaluate(() => this.#entry.evaluate(this.hot)).finally(stop)
    if (life !== this.#life) return false
    const { failure, left, restart } = evaluation
    this.#widening.ended(evaluation, update)
    this.#failed = failure !== undefined
    if (failure) return this.#fail(failure, left, update, life)
    if (restart !== undefined) this.#ending.restart(restart)
    if (this.#ending.begun) return false
    if (!this.#widening.isNeeded(left)) return true
    await this.#widen(update, left)
    return false
  }

  /** Re-evaluates what an evaluation has left something on: the second half of a save. */
  #widen(update: FinishedUpdate, receivers: readonly Contribution[]): Promise<void> {
    // A save may come first, which is another update.
    return this.#widening.begin(update, receivers, () => {
      this.#update = this.#lifetimes?.updateBegan()
    })
  }

  /** What nobody awaited has left something on others: another second half of the newest save, which has been live since. */
  #widenLater(left: readonly Contribution[]): void {
    const save = this.#widening.newestSave
    if (save && !this.#failed && !this.#ending.begun && this.#widening.isNeeded(left)) void this.#widen(save, left)
  }

  async #fail(failure: Failure, left: readonly Contribution[], update: FinishedUpdate, life: number): Promise<false> {
    const { believe, receivers, restart } = await this.#widening.judge(failure, left)
    if (life !== this.#life) return false
    if (receivers) {
      await this.#widen(update, receivers)
      return false
    }
    if (restart !== undefined) this.#ending.restart(restart)
    if (!believe && this.#ending.begun) return false
    const { error } = failure
    this.#reports.failed(error, this.hot, this.#widening.complete(update).save, update.stale)
    const page = pageOf(error, this.hot, update.stale)
    this.#onlookers.broken(page(true).title, page)
    await this.hot.send('vite:error', { type: 'error', err: error })
    await this.#mend(update)
    if (this.#failed && life === this.#life) this.#lifetimes?.evaluationFailed(error, page)
    return false
  }

  /**
   * Closes what a failed version has opened, and makes its modules stale: Node would answer with the same error at every
   * further import. What had been sound before, and is not stale, stays as it is.
   */
  async #mend(update: FinishedUpdate): Promise<void> {
    const failed = new Set(update.stale.filter(({ module }) => module.loaded).map(({ module }) => module.id))
    for (const id of this.#entry.reach(this.hot)) if (!this.#sound.has(id)) failed.add(id)
    failed.add(this.#entry.url)
    this.#mending++
    await this.hot.invalidate([...failed])
  }

  /** A connection that is closed must not be another module's: where that cannot be told, a fresh process is right. */
  async #disconnect(stale: readonly string[]): Promise<void> {
    const [doubtful] = (await this.#lifetimes?.disconnect(stale))?.doubtful ?? []
    if (doubtful === undefined) return
    this.#ending.restart(
      `${doubtful} may belong to what changed: close it in \`import.meta.hot.dispose()\` where it is opened, and it stays hot`,
    )
  }

  /** Waits until the new version serves what was served. If it does not, a fresh process says what is right. Says whether it is live. */
  async #isServed(lifetime: number | undefined, update: FinishedUpdate): Promise<boolean> {
    const [unserved] = (await this.#lifetimes?.updateFinished(lifetime))?.unserved ?? []
    if (this.#update !== lifetime || this.#ending.begun) return false
    if (unserved === undefined || this.#failed) return unserved === undefined
    const life = this.#life
    const { believe, receivers, restart, note } = await this.#widening.judgeUnserved(unserved)
    if (life !== this.#life) return false
    if (restart !== undefined) this.#ending.restart(restart)
    else if (receivers) await this.#widen(update, receivers)
    else if (note !== undefined) this.#show.note(note)
    return believe === true
  }

  /** Once the program runs: one that has ended by then has nothing to be told of. */
  #sayStarted(root: string): void {
    const start = { entry: this.#entry.filename, root, keys: this.#supervised && isatty(0) }
    if (!this.#supervised && !isatty(2)) return // nobody is told, and a timer can be seen by the program
    setTimeout(() => {
      if (this.#ending.begun || !canIterate()) return
      this.#reports.started({ ...start, modules: this.hot.stats().modules, compiler: this.#options.compiledBy })
    }, soon).unref()
  }

  /** Says where an evaluation that takes long is waiting. Returns what ends that. */
  #sayWaiting(isCurrent: () => boolean): () => void {
    const timer = setTimeout(async () => {
      const places = await this.hot.waitingAt()
      if (isCurrent() && !this.#ending.begun) this.#show.waiting(places)
    }, longEvaluation).unref()
    return () => clearTimeout(timer)
  }
}
