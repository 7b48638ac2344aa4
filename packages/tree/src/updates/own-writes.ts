/**
 * Files that this process writes itself. The writer reports each write, and what it has written is published at once, without an
 * update. While a write is running, nobody reads the half-written file.
 */
import type { Following } from '../following/followed.ts'
import type { Memory } from './memory.ts'
import type { ChangeKind, Updates } from './updates.ts'

export interface OwnWriteSeams {
  memory: Memory
  updates: Updates
  following: Following
  isLeftOut(path: string): boolean
  /** The bytes that the disk has at a path now; `'later'` if they cannot be had just now. */
  read(path: string): { content: Buffer } | undefined | 'later'
  /** Notes bytes as known: an event about them is no news. */
  known(path: string, content: Buffer | undefined): void
}

/** Publishes what this process writes itself. */
export class OwnWrites {
  readonly #seams: OwnWriteSeams
  /** How many writes are running, by the name on the disk. */
  readonly #underWay = new Map<string, number>()

  constructor(seams: OwnWriteSeams) {
    this.#seams = seams
  }

  /** Is a file being written by this process? */
  isUnderWay(diskPath: string): boolean {
    return this.#underWay.size > 0 && this.#underWay.has(diskPath)
  }

  /** A write begins that takes some time. Returns what ends it. Until then, the tree does not read the file. */
  begin(diskPath: string): () => void {
    this.#underWay.set(diskPath, (this.#underWay.get(diskPath) ?? 0) + 1)
    let ended = false
    return () => {
      if (ended) return
      ended = true
      const left = this.#underWay.get(diskPath)! - 1
      if (left > 0) this.#underWay.set(diskPath, left)
      else this.#underWay.delete(diskPath)
    }
  }

  /**
   * Publishes at once what the disk has at a path of the tree. Returns the kind of the change. `undefined` if nothing changed, if the
   * path was written in memory, or if an update with it is running.
   */
  publish(path: string): ChangeKind | undefined {
    const { memory, updates } = this.#seams
    if (this.#seams.isLeftOut(path) || memory.decides(path)) return undefined
    const reading = this.#seams.read(path)
    if (reading === 'later') return undefined
    const content = reading?.content
    const kind = updates.publishNow(path, content)
    if (kind) this.#seams.known(path, content)
    return kind
  }

  /**
   * Asks for each followed place that a write has changed whether its new state counts as published. If not, it is part of the next
   * update.
   */
  accept(diskPath: string, isAccepted: (id: string) => boolean): void {
    this.#seams.following.acceptAt(diskPath, isAccepted)
  }
}
