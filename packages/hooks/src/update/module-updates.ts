/**
 * Updates: staged bytes come in through the tree's `beforeUpdate`, and re-evaluable modules go out with `filesUpdated`. The
 * invariant: one update at a time, and until its one synchronous publishing step every import gets the previous state, whole.
 *
 * This file: one update, in its order: plan, check, clean up, publish, tell.
 */

import type { Boundary } from '@hot/graph'
import type { Change, FileTree, FollowedChange, Update } from '@hot/tree'
import type { Contributions } from '../contributions/contributions.ts'
import type { Contribution } from '../contributions/evaluated.ts'
import type { Evaluations } from '../hot/evaluations.ts'
import { updatePayload } from '../hot/vite-events.ts'
import { isThroughLink } from '../loading/links.ts'
import { forgetResolvedNames } from '../loading/require.ts'
import type { HotModule } from '../modules/module.ts'
import { placeOf, staged } from '../modules/places.ts'
import type { Program } from '../modules/program.ts'
import type { StaleModule } from '../modules/stale-module.ts'
import { renewUnfinished, supersede } from '../modules/supersede.ts'
import type { Reads } from '../reads/reads.ts'
import { changedIds, forgetNamed } from './changed-modules.ts'
import { checkLinks } from './link-check.ts'
import { type Plan, planOf } from './plan.ts'
import type { Reports } from './reports.ts'

/** Taken before the program may replace them. */
const { setImmediate } = globalThis

/** A staged update, before anything is touched. */
export interface StagedUpdate {
  readonly tree: FileTree
  /** Files of the tree, and what modules have read without being part of it. */
  readonly changes: readonly Change[]
  readonly stale: readonly StaleModule[]
  /** Why modules are stale that nothing stale is imported by: others leave something on them. */
  readonly widened: readonly Contribution[]
  readonly files: Pick<Update, 'file'>
  /**
   * Rejects with what Node says if the staged state of what is stale does not parse, resolve or link; nothing is evaluated.
   * It sees the static imports of ES modules: not `require`, dynamic imports, or what is inside CommonJS modules.
   */
  link(): Promise<void>
}

/** `false` holds the update: nothing is disposed or published, and what is staged waits for the next save. */
export type Check = (update: StagedUpdate) => boolean | Promise<boolean>

/** Called and awaited when the scopes of what is stale are disposed, before anything of it can be re-evaluated. */
export type Cleanup = (stale: readonly StaleModule[]) => unknown

/** An update that was published, just before `filesUpdated` is raised. */
export interface FinishedUpdate {
  /** Files of the tree, and what modules have read without being part of it. */
  readonly changes: readonly Change[]
  /** Those that are no part of the tree. */
  readonly followed: readonly FollowedChange[]
  readonly stale: readonly StaleModule[]
  /** Milliseconds since the bytes were staged. */
  readonly duration: number
}

interface Published {
  readonly stale: readonly StaleModule[]
  readonly boundaries: readonly Boundary[]
  /** Calls the callbacks of the boundaries at which the propagation stopped. */
  accept(): Promise<void>
  /** Disposes scopes that were opened while other scopes were being disposed. */
  disposeLate(): Promise<void>
}

/** How often cleanups may open new scopes: one that re-evaluates its own module must not keep an update from ending. */
const rounds = 8

export class ModuleUpdates {
  readonly #checks: Check[] = []
  readonly #cleanups = new Set<Cleanup>()
  readonly #program: Program
  readonly #evaluations: Evaluations
  readonly #reads: Reads
  readonly #contributions: Contributions
  readonly #reports: Reports
  readonly #finished: (update: FinishedUpdate) => void

  constructor(
    program: Program,
    evaluations: Evaluations,
    {
      reads,
      contributions,
      reports,
    }: { readonly reads: Reads; readonly contributions: Contributions; readonly reports: Reports },
    finished: (update: FinishedUpdate) => void,
  ) {
    this.#program = program
    this.#evaluations = evaluations
    this.#reads = reads
    this.#contributions = contributions
    this.#reports = reports
    this.#finished = finished
  }

