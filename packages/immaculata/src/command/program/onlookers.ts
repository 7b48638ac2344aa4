/** Who looks on while a program is saved: pages that `--reload` follows, and the live page of `--ui`. */
import type { Lifetimes, Page } from '@hot/dispose/auto'
import type { Hot } from '@hot/hooks'
import { type LiveSave, Reload } from '../../reload/reload.ts'
import { Facts } from '../../ui/facts.ts'
import { Ui } from '../../ui/ui.ts'
import type { Options } from '../shared/options.ts'

export class Onlookers {
  readonly #reload: Reload | undefined
  readonly #facts: Facts | undefined
  readonly #ui: Ui | undefined

  constructor({ reload, ui, token }: Options, hot: Hot, lifetimes: Lifetimes | undefined) {
    if (reload) this.#reload = new Reload()
    if (!ui || token === undefined) return
    this.#facts = new Facts(hot, lifetimes)
    this.#ui = new Ui(this.#facts, token)
  }

  /** Call it before lifetimes are automatic, and before the program creates a server. */
  begin(say: (text: string) => void): void {
    this.#reload?.begin()
    this.#facts?.begin()
    this.#ui?.begin(url => say(`live page: ${url}`))
  }

  live(save: LiveSave): void {
    this.#reload?.live(save)
    this.#facts?.noteError(undefined)
  }

  /** A save is held, or has failed. `page` says what is known: to this machine with sources. */
  broken(title: string, page: (fromHere: boolean) => Page): void {
    this.#reload?.broken(title, page)
    this.#facts?.noteError({ title, text: page(true).text })
  }

  /** What was held was taken back. */
  reverted(): void {
    this.#reload?.reverted()
    this.#facts?.noteError(undefined)
  }
}
