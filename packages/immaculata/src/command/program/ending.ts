/** How the process of a program ends: by signal, by key, for a restart. */
import type { Hot } from '@hot/hooks'
import { onCommandGone, tell } from '../shared/channel.ts'
import { readKeys } from '../shared/keys.ts'
import type { Show } from '../shared/messages.ts'
import { countOwn, listen } from './hidden-listeners.ts'
import { disposeOnSignals } from './signals.ts'

/** How long everything together may take to be disposed, in ms. */
const disposeTimeout = 5_000

export class Ending {
  readonly #hot: Hot
  readonly #supervised: boolean
  readonly #show: Show
  readonly #told = new Set<string>()
  /** Whether the process is about to end. */
  begun = false

  constructor(hot: Hot, supervised: boolean, show: Show) {
    this.#hot = hot
    this.#supervised = supervised
    this.#show = show
  }

  /** Listens for what ends the process. */
  prepare(): void {
    disposeOnSignals(
      () => this.#dispose(),
      signal => {
        if (this.#supervised) tell({ say: 'signal', signal })
      },
    )
    if (!this.#supervised) return
    onCommandGone(() => void this.#end())
    listen('uncaughtExceptionMonitor', () => {
      tell({ say: 'crash' })
      setImmediate(() => tell({ say: 'survived' }))
    })
    readKeys({
      r: () => this.restart('asked for'),
      q: () => void this.#end(),
    })
  }

  /** Starts the program anew, if somebody is there to do it; else says that it is needed. */
  restart(reason: string): void {
    if (this.begun || this.#told.has(reason)) return
    if (this.#supervised) {
      this.#show.note(`restarts: ${reason}`)
      void this.#end(() => tell({ say: 'restart' }))
    } else {
      this.#told.add(reason)
      this.#show.note(`a restart is needed: ${reason}`)
    }
  }

  async #end(last = () => {}): Promise<void> {
    if (this.begun) return
    this.begun = true
    process.on('exit', last)
    // The program may have its own way of ending; it wants to find everything open.
    if (countOwn('SIGTERM') > 0) {
      process.emit('SIGTERM', 'SIGTERM')
      await soon(disposeTimeout)
    }
    await this.#dispose()
    process.exit(0)
  }

  async #dispose(): Promise<void> {
    this.begun = true
    await Promise.race([this.#hot.close(), soon(disposeTimeout)])
  }
}

function soon(ms: number): Promise<void> {
  return new Promise(resolve => void setTimeout(resolve, ms))
}
