/**
 * Timers that make timers. In: a timer that a module sets, and whatever is set in its callback, or in what that waits for. Out:
 * the end of all of it. The invariant: once a chain is closed nothing begins in it any more, but a run that has begun goes on to
 * its end, at most the drain time.
 */
import { currentOrigin, type Origin, within } from './origins.ts'
import { soon } from './owned-resources.ts'

/** How long a run that has begun may go on, in ms, before what it uses is closed. */
export const drainTime = 1000

/** `_destroyed` is undocumented, and the same from Node 11 to 26: true once a timer was cleared, or fired its last. */
interface Timer {
  readonly _destroyed?: boolean
}

interface Run {
  /** The texts of the callbacks that led here: one that comes again makes it a loop. */
  readonly texts: readonly string[]
  readonly began: number
}

/** Gives a chain to the scope that owns it, `timer` being what the program has of it; returns what takes it back. */
export type Register = (chain: TimerChain, timer: object) => () => void

export class TimerChain {
  readonly #register: Register
  #forget: (() => void) | undefined
  /** Each with what clears it, and whether it is a step of a run that has begun. */
  readonly #timers = new Map<Timer, { readonly clear: () => void; readonly step: boolean }>()
  readonly #runs = new Set<Run>()
  #begun = false
  #repeats = false
  #closed = 0
  #moved = () => {}

  constructor(register: Register) {
    this.#register = register
  }

  /** The chain whose callback is running. */
  static get current(): TimerChain | undefined {
    return currentOrigin()?.timers
  }

  /** Sets a timer as part of this chain: `create` is given the callback that runs in it. `repeats`: it fires more than once. */
  set<T extends object>(
    callback: unknown,
    repeats: boolean,
    create: (callback: unknown) => T,
    clear: (timer: T) => void,
  ): T {
    if (!isFunction(callback)) return create(callback)
    const origin = currentOrigin() ?? nowhere
    const parent = this.#begun ? runs.get(origin) : undefined
    const text = textOf(callback)
    const step = parent !== undefined && !repeats && (text === undefined || !parent.texts.includes(text))
    const before = parent?.texts ?? []
    const texts = text === undefined || before.includes(text) ? before : [...before, text]
    const chain = this
    const timer = create(function (this: unknown, ...args: unknown[]) {
      return chain.#run(origin, step ? parent : undefined, texts, () => Reflect.apply(callback, this, args))
    })
    if (!this.#begun) {
      this.#begun = true
      this.#repeats = repeats
    }
    this.#hold(timer)
    if (this.#closed > 0 && !(step && this.#isDraining)) clear(timer)
    else this.#timers.set(timer, { clear: () => clear(timer), step })
    return timer
  }

  /** It may have been taken back when nothing was left of it. If its scope is disposed by now, this closes it. */
  #hold(timer: object): void {
    this.#forgetEnded()
    if (this.#forget || this.#closed > 0) return
    this.#forget = () => {}
    this.#forget = this.#register(this, timer)
    // Closed by that: its scope was disposed while it waited for something, and whatever ran has had its time.
    if (this.#closed > 0) this.#closed = Number.MIN_VALUE
  }

  #run(origin: Origin, parent: Run | undefined, texts: readonly string[], call: () => unknown): unknown {
    const run: Run = { texts, began: parent?.began ?? performance.now() }
    const inside: Origin = { ...origin, timers: this }
    runs.set(inside, run)
    const end = () => {
      this.#runs.delete(run)
      this.#settle()
    }
    this.#runs.add(run)
    let result: unknown
    try {
      result = within(inside, call)
    } finally {
      if (result instanceof Promise) result.then(end, end)
      else end()
    }
    return result
  }

  #settle(): void {
    if (!this.isOver) return
    this.#moved()
    this.#forget?.()
    this.#forget = undefined
  }

  /** Whether nothing is set and nothing runs; it may go on all the same, if it waits for something. */
  get isOver(): boolean {
    return this.#runs.size === 0 && !this.isOpen
  }

  /** Whether what waits in the running code is to go on. */
  goesOn(): boolean {
    this.#hold(this)
    return this.#closed === 0 || this.#isDraining
  }

  get #isDraining(): boolean {
    return performance.now() - this.#closed < drainTime
  }

  get isOpen(): boolean {
    this.#forgetEnded()
    return this.#timers.size > 0
  }

  /** Nothing begins any more. Resolves when what runs has come to its end; undefined if nothing does. */
  close(): Promise<void> | undefined {
    this.#closed ||= performance.now()
    this.#forgetEnded()
    for (const [timer, { clear, step }] of this.#timers) {
      if (step) continue
      clear()
      this.#timers.delete(timer)
    }
    // A function that was started by a timer and has not ended for so long is no task: it is what the program does.
    const young = [...this.#runs].some(({ began }) => this.#repeats || performance.now() - began < drainTime)
    if (this.#timers.size === 0 && !young) return undefined
    return this.#drain()
  }

  async #drain(): Promise<void> {
    await soon(drainTime, done => {
      this.#moved = done
    })
    for (const { clear } of this.#timers.values()) clear()
    this.#timers.clear()
  }

  #forgetEnded(): void {
    for (const timer of this.#timers.keys()) if (timer._destroyed) this.#timers.delete(timer)
  }
}

/** The run that a context belongs to. */
const runs = new WeakMap<Origin, Run>()
/** Where a timer is set outside of every chain. */
const nowhere: Origin = {
  round: Number.POSITIVE_INFINITY,
  previous: Number.POSITIVE_INFINITY,
  evaluation: { over: true },
}

/** Undefined for what resolves a promise, which is a sleep between two steps. A bound function is known by its name. */
function textOf(callback: (...args: never) => unknown): string | undefined {
  const text = Function.prototype.toString.call(callback)
  if (!text.endsWith('{ [native code] }')) return text
  return callback.name || undefined
}

function isFunction(value: unknown): value is (...args: never) => unknown {
  return typeof value === 'function'
}
