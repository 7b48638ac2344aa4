/**
 * Reports of updates: the plan of each, what was disposed and re-evaluated, when, and how it ended. Nothing is noted unless somebody
 * listens.
 */
import { channel } from 'node:diagnostics_channel'
import type { EventEmitter } from 'node:events'
import type { Contribution, Evaluated } from '../contributions/evaluated.ts'
import type { HotModule } from '../modules/module.ts'
import type { Program } from '../modules/program.ts'
import { ownImport } from '../node/own-import.ts'
import type { Plan } from './plan.ts'

/** Taken before the program may replace it. */
const { setImmediate } = globalThis

/** The scope of a module was disposed. Times are in ms since the update began. */
export interface Disposal {
  readonly id: string
  readonly start: number
  readonly duration: number
}

/** The evaluation of a module began: Node took its source. */
export interface Evaluation {
  readonly id: string
  readonly version: number
  /** In ms since the update began. */
  readonly start: number
}

/** An update that is over. */
export interface UpdateReport {
  /** What was known before anything was touched. */
  readonly plan: Plan
  /**
   * `live`: it was published, and what was re-evaluated at once has ended well. `held`: a check refused it, and the previous state
   * stays. `failed`: it was published, and its evaluation threw.
   */
  readonly result: 'live' | 'held' | 'failed'
  /** Why it failed, or does not link. */
  readonly error: unknown
  /** When it began, in ms since 1970. */
  readonly time: number
  /** From its beginning until it was published, in ms. `undefined` for one that is held. */
  readonly published: number | undefined
  /** From its beginning until everything in this report was over, in ms. */
  readonly duration: number
  /** In the order in which they ended. */
  readonly disposals: readonly Disposal[]
  /** In the order in which they began. */
  readonly evaluations: readonly Evaluation[]
  /** What evaluations newly added to other modules. */
  readonly contributions: readonly Contribution[]
}

/** The channels of `node:diagnostics_channel`. Their names and what they carry are part of the API. */
export const channels = {
  /** A {@link Plan}: an update begins, and nothing is touched yet. */
  plan: channel('hot:plan'),
  /** A {@link Disposal}. */
  dispose: channel('hot:dispose'),
  /** An {@link Evaluation}. */
  evaluate: channel('hot:evaluate'),
  /** An {@link UpdateReport}. */
  update: channel('hot:update'),
}

type Open = { -readonly [name in keyof UpdateReport]: UpdateReport[name] } & {
  disposals: Disposal[]
  evaluations: Evaluation[]
}

export class Reports {
  readonly #program: Program
  readonly #events: EventEmitter
  #open: Open | undefined
  #began = 0
  /** Whether `hot.evaluate` tells the end of the evaluation. */
  #isFollowed = false

  constructor(program: Program, events: EventEmitter) {
    this.#program = program
    this.#events = events
  }

  /** Does anybody listen? */
  get areWanted(): boolean {
    return (
      this.#events.listenerCount('update') > 0 ||
      channels.update.hasSubscribers ||
      channels.plan.hasSubscribers ||
      channels.dispose.hasSubscribers ||
      channels.evaluate.hasSubscribers
    )
  }

  /** An update begins. The one before it is over, even if one of its modules still waits. */
  begin(plan: () => Plan): void {
    this.#end()
    if (!this.areWanted) return
    this.#began = performance.now()
    this.#open = {
      plan: plan(),
      result: 'live',
      error: undefined,
      time: Date.now(),
      published: undefined,
      duration: 0,
      disposals: [],
      evaluations: [],
      contributions: [],
    }
    channels.plan.publish(this.#open.plan)
  }

  /** The staged state does not link. */
  linkFailed(error: unknown): void {
    if (this.#open) this.#open.error = error
  }

  held(): void {
    this.#end()
  }

  disposed(id: string, duration: number): void {
    if (!this.#open) return
    const disposal = { id, start: performance.now() - this.#began - duration, duration }
    this.#open.disposals.push(disposal)
    channels.dispose.publish(disposal)
  }

  published(): void {
    if (this.#open) this.#open.published = performance.now() - this.#began
  }

  evaluationBegan({ id, version }: HotModule): void {
    if (!this.#open && !channels.evaluate.hasSubscribers) return
    const evaluation = { id, version, start: this.#open ? performance.now() - this.#began : 0 }
    this.#open?.evaluations.push(evaluation)
    channels.evaluate.publish(evaluation)
  }

  /** The program re-evaluates what is stale: the update is over when that is. */
  follow(evaluated: Promise<Evaluated>): void {
    const open = this.#open
    if (!open) return
    this.#isFollowed = true
    evaluated.then(
      ({ failure, left }) => {
        if (open !== this.#open) return
        open.contributions = left
        if (failure) this.#fail(failure.error)
        this.#end()
      },
      () => {},
    )
  }

  /** `filesUpdated` is about to be raised: what its listeners import at once is part of the update. */
  told(): void {
    const open = this.#open
    if (!open) return
    setImmediate(() => void this.#settle(open))
  }

  async #settle(open: Open): Promise<void> {
    for (let seen = -1; seen !== open.evaluations.length && open === this.#open && !this.#isFollowed; ) {
      seen = open.evaluations.length
      const evaluated = new Set(open.evaluations.map(({ id }) => id))
      for (const { id, version } of [...open.evaluations]) {
        const module = this.#program.byId(id)
        // CommonJS has ended when its source was taken. What is imported by another of them ends before that one.
        if (!module || module.commonjs || module.version !== version) continue
        if (this.#program.graph.importersOf(id).some(importer => evaluated.has(importer) && importer !== id)) continue
        try {
          await ownImport(id) // It is evaluated, or waits at a top-level await: this starts nothing.
        } catch (error) {
          if (open === this.#open) this.#fail(error)
        }
      }
    }
    if (open === this.#open && !this.#isFollowed) this.#end()
  }

  #fail(error: unknown): void {
    this.#open!.result = 'failed'
    this.#open!.error = error
  }

  #end(): void {
    const open = this.#open
    this.#open = undefined
    this.#isFollowed = false
    if (!open) return
    open.duration = performance.now() - this.#began
    if (open.published === undefined) open.result = 'held'
    try {
      this.#events.emit('update', open)
    } catch (error) {
      this.#program.report(error)
    }
    channels.update.publish(open)
  }
}
