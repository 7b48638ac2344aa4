/**
 * Settling: when the bytes of a dirty file can be believed.
 *
 * Dirty paths come in, each with a hint; batches of whole contents go out. The invariant: a content that is delivered was read
 * while nobody changed it, and everything that was heard before the delivery was looked at. Time and the disk are handed in.
 */
import { isBelow } from '../paths/paths.ts'
import { Batch, TOGETHER } from './batch.ts'

/** For how many ms a file that is overwritten, or vanished, must be left alone before it is read. */
const QUIET = 5
/** So many ms more when the file changed while it was read. */
const UNSTEADY = 4
/** So many ms more when writers pause at such a size (whole pages), or the file shrank. */
const EXTRA = 7
/** For how many ms an empty file may be the first half of a save. */
const EMPTY = 100
/** After how many ms to try again to read what could not be read just now. */
const LATER = 100
/** Writers that copy in pages pause at multiples of this many bytes. */
const PAGE = 4096

/** What was seen of a path. `moved`: only its name appeared, as by a rename; nobody was seen writing. `gone`: nothing is there. */
export type Hint = 'moved' | 'written' | 'gone'

/** The bytes of a path, or something that can be compared with bytes. */
export interface LastRead {
  readonly length: number
  equals(content: Buffer): boolean
}

export interface SettleSeams {
  now(): number
  /** Calls back after `ms`, but only when all events that are already waiting were handed in. Returns its canceller. */
  after(ms: number, fn: () => void): () => void
  /** Looks at the events that were heard and not looked at yet. */
  lookNow(): void
  /** Is an update running? What settles meanwhile goes out when it is over: see {@link Settler.deliverReady}. */
  isBusy(): boolean
  /** The bytes of a path; `undefined` when there is no file; `'later'` when they cannot be had just now. */
  read(path: string): { content: Buffer; steady: boolean } | undefined | 'later'
  /** The bytes of a path that were delivered last. */
  lastRead(path: string): LastRead | undefined
  /** Takes what has settled. */
  deliver(settled: Map<string, Buffer | undefined>): void
}

/** A path that is dirty. */
interface Settling {
  /** When to look at it again. */
  due: number
  /** When it became dirty. */
  since: number
  /** Do files that are ready wait for it? */
  delaysOthers: boolean
  onlyMoved: boolean
  /** What was read at once. It is good if nobody is seen writing until the next look. */
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
  readonly #settling = new Map<string, Settling>()
  readonly #batch = new Batch()
  #cancel: (() => void) | undefined
  #wakeAt = Number.POSITIVE_INFINITY
  #paused = false

  constructor(seams: SettleSeams) {
    this.#seams = seams
  }

  /** Is a path waiting to settle, or to be delivered? */
  has(path: string): boolean {
    return this.#settling.has(path) || this.#batch.has(path)
  }

  /** Looks at the events that were heard and not looked at yet. */
  lookNow(): void {
    this.#seams.lookNow()
  }

  /** Is nothing waiting to settle, or to be delivered? */
  get isIdle(): boolean {
    return this.#settling.size === 0 && this.#batch.isEmpty && !this.#paused
  }

  /** The paths below a folder that wait to settle, or to be delivered. */
  pathsBelow(folder: string): string[] {
    return [...this.#settling.keys(), ...this.#batch.paths()].filter(path => isBelow(path, folder))
  }

  /** Something happened to a path. */
  touch(path: string, hint: Hint): void {
    const now = this.#seams.now()
    let settling = this.#settling.get(path)
    if (!settling) {
      const unseen = { first: undefined, emptySince: undefined, extraDone: false }
      settling = { due: 0, since: now, delaysOthers: true, onlyMoved: true, ...unseen }
      this.#settling.set(path, settling)
      this.#batch.join(path, now)
    }
    if (hint === 'written') settling.onlyMoved = false
    settling.first = undefined
    settling.extraDone = false
    settling.due = now + QUIET
    let isGone = hint === 'gone'
    if (settling.onlyMoved && !isGone) {
      const reading = this.#seams.read(path)
      if (reading === undefined) isGone = true
      else if (reading !== 'later' && reading.steady && reading.content.length > 0) {
        // Read at once, believed after one turn of the loop. A file that is created and then written looks the same, but
        // then the event of the writing is in the kernel's queue before the written bytes can be read.
        settling.first = reading.content
        settling.due = now
      }
    }
    // Nothing waits for a file that came and went (an atomic save's temporary one), nor for one that is written to for ever.
    const cameAndWent = isGone && this.#seams.lastRead(path) === undefined
    settling.delaysOthers = !cameAndWent && now - settling.since < TOGETHER
    this.#wake(settling.due, now)
  }

  /** Keeps what settles from being delivered, until `resume()`. */
  pause(): void {
    this.#paused = true
  }

  /** Delivers what settled during the pause as one batch. Somebody who goes on writing cannot delay it for long. */
  resume(): void {
    this.#paused = false
    this.deliverReady()
  }

  /** Delivers what has settled, as soon as nothing delays it. Called when an update is over. */
  deliverReady(): void {
    if (!this.#batch.isEmpty) this.#tick()
  }

  /** Forgets everything. */
  close(): void {
    this.#settling.clear()
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
    this.#seams.lookNow()
    const now = this.#seams.now()
    for (const [path, settling] of this.#settling) if (settling.due <= now) this.#lookAt(path, settling, now)
    let due = this.#flush(now)
    for (const settling of this.#settling.values()) due = Math.min(due, settling.due)
    if (due < Number.POSITIVE_INFINITY) this.#wake(due, now)
  }

  #lookAt(path: string, settling: Settling, now: number): void {
    const reading = settling.first ? { content: settling.first, steady: true } : this.#seams.read(path)
    if (reading === 'later') {
      settling.due = now + LATER
      settling.delaysOthers = false
      return
    }
    const wait = reading && !settling.first ? this.#wait(path, settling, reading, now) : 0
    if (wait > 0) settling.due = now + wait
    else {
      this.#settling.delete(path)
      this.#batch.add(path, reading?.content)
    }
  }

  /** For how many ms bytes that were read might still be half of a save; 0 when they are believed. */
  #wait(path: string, settling: Settling, reading: { content: Buffer; steady: boolean }, now: number): number {
    const { content, steady } = reading
    const known = this.#seams.lastRead(path)
    if (known?.equals(content)) return 0
    if (!steady) return UNSTEADY
    if (content.length === 0) {
      settling.emptySince ??= now
      return settling.emptySince + EMPTY - now
    }
    settling.emptySince = undefined
    const suspicious = content.length % PAGE === 0 || (known !== undefined && content.length < known.length)
    if (!suspicious || settling.extraDone) return 0
    settling.extraDone = true
    return EXTRA
  }

  /** Delivers what is ready, if it is time. Says when to try again. */
  #flush(now: number): number {
    if (this.#paused || this.#batch.isEmpty || this.#seams.isBusy()) return Number.POSITIVE_INFINITY
    const wait = this.#batch.wait(now, this.#isDelayed())
    if (wait > 0) return now + wait
    this.#seams.deliver(this.#batch.take())
    return Number.POSITIVE_INFINITY
  }

  #isDelayed(): boolean {
    for (const settling of this.#settling.values()) if (settling.delaysOthers) return true
    return false
  }
}
