import { isBelow } from '../paths/paths.ts'
import { Batch, TOGETHER } from './batch.ts'

/** Milliseconds without an event after which an overwritten (or vanished) file is looked at. */
const QUIET = 5
/** More of them when the file was still being changed while it was read. */
const UNSTEADY = 4
/** More of them when the size is one at which writers pause (whole pages), or the file shrank. */
const EXTRA = 7
/** How long an empty file may be the first half of a save. */
const EMPTY = 100
/** When to try again to read what could not be read just now. */
const LATER = 100
/** Writers that copy in pages pause at multiples of this many bytes. */
const PAGE = 4096

/** What was seen of a path. `moved`: only its name appeared, as by a rename; nobody was seen writing. `gone`: nothing is there. */
export type Hint = 'moved' | 'written' | 'gone'

export interface SettleSeams {
  now(): number
  /** Calls back after `ms`, but only when all events that are already waiting were handed in. Returns its canceller. */
  after(ms: number, fn: () => void): () => void
  /** Hands in the events that were heard and not looked at yet. */
  drain(): void
  /** Is an update running? What settles meanwhile goes out when it is over: see {@link Settler.goOn}. */
  isBusy(): boolean
  /** The bytes of a path; `undefined` when there is no file; `'later'` when they cannot be had just now. */
  read(path: string): { content: Buffer; steady: boolean } | undefined | 'later'
  /** The bytes the disk had at that path when they were delivered last. */
  known(path: string): Buffer | undefined
  /** Takes what has settled. */
  deliver(settled: Map<string, Buffer | undefined>): void
}

interface Entry {
  /** When to look again. */
  due: number
  /** When it became dirty. */
  since: number
  /** Does what is ready wait for it? */
  holds: boolean
  onlyMoved: boolean
  /** What was read at once; good if nobody is seen writing until the next look. */
  first: Buffer | undefined
  emptySince: number | undefined
  extraDone: boolean
}

/**
 * Decides when a file that changes can be read: Node has no event for "the writer has closed it". A file that was moved
 * into place is complete; one that is being written is complete when it has been left alone for a while.
 */
export class Settler {
  readonly #seams: SettleSeams
  readonly #entries = new Map<string, Entry>()
  readonly #batch = new Batch()
  #cancel: (() => void) | undefined
  #wakeAt = Number.POSITIVE_INFINITY
  #paused = false

  constructor(seams: SettleSeams) {
    this.#seams = seams
  }

  /** Is a path waiting to settle, or to be delivered? */
  has(path: string): boolean {
    return this.#entries.has(path) || this.#batch.has(path)
  }

  /** All that wait to settle, or to be delivered, below a folder. */
  pathsBelow(folder: string): string[] {
    return [...this.#entries.keys(), ...this.#batch.paths()].filter(path => isBelow(path, folder))
  }

  /** Something happened to a path. */
  touch(path: string, hint: Hint): void {
    const now = this.#seams.now()
    let entry = this.#entries.get(path)
    if (!entry) {
      const unseen = { first: undefined, emptySince: undefined, extraDone: false }
      entry = { due: 0, since: now, holds: true, onlyMoved: true, ...unseen }
      this.#entries.set(path, entry)
      this.#batch.join(path, now)
    }
    if (hint === 'written') entry.onlyMoved = false
    entry.first = undefined
    entry.extraDone = false
    entry.due = now + QUIET
    let isGone = hint === 'gone'
    if (entry.onlyMoved && !isGone) {
      const reading = this.#seams.read(path)
      if (reading === undefined) isGone = true
      else if (reading !== 'later' && reading.steady && reading.content.length > 0) {
        // Read at once, believed after one turn of the loop: the creation of a file that is then written to looks the
        // same, but for the event of the writing, which is in the kernel's queue before its bytes can be read.
        entry.first = reading.content
        entry.due = now
      }
    }
    // Nothing waits for a file that came and went (an atomic save's temporary one), nor for one that is written to for ever.
    entry.holds = !(isGone && this.#seams.known(path) === undefined) && now - entry.since < TOGETHER
    this.#wake(entry.due, now)
  }

  /** Keeps what settles from being delivered, until `resume()`. */
  pause(): void {
    this.#paused = true
  }

  /** Delivers what came during the pause as one; but nobody who goes on writing can hold up the rest for long. */
  resume(): void {
    this.#paused = false
    this.goOn()
  }

  /** An update is over: delivers what has settled meanwhile, as soon as nothing holds it. */
  goOn(): void {
    if (!this.#batch.isEmpty) this.#tick()
  }

  /** Forgets everything. */
  close(): void {
    this.#entries.clear()
    this.#batch.take()
    this.#cancel?.()
    this.#cancel = undefined
    this.#wakeAt = Number.POSITIVE_INFINITY
  }

  #wake(due: number, now: number): void {
    if (due >= this.#wakeAt) return
    this.#cancel?.()
    this.#wakeAt = due
    this.#cancel = this.#seams.after(Math.max(0, due - now), () => {
      this.#cancel = undefined
      this.#wakeAt = Number.POSITIVE_INFINITY
      this.#batch.blocked(this.#seams.now() - due)
      this.#tick()
    })
  }

  #tick(): void {
    // What was heard before this moment counts, too: it may belong to what is ready.
    this.#seams.drain()
    const now = this.#seams.now()
    for (const [path, entry] of this.#entries) if (entry.due <= now) this.#look(path, entry, now)
    let due = this.#flush(now)
    for (const entry of this.#entries.values()) due = Math.min(due, entry.due)
    if (due < Number.POSITIVE_INFINITY) this.#wake(due, now)
  }

  #look(path: string, entry: Entry, now: number): void {
    const reading = entry.first ? { content: entry.first, steady: true } : this.#seams.read(path)
    if (reading === 'later') {
      entry.due = now + LATER
      entry.holds = false
      return
    }
    const wait = reading && !entry.first ? this.#wait(path, entry, reading, now) : 0
    if (wait > 0) entry.due = now + wait
    else {
      this.#entries.delete(path)
      this.#batch.add(path, reading?.content)
    }
  }

  /** For how many ms bytes that were read might still be half of a save; 0 when they are believed. */
  #wait(path: string, entry: Entry, reading: { content: Buffer; steady: boolean }, now: number): number {
    const { content, steady } = reading
    const known = this.#seams.known(path)
    if (known?.equals(content)) return 0
    if (!steady) return UNSTEADY
    if (content.length === 0) {
      entry.emptySince ??= now
      return entry.emptySince + EMPTY - now
    }
    entry.emptySince = undefined
    const suspicious = content.length % PAGE === 0 || (known !== undefined && content.length < known.length)
    if (!suspicious || entry.extraDone) return 0
    entry.extraDone = true
    return EXTRA
  }

  /** Delivers what is ready, if it is time. Says when to try again. */
  #flush(now: number): number {
    if (this.#paused || this.#batch.isEmpty || this.#seams.isBusy()) return Number.POSITIVE_INFINITY
    const wait = this.#batch.wait(now, this.#isHeld())
    if (wait > 0) return now + wait
    this.#seams.deliver(this.#batch.take())
    return Number.POSITIVE_INFINITY
  }

  #isHeld(): boolean {
    for (const entry of this.#entries.values()) if (entry.holds) return true
    return false
  }
}
