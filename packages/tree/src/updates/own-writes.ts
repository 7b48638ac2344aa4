/**
 * Files that this process writes itself. The writer tells of each write, and what it has written is published at once: no update
 * brings it, and nobody reads a file while it is half written.
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
  /** Takes them for known: no event about them is news. */
  known(path: string, content: Buffer | undefined): void
}

export class OwnWrites {
  readonly #seams: OwnWriteSeams
  /** How many writes are going on, by the name on the disk. */
  readonly #underWay = new Map<string, number>()

  constructor(seams: OwnWriteSeams) {
    this.#seams = seams
  }

  /** Is a file being written by this process? */
  isUnderWay(diskPath: string): boolean {
    return this.#underWay.size > 0 && this.#underWay.has(diskPath)
  }

  /** A write begins that takes its time; the result ends it. Until then, nobody reads the file for the tree. */
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
   * Publishes what the disk has at a path of the tree, at once. Returns what that changed; `undefined` if it changed nothing, if
   * memory decides on that path, or if an update with it is on its way.
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
   * Asks for each followed place that a write has changed whether its new state counts as published. Where it does not, the next
   * update tells of it.
   */
  accept(diskPath: string, isAccepted: (id: string) => boolean): void {
    this.#seams.following.acceptAt(diskPath, isAccepted)
  }
}
