/** What the evaluations of all modules opened. */
import type { Scope } from '../../scope.ts'

/** Node's own, taken before anybody replaces it: what is waited for here belongs to no module. */
const { setTimeout, clearTimeout } = globalThis

export type Kind = 'servers' | 'timers' | 'listeners' | 'watchers' | 'processes' | 'workers' | 'sockets'

export type Counts = Record<Kind, number>

/** Something an evaluation opened. */
export interface Opened {
  /** Undefined: it is counted elsewhere. */
  readonly kind: Kind | undefined
  /** What the program has of it: if it puts that into `data`, or keeps it, the next evaluation goes on with it. */
  readonly resource: object
  isOpen(): boolean
  /** Whether it has ended for good: not asked of servers, which may listen again. Default: whether it is not open. */
  isOver?(): boolean
  /** Closes it; not called when it is closed already, except for timers, which may be about to make the next one. */
  close(): unknown
}

/** How many may have ended by themselves before they are looked for. */
const few = 100

/** What is open, and what has ended by itself and was not yet noticed. */
export class Owned {
  readonly #opened = new Map<Opened, () => void>()
  #most = few

  /** Closes it with the scope; returns what takes it out of the scope again. */
  give(scope: Scope, opened: Opened): () => void {
    const disown = scope.own(opened.resource, () => {
      this.#opened.delete(opened)
      return opened.kind === 'timers' || opened.isOpen() ? opened.close() : undefined
    })
    if (scope.disposed) return disown
    this.#opened.set(opened, disown)
    if (this.#opened.size > this.#most) this.#forgetEnded()
    return () => {
      this.#opened.delete(opened)
      disown()
    }
  }

  #forgetEnded(): void {
    for (const [opened, disown] of this.#opened) {
      if (opened.kind === 'servers' || opened.kind === undefined || !(opened.isOver?.() ?? !opened.isOpen())) continue
      this.#opened.delete(opened)
      disown()
    }
    this.#most = this.#opened.size * 2 + few
  }

  counts(): Counts {
    const counts: Counts = {
      servers: 0,
      timers: 0,
      listeners: 0,
      watchers: 0,
      processes: 0,
      workers: 0,
      sockets: 0,
    }
    for (const { kind, isOpen } of this.#opened.keys()) if (kind && isOpen()) counts[kind]++
    return counts
  }
}

/** Waits for `event`, `ms` at the most; resolves whether it came. What it waits with does not keep the process alive. */
export function soon(ms: number, event: (done: () => void) => void): Promise<boolean> {
  return new Promise(resolve => {
    const timer = setTimeout(() => resolve(false), ms).unref()
    event(() => {
      clearTimeout(timer)
      resolve(true)
    })
  })
}
