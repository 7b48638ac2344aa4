import type { Scope } from '../../scope.ts'

/** Node's own, taken before anybody replaces it: what is waited for here belongs to no module. */
const { setTimeout, clearTimeout } = globalThis

export type Kind = 'servers' | 'timers' | 'listeners' | 'watchers' | 'processes' | 'workers' | 'sockets'

export type Counts = Record<Kind, number>

/** Something an evaluation opened. */
export interface Opened {
  readonly kind: Kind
  /** What the program has of it: if it puts that into `data`, or keeps it, the next evaluation goes on with it. */
  readonly resource: object
  isOpen(): boolean
  /** Closes it; not called when it is closed already, except for timers, which may be about to make the next one. */
  close(): unknown
}

/** What the evaluations of all modules opened and their scopes have not closed. */
export class Owned {
  readonly #opened = new Set<Opened>()

  give(scope: Scope, opened: Opened): void {
    this.#opened.add(opened)
    scope.own(opened.resource, () => {
      this.#opened.delete(opened)
      return opened.kind === 'timers' || opened.isOpen() ? opened.close() : undefined
    })
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
    for (const { kind, isOpen } of this.#opened) if (isOpen()) counts[kind]++
    return counts
  }
}

/** Waits for `event`, `ms` at the most; resolves whether it came. What it waits with does not keep the process alive. */
export function within(ms: number, event: (done: () => void) => void): Promise<boolean> {
  return new Promise(resolve => {
    const timer = setTimeout(() => resolve(false), ms).unref()
    event(() => {
      clearTimeout(timer)
      resolve(true)
    })
  })
}
