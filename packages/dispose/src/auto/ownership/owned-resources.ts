/** The resources that evaluations opened, and how many of each kind are open. */
import type { Scope } from '../../scope.ts'

/** Taken before anybody replaces them: the timers of this file belong to no module. */
const { setTimeout, clearTimeout } = globalThis

export type Kind = 'servers' | 'timers' | 'listeners' | 'watchers' | 'processes' | 'workers' | 'sockets'

export type Counts = Record<Kind, number>

/** Something an evaluation opened. */
export interface Opened {
  /** Undefined if it is counted elsewhere. */
  readonly kind: Kind | undefined
  /** The object that the program has, or a `WeakRef` to it. If it is in `data`, or kept, the next evaluation owns the resource. */
  readonly resource: object
  /** What a listener listens to. */
  readonly emitter?: object
  isOpen(): boolean
  /** Has it ended for good? Default: it is not open; a server may listen again, and has not. */
  isOver?(): boolean
  /** Closes it. Not called if it is closed already, except for timers, which may be about to set the next one. */
  close(): unknown
}

/** So many may have ended by themselves before they are looked for. */
const few = 100

/** The open resources, and those that ended by themselves and were not noticed yet. */
export class Owned {
  readonly #opened = new Map<Opened, { readonly scope: Scope; disown(): void }>()
  #most = few

  /** Closes a resource with the scope. Returns what removes it from the scope. */
  give(scope: Scope, opened: Opened): () => void {
    const disown = scope.own(opened.resource, () => {
      this.#opened.delete(opened)
      return opened.kind === 'timers' || opened.isOpen() ? opened.close() : undefined
    })
    if (scope.disposed) return disown
    this.#opened.set(opened, { scope, disown })
    if (this.#opened.size > this.#most) this.#forgetEnded()
    return () => {
      this.#opened.delete(opened)
      disown()
    }
  }

  /** Ends what a scope listens to on one emitter, before its turn: what is about to happen there is not for it any more. */
  endListeners(scope: Scope, emitter: object): void {
    for (const [opened, { scope: owner, disown }] of this.#opened) {
      if (owner !== scope || opened.emitter !== emitter) continue
      this.#opened.delete(opened)
      disown()
      opened.close()
    }
  }

  #forgetEnded(): void {
    for (const [opened, { disown }] of this.#opened) {
      const mayOpenAgain = opened.kind === 'servers' || opened.kind === undefined
      if (!(opened.isOver?.() ?? (!mayOpenAgain && !opened.isOpen()))) continue
      this.#opened.delete(opened)
      disown()
    }
    this.#most = this.#opened.size * 2 + few
  }

  /** How many of each kind are open: those of one module, or all. */
  counts(id?: string): Counts {
    const counts: Counts = {
      servers: 0,
      timers: 0,
      listeners: 0,
      watchers: 0,
      processes: 0,
      workers: 0,
      sockets: 0,
    }
    for (const [{ kind, isOpen }, { scope }] of this.#opened) {
      if (kind && (id === undefined || scope.id === id) && isOpen()) counts[kind]++
    }
    return counts
  }
}

/** Waits for `event`, at most `ms`. Resolves with whether it came. Its timer keeps the process alive only if `isVital`. */
export function soon(ms: number, event: (done: () => void) => void, isVital = false): Promise<boolean> {
  return new Promise(resolve => {
    const timer = setTimeout(() => resolve(false), ms)
    if (!isVital) timer.unref()
    event(() => {
      clearTimeout(timer)
      resolve(true)
    })
  })
}
