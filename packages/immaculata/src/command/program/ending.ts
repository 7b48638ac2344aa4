/** How the process of a program ends: by signal, by key, for a restart. */
import type { Hot } from '@hot/hooks'
import { prepareCrash, showCrash } from '../messages/crash.ts'
import { happened } from '../messages/events.ts'
import { reportOf } from '../messages/report-error.ts'
import type { Show } from '../messages/show.ts'
import { onCommandGone, type Question, tell } from '../shared/channel.ts'
import { fileTime } from '../shared/file-clock.ts'
import { readKeys } from '../shared/keys.ts'
import { endTrials } from './fresh-process.ts'
import { beginHeartbeat } from './heartbeat.ts'
import { countOwn, listen } from './hidden-listeners.ts'
import { disposeOnSignals, hearQuit } from './signals.ts'

/** Taken before the program may replace them. */
const { setTimeout, setImmediate } = globalThis

/** How long everything together may take to be disposed, in ms. */
const disposeTimeout = 5_000

export class Ending {
  readonly #hot: Hot
  readonly #supervised: boolean
  readonly #show: Show
  readonly #told = new Set<string>()
  #letGo = () => {}
  /** Whether the process is about to end. */
  begun = false

  constructor(hot: Hot, supervised: boolean, show: Show) {
    this.#hot = hot
    this.#supervised = supervised
    this.#show = show
  }

  /**
   * Listens for what ends the process. `keys`: what further keys at the terminal do. `toCompile`: why an error calls for a compiler.
   * `letGo`: from then on, nothing of ours keeps the process running.
   */
  prepare(
    keys: Record<string, () => void>,
    toCompile: (error: unknown) => string | undefined,
    letGo: () => void,
  ): void {
    this.#letGo = letGo
    const heard = (signal: NodeJS.Signals) => {
      if (this.#supervised) tell({ say: 'signal', signal })
    }
    disposeOnSignals(() => this.#dispose(), heard)
    if (!this.#supervised) return
    hearQuit(heard)
    beginHeartbeat()
    onCommandGone(
      () => void this.#end(),
      question => void this.#answer(question),
    )
    listen('uncaughtExceptionMonitor', (error: unknown) => {
      const isForNode = countOwn('uncaughtException') === 0
      const reason = toCompile(error)
      if (reason !== undefined) this.#compile(reason)
      const report = reportOf(error, this.#hot)
      const remedy = isForNode ? prepareCrash(error, this.#hot) : undefined
      tell({ say: 'crash', at: fileTime(), remedy, error: report })
      if (isForNode && showCrash(error, this.#hot)) process.exit(process.exitCode || 1)
      setImmediate(() => tell({ say: 'survived' }))
    })
    listen('exit', () => tell({ say: 'exit', at: fileTime() }))
    const restart = () => this.restart('you pressed r', 'restarting (you pressed r)')
    readKeys({
      ...keys,
      r: restart,
      rs: restart, // as for nodemon
      q: () => void this.#end(() => tell({ say: 'quit' })),
    })
  }

  /** A save is being looked at: a compiler may keep the thread to itself for a while. */
  checks(): void {
    if (this.#supervised) beginHeartbeat()
  }

  /** A save is about to be evaluated: from now on, only the user ends the command. */
  saved(): void {
    if (!this.#supervised) return
    tell({ say: 'saved' })
    beginHeartbeat()
  }

  /** Starts the program anew, if somebody is there to do it; else says that it is needed. */
  restart(reason: string, note = `restarts: ${reason}`, compile = false): void {
    if (this.begun || this.#told.has(reason)) return
    if (this.#supervised) {
      this.#show.note(note)
      tell({ say: 'event', event: happened({ event: 'restarting', reason }) })
      void this.#end(() => tell({ say: 'restart', compile }))
    } else {
      this.#told.add(reason)
      this.#show.note(`a restart is needed: ${reason}`)
    }
  }

  /** The program cannot start without a compiler: nothing is said of the error, and the next process has one. */
  #compile(reason: string): never {
    this.begun = true
    tell({ say: 'event', event: happened({ event: 'restarting', reason }) })
    tell({ say: 'restart', compile: true })
    process.exit(0)
  }

  /** The command is asked whether the last save is live. */
  async #answer({ id, isFirst }: Question): Promise<void> {
    await this.#hot.tree.whenSettled()
    const waiting = isFirst && (await this.#hot.waitingAt().catch(() => [])).length > 0
    tell({ say: 'settled', id, waiting })
  }

  async #end(last = () => {}): Promise<void> {
    if (this.begun) return
    this.begun = true
    process.on('exit', last)
    // The program may have its own way of ending; it wants to find everything open.
    if (countOwn('SIGTERM') > 0) {
      this.#letGo()
      process.emit('SIGTERM', 'SIGTERM')
      // Most close what they have opened, and the process ends with that.
      await new Promise(resolve => void setTimeout(resolve, disposeTimeout).unref())
    }
    await this.#dispose()
    process.exit(0)
  }

  async #dispose(): Promise<void> {
    this.begun = true
    await Promise.race([Promise.all([this.#hot.close(), endTrials()]), soon(disposeTimeout)])
  }
}

function soon(ms: number): Promise<void> {
  return new Promise(resolve => void setTimeout(resolve, ms))
}
