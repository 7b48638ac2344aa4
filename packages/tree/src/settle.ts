/** Milliseconds without an event after which an overwritten (or vanished) file is looked at. */
const QUIET = 5
/** More of them when the file was still being changed while it was read. */
const UNSTEADY = 4
/** More of them when the size is one at which writers pause (whole pages), or the file shrank. */
const EXTRA = 7
/** How long an empty file may be the first half of a save. */
const EMPTY = 100
/** How long what came during a pause waits for each other: longer than an empty file does. */
const TOGETHER = 150
/** Writers that copy in pages pause at multiples of this many bytes. */
const PAGE = 4096

/** What was seen of a path. `moved`: only its name appeared, as by a rename; nobody was seen writing. */
export type Hint = 'moved' | 'written'

export interface SettleSeams {
  now(): number
  /** Calls back after `ms`, but only when all events that are already waiting were handed in. Returns its canceller. */
  after(ms: number, fn: () => void): () => void
  /** The bytes of a path; `undefined` when there is no file; an `Error` was reported, and means: try again later. */
  read(path: string): { content: Buffer; steady: boolean } | undefined | 'later'
  /** The bytes the disk had at that path when they were delivered last. */
  known(path: string): Buffer | undefined
  /** Takes what has settled. */
  deliver(settled: Map<string, Buffer | undefined>): void
}

interface Entry {
  /** When to look again. */
  due: number
  onlyMoved: boolean
  /** What was read at once; good if nobody is seen writing until the next look. */
  first: Buffer | undefined
  gone: boolean
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
  #ready = new Map<string, Buffer | undefined>()
  #cancel: (() => void) | undefined
  #wakeAt = Number.POSITIVE_INFINITY
  #paused = false
  /** What goes out as one after a pause, and until when it is waited for. */
  #together: { paths: string[]; until: number } | undefined
  /** When the first of the paths that are ready was found to be gone. */
  #goneSince: number | undefined

  constructor(seams: SettleSeams) {
    this.#seams = seams
  }

  /** Is a path waiting to settle, or to be delivered? */
  has(path: string): boolean {
    return this.#entries.has(path) || this.#ready.has(path)
  }

  paths(): string[] {
    return [...this.#entries.keys(), ...this.#ready.keys()]
  }

  /** Something happened to a path. */
  touch(path: string, hint: Hint): void {
    const now = this.#seams.now()
    this.#ready.delete(path)
    let entry = this.#entries.get(path)
    if (!entry) {
      entry = { due: 0, onlyMoved: true, first: undefined, gone: false, emptySince: undefined, extraDone: false }
      this.#entries.set(path, entry)
    }
    if (hint !== 'moved') entry.onlyMoved = false
    entry.first = undefined
    entry.gone = false
    entry.extraDone = false
    entry.due = now + QUIET
    if (entry.onlyMoved) {
      const reading = this.#seams.read(path)
      if (reading === undefined) entry.gone = true
      else if (reading !== 'later' && reading.steady && reading.content.length > 0) {
        // Read at once, believed after one turn of the loop: the creation of a file that is then written to looks the
        // same, but for the event of the writing, which is in the kernel's queue before its bytes can be read.
        entry.first = reading.content
        entry.due = now
      }
    }
    this.#wake(entry.due, now)
  }

  /** Keeps what settles from being delivered, until `resume()`. */
  pause(): void {
    this.#paused = true
  }

  /** Delivers what came during the pause as one; but nobody who goes on writing can hold up the rest for long. */
  resume(): void {
    this.#paused = false
    this.#together = { paths: [...this.#entries.keys()], until: this.#seams.now() + TOGETHER }
    this.#flush()
  }

  /** Forgets everything. */
  close(): void {
    this.#entries.clear()
    this.#ready.clear()
    this.#goneSince = undefined
    this.#together = undefined
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
      this.#tick()
    })
  }

  #tick(): void {
    const now = this.#seams.now()
    for (const [path, entry] of this.#entries) if (entry.due <= now) this.#look(path, entry, now)
    this.#flush()
    let due = Number.POSITIVE_INFINITY
    for (const entry of this.#entries.values()) due = Math.min(due, entry.due)
    if (due < Number.POSITIVE_INFINITY) this.#wake(due, now)
  }

  #look(path: string, entry: Entry, now: number): void {
    const reading = entry.first ? { content: entry.first, steady: true } : this.#seams.read(path)
    entry.gone = false
    let wait = 0
    if (reading === 'later') wait = EMPTY
    else if (reading && !entry.first) wait = this.#wait(path, entry, reading, now)
    if (wait > 0) entry.due = now + wait
    else {
      this.#entries.delete(path)
      this.#ready.set(path, reading === 'later' ? undefined : reading?.content)
      if (!reading) this.#goneSince ??= now
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

  #flush(): void {
    if (this.#paused || this.#ready.size === 0) return
    if (this.#together) {
      const { paths, until } = this.#together
      if (this.#seams.now() < until && paths.some(path => this.#entries.has(path))) return
      this.#together = undefined
    }
    // A name that vanished may be one half of a rename: both halves go out together, if they settle at about the same time.
    const until = this.#goneSince === undefined ? Number.NEGATIVE_INFINITY : this.#goneSince + QUIET
    for (const entry of this.#entries.values()) if (entry.gone || entry.due <= until) return
    const settled = this.#ready
    this.#ready = new Map()
    this.#goneSince = undefined
    this.#seams.deliver(settled)
  }
}