  /** Adds a function that ends what stale modules leave open; returns the remover. */
  addCleanup(cleanup: Cleanup): () => void {
    this.#cleanups.add(cleanup)
    return () => void this.#cleanups.delete(cleanup)
  }

  /** Adds a function that may hold an update; returns the remover, which is safe to call twice. */
  addCheck(check: Check): () => void {
    // One of its own for each call: the same function may be added twice.
    const added: Check = update => check(update)
    this.#checks.push(added)
    return () => {
      const at = this.#checks.indexOf(added)
      if (at >= 0) this.#checks.splice(at, 1)
    }
  }

  /** Takes part in a tree's updates; returns the remover. */
  attach(tree: FileTree): () => void {
    return tree.beforeUpdate(async (changes, update) => {
      const done = await this.#program.queue.whenFree()
      try {
        if (!(await this.#update(tree, changes, update, done))) done()
      } catch (error) {
        done()
        throw error
      }
    })
  }

  /** One update of a tree's files. Returns whether it will be published; `done` is called when its end was told. */
  async #update(tree: FileTree, files: readonly Change[], update: Update, done: () => void): Promise<boolean> {
    const staged = performance.now()
    forgetNamed(this.#program)
    this.#evaluations.reviewPartial()
    this.#reads.flush()
    const followed = this.#reads.dependedOn(tree, update.followed)
    const changes = [...files, ...followed.map(({ path, kind }) => ({ path, kind }))]
    const changed = () =>
      this.#contributions.widen([...changedIds(this.#program, tree, files), ...followed.map(({ id }) => id)])
    const { ids, pairs } = changed()
    this.#reports.begin(() => planOf(this.#program, ids, changes, pairs))
    const plan: StagedUpdate = {
      tree,
      changes,
      stale: this.#program.plan(ids),
      widened: pairs,
      files: update,
      link: () => this.#link(tree, ids, update),
    }
    if (!(await this.#pass(plan))) {
      this.#reports.held()
      update.hold()
      return false
    }
    await this.#cleanUp(ids, changes)
    update.onPublish(() => {
      // Modules of new files may have been asked for since.
      const published = this.#publish(changed().ids, changes, tree)
      update.afterPublish(() => this.#tell(published, changes, staged, [tree], followed).finally(done))
    })
    return true
  }

  async #link(tree: FileTree, ids: readonly string[], update: Update): Promise<void> {
    const fileOf = (module: HotModule) => (module.tree === tree ? update.file(module.path) : module.file)
    try {
      await checkLinks(this.#program, { ids, fileOf })
    } catch (error) {
      placeOf(this.#program, error, staged(this.#program, tree, update))
      this.#reports.linkFailed(error)
      await this.#evaluations.notify('vite:error', { type: 'error', err: error })
      throw error
    }
  }

  /** Makes modules stale with no file changed: `import.meta.hot.invalidate()`, or a worker that runs an old file. */
  async invalidate(ids: readonly string[], began?: () => void): Promise<void> {
    const done = await this.#program.queue.whenFree()
    try {
      began?.()
      const staged = performance.now()
      forgetNamed(this.#program)
      this.#evaluations.reviewPartial()
      const widened = this.#contributions.widen(ids)
      this.#reports.begin(() => planOf(this.#program, widened.ids, [], widened.pairs))
      await this.#cleanUp(widened.ids, [])
      await new Promise(resolve => setImmediate(resolve))
      const published = this.#publish(widened.ids, [], undefined)
      await this.#tell(published, [], staged, [])
    } finally {
      done()
    }
  }

  /** What is stale if these files of a tree change. Nothing is touched. */
  plan(tree: FileTree, changes: readonly Change[]): Plan {
    this.#reads.flush()
    const { ids, pairs } = this.#contributions.widen(changedIds(this.#program, tree, changes))
    return planOf(this.#program, ids, changes, pairs)
  }

  async #pass(update: StagedUpdate): Promise<boolean> {
    for (const check of [...this.#checks]) if (!(await check(update))) return false
    return true
  }

  async #cleanUp(ids: readonly string[], changes: readonly Change[]): Promise<void> {
    const { scopes } = this.#program
    await this.#contributions.began(this.#program.plan(ids).map(({ module }) => module))
    await this.#evaluations.announce(ids, changes)
    for (let round = 0; round < rounds; round++) {
      const live = this.#program.plan(ids).filter(({ module }) => scopes.get(module.id)?.disposed === false)
      if (live.length === 0) break
      this.#program.report(await scopes.dispose(live.map(({ module }) => module.id)))
    }
    if (this.#cleanups.size > 0) await this.endOpen(this.#program.plan(ids))
  }

  /** Ends what stale modules leave open. */
  async endOpen(stale: readonly StaleModule[]): Promise<void> {
    for (const cleanup of this.#cleanups) {
      try {
        await cleanup(stale)
      } catch (error) {
        this.#program.report(error)
      }
    }
  }

  /** The step in which everything is exchanged at once. Nothing in it waits. */
  #publish(ids: readonly string[], changes: readonly Change[], tree: FileTree | undefined): Published {
    const { graph, scopes } = this.#program
    // Modules that failed are loaded anew, since Node does not always give a second importer the same answer.
    const unfinished = renewUnfinished(this.#program, ids)
    const steps = graph.plan(ids)
    const boundaries = graph.boundaries(steps)
    const accept = this.#evaluations.takeCallbacks(boundaries)
    const late = [...unfinished, ...steps.map(({ id }) => id)]
      .flatMap(id => scopes.get(id) ?? [])
      .filter(scope => !scope.disposed)
    const stale = supersede(this.#program, ids)
    this.#contributions.published(stale.map(({ module }) => module))
    if (tree && changes.some(({ kind, path }) => kind !== 'changed' || isThroughLink(tree, path))) {
      this.#program.forgetResolutions()
      forgetResolvedNames(tree)
    }
    this.#reports.published()
    const removed = changes.filter(({ kind }) => kind === 'removed')
    const gone = tree
      ? removed.flatMap(({ path }) => this.#program.modulesOfFile(tree, path).map(module => module.id))
      : []
    // A removed file has no imports.
    const lost = gone.flatMap(id => graph.dependenciesOf(id))
    for (const id of gone) graph.setDependencies(id, [])
    this.#program.afterUpdate?.importersRemoved(lost)
    return {
      stale,
      boundaries,
      accept,
      disposeLate: async () => {
        for (const scope of late) await scope.dispose().catch(error => this.#program.report(error))
        // Whatever these evaluations opened was not there yet when the others' was ended.
        if (late.length > 0) await this.endOpen(stale)
        await this.#evaluations.prune(gone)
      },
    }
  }

  async #tell(
    published: Published,
    changes: readonly Change[],
    staged: number,
    quiet: readonly FileTree[],
    followed: readonly FollowedChange[] = [],
  ): Promise<void> {
    await published.disposeLate()
    for (const { module, loaded } of published.stale) {
      if (loaded) module.tree.emit('moduleInvalidated', module.path)
    }
    await published.accept()
    await this.#evaluations.notify('vite:afterUpdate', {
      ...updatePayload(this.#program, published.boundaries),
      changes,
    })
    this.#finished({ changes, followed, stale: published.stale, duration: performance.now() - staged })
    this.#reports.told()
    const trees = new Set(published.stale.map(({ module }) => module.tree))
    for (const tree of quiet) trees.delete(tree)
    for (const tree of trees) tree.emit('filesUpdated', [])
  }
}
