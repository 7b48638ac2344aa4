/** Timers that make timers: a loop that polls with `setTimeout` is one thing, and ends with the module that began it. */
import type { AsyncLocalStorage as Storage } from 'node:async_hooks'

const { AsyncLocalStorage } = process.getBuiltinModule('node:async_hooks')

/** `_destroyed` is undocumented, and the same from Node 11 to 26: true once a timer was cleared, or fired its last. */
interface Timer {
  readonly _destroyed?: boolean
}

/** A timer that an evaluation made, and all that were made in its callback, or what that waited for, and so on. */
export class Chain {
  static readonly #current: Storage<Chain> = new AsyncLocalStorage()
  readonly #timers = new Map<Timer, () => void>()
  #closed = false

  /** The chain whose callback is running. */
  static get current(): Chain | undefined {
    return Chain.#current.getStore()
  }

  /** A callback that runs as part of this chain. */
  bind(callback: unknown): unknown {
    if (typeof callback !== 'function') return callback
    const chain = this
    return function (this: unknown, ...args: unknown[]) {
      return Chain.#current.run(chain, () => Reflect.apply(callback, this, args))
    }
  }

  /** One that is made after the chain was closed is closed at once. */
  add(timer: Timer, close: () => void): void {
    if (this.#closed) {
      close()
      return
    }
    this.#forgetEnded()
    this.#timers.set(timer, close)
  }

  get isOpen(): boolean {
    this.#forgetEnded()
    return this.#timers.size > 0
  }

  close(): void {
    this.#closed = true
    for (const close of this.#timers.values()) close()
    this.#timers.clear()
  }

  #forgetEnded(): void {
    for (const timer of this.#timers.keys()) if (timer._destroyed) this.#timers.delete(timer)
  }
}
