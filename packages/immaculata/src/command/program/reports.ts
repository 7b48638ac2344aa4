/**
 * What is reported of each save: what became of it comes in, with the errors; a line for people and an event for programs go out. The
 * invariant: after `saved`, one of `live`, `held`, `failed` or `restarting` follows.
 */
import type { FinishedUpdate, Hot, StagedUpdate, StaleModule } from '@hot/hooks'
import type { Change } from '@hot/tree'
import { happened, type Plain } from '../messages/events.ts'
import { reportOf } from '../messages/report-error.ts'
import { Show, type Start, version } from '../messages/show.ts'
import { tell } from '../shared/channel.ts'
import type { Options } from '../shared/options.ts'
import { restartReason } from '../shared/restart-reasons.ts'

/** A save that is live. */
interface Done {
  /** The modules that were re-evaluated, and how many evaluations that was. */
  readonly paths: readonly string[]
  readonly evaluated: number
  /** How many modules there are. */
  readonly modules: number
  readonly duration: number
  readonly why: string
  /** Nobody saved it, so it is not worth a line. */
  readonly quiet: boolean
}

export class Reports {
  /** What is said besides. */
  readonly show: Show
  /** Is there a command that takes events? */
  readonly #isTold: boolean
  #savedAt = 0

  constructor(options: Options, supervised: boolean) {
    this.show = new Show(options)
    this.#isTold = supervised
  }

  started(start: Start): void {
    this.show.started(start)
    const { entry, root, modules, compiler } = start
    const duration = round(performance.now())
    const more = compiler === undefined ? {} : { compiler }
    this.#tell({ event: 'started', version: version(), entry, root, modules, duration, ...more })
  }

  /** A save was noticed, and is looked at. */
  saved(files: readonly Change[]): void {
    this.#savedAt = performance.now()
    this.show.clear()
    this.#tell({ event: 'saved', files })
  }

  held(error: unknown, hot: Hot, update: StagedUpdate, then: string): void {
    this.show.error(error, hot, then, update)
    const { changes: files } = update
    this.#tell({ event: 'held', files, duration: this.#sinceSave(), error: reportOf(error, hot, update) })
  }

  live(files: readonly Change[], { paths, evaluated, modules, duration, why, quiet }: Done): void {
    if (!quiet) this.show.saved(files, evaluated, modules, duration, why)
    const event = { event: 'live', files, modules: paths, of: modules } as const
    this.#tell({ ...event, duration: round(duration), ...(why === '' ? {} : { why }) })
  }

  /** No module depends on what was saved. */
  unused(files: readonly Change[], total: number): void {
    this.show.unused(files.filter(({ path }) => restartReason(path) === undefined && !path.endsWith('/package.json')))
    this.#tell({ event: 'live', files, modules: [], of: total, duration: this.#sinceSave() })
  }

  failed(error: unknown, hot: Hot, { changes: files }: FinishedUpdate, stale: readonly StaleModule[]): void {
    this.show.error(error, hot, 'Failed while it was evaluated: the next save tries again.')
    const event = { event: 'failed', files, modules: pathsOf(stale) } as const
    this.#tell({ ...event, duration: this.#sinceSave(), error: reportOf(error, hot) })
  }

  #sinceSave(): number {
    return round(performance.now() - this.#savedAt)
  }

  #tell(event: Plain): void {
    if (this.#isTold) tell({ say: 'event', event: happened(event) })
  }
}

/** Is all that is stale what a framework has generated and loads for itself? Nobody saved it. */
export function isPackagesOwn({ stale }: FinishedUpdate): boolean {
  return stale.length > 0 && stale.every(({ module }) => module.isPackagesOwn)
}

function pathsOf(stale: readonly StaleModule[]): string[] {
  return stale.filter(({ loaded }) => loaded).map(({ module }) => module.path)
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10
}
