/**
 * Timers that set further timers.
 *
 * A timer that a module sets comes in, and every timer that is set in its callback, or after something that the callback awaits. The end
 * of all of them goes out. The invariant: once a chain is closed, nothing begins in it any more, but a run that has begun goes on to its
 * end, for the drain time at most.
 */
import { currentOrigin, type Origin, within } from './origins.ts'
import { soon } from './owned-resources.ts'

/** Taken before the program may replace it. */
const clock = performance.now.bind(performance)

/** For how many ms a run that has begun may go on, before the resources that it uses are closed. */
export const drainTime = 1000

/** `_destroyed` is undocumented, and the same from Node 11 to 26: true once a timer was cleared, or fired for the last time. */
interface Timer {
  readonly _destroyed?: boolean
}

interface Run {
  /** The texts of the callbacks that led here. If one comes a second time, the chain is a loop. */
  readonly texts: readonly string[]
  readonly began: number
}

/** `repeats`: it fires more than once. `atOnce`: it has no delay. */
export interface TimerKind {
  readonly repeats: boolean
  readonly atOnce: boolean
}

/** Gives a chain to the scope that owns it. `timer` is the object that the program has. Returns what removes it from the scope. */
export type Register = (chain: TimerChain, timer: object) => () => void

/** A timer that a module set, and the timers that follow from it. */
export class TimerChain {
  readonly #register: Register
  #forget: (() => void) | undefined
  /** The timers that are set. `step`: is it a step of a run that has begun? */
  readonly #timers = new Map<Timer, { readonly clear: () => void; readonly step: boolean; isAwaited(): boolean }>()
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

  /** Sets a timer as part of this chain. `create` gets the callback to set. */
  set<T extends object>(
    callback: unknown,
    { repeats, atOnce }: TimerKind,
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
    const isAgain = repeats || origin.turn === 'again' || (text !== undefined && before.includes(text))
    const isNext = atOnce && (origin.turn ?? 'next') === 'next'
    const turn = isAgain ? 'again' : isNext ? 'next' : 'later'
    const chain = this
    const timer = create(function (this: unknown, ...args: unknown[]) {
      const inside: Origin = { ...origin, timers: chain, turn }
      return chain.#run(inside, step ? parent : undefined, texts, () => Reflect.apply(callback, this, args))
    })
    if (!this.#begun) {
      this.#begun = true
      this.#repeats = repeats
    }
    this.#hold(timer)
    if (this.#closed > 0 && !(step && this.#isDraining)) clear(timer)
    else {
      const isAwaited = () => text === undefined && !origin.evaluation.over
      this.#timers.set(timer, { clear: () => clear(timer), step, isAwaited })
    }
    return timer
  }

  /** Gives the chain to its scope, if it was removed when nothing was left of it. If the scope is disposed by now, this closes it. */
  #hold(timer: object): void {
    this.#forgetEnded()
    if (this.#forget || this.#closed > 0) return
    this.#forget = () => {}
    this.#forget = this.#register(this, timer)
    // It was closed by that: its scope was disposed while it waited for something, and the drain time is over.
    if (this.#closed > 0) this.#closed = Number.MIN_VALUE
  }

  #run(inside: Origin, parent: Run | undefined, texts: readonly string[], call: () => unknown): unknown {
    const run: Run = { texts, began: parent?.began ?? clock() }
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

  /** Is nothing set, and does nothing run? The chain may still go on, if it waits for something. */
  get isOver(): boolean {
    return this.#runs.size === 0 && !this.isOpen
  }

  /** May the running code go on after it has waited? */
  goesOn(): boolean {
    this.#hold(this)
    return this.#closed === 0 || this.#isDraining
  }

  get #isDraining(): boolean {
    return clock() - this.#closed < drainTime
  }

  get isOpen(): boolean {
    this.#forgetEnded()
    return this.#timers.size > 0
  }

  /** From now on nothing begins. Resolves when what runs has ended; undefined if nothing runs. */
  close(): Promise<void> | undefined {
    this.#closed ||= clock()
    this.#forgetEnded()
    for (const [timer, { clear, step, isAwaited }] of this.#timers) {
      if (step) continue
      // An evaluation may wait for it, and whoever imports the module for that: it comes to its end, and opens nothing.
      if (!isAwaited()) clear()
      this.#timers.delete(timer)
    }
    // A function that a timer started long ago, and that has not ended, is not a task: it is the program's main loop.
    const patience = this.#repeats ? 10 * drainTime : drainTime
    const young = [...this.#runs].some(({ began }) => clock() - began < patience)
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

/** The run that an async context belongs to. */
const runs = new WeakMap<Origin, Run>()
/** The origin of a timer that is set outside of every chain. */
const nowhere: Origin = {
  round: Number.POSITIVE_INFINITY,
  previous: Number.POSITIVE_INFINITY,
  evaluation: { over: true },
}

/** The text of a callback. Undefined for one that resolves a promise: a sleep between two steps. For a bound function, its name. */
export function textOf(callback: (...args: never) => unknown): string | undefined {
  const text = Function.prototype.toString.call(callback)
  if (!text.endsWith('{ [native code] }')) return text
  return callback.name || undefined
}

function isFunction(value: unknown): value is (...args: never) => unknown {
  return typeof value === 'function'
}
