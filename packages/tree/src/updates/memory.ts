/** Files that were written or removed in memory only. */
import { foldersAbove, isBelow } from '../paths/paths.ts'
import { sameContent, type Updates } from './updates.ts'

/**
 * Where the tree differs from the disk on purpose: what was written or removed in memory only. It stands at a path until the
 * disk's bytes at that path change. Then the disk wins, and memory is forgotten.
 */
export class Memory {
  readonly #updates: Updates
  /** For each path that was written or removed in memory, what the disk had there at that time. */
  readonly #onDisk = new Map<string, Buffer | undefined>()

  constructor(updates: Updates) {
    this.#updates = updates
  }

  /** Throws when the path lies below a file, or is a folder. */
  write(path: string, content: Buffer, onDisk: Buffer | undefined): void {
    for (const folder of foldersAbove(path))
      if (this.#updates.newest(folder)) throw new Error(`Cannot write '${path}': '${folder}' is a file, not a folder`)
    for (const other of this.#updates.newestPaths())
      if (isBelow(other, path) && this.#updates.newest(other))
        throw new Error(`Cannot write '${path}': it is a folder, '${other}' is in it`)
    this.#onDisk.set(path, onDisk)
    this.#updates.arrive(path, content)
  }

  remove(path: string, onDisk: Buffer | undefined): void {
    this.#onDisk.set(path, onDisk)
    this.#updates.arrive(path, undefined)
  }

  /** Was a path written or removed in memory, and did the disk not change there since? */
  decides(path: string): boolean {
    return this.#onDisk.has(path)
  }

  /** Takes what the disk has at a path, whether it is news or not. */
  diskSays(path: string, content: Buffer | undefined): void {
    if (this.#onDisk.has(path)) {
      if (sameContent(this.#onDisk.get(path), content)) return
      this.#onDisk.delete(path)
    }
    if (content) this.#makeRoom(path)
    this.#updates.arrive(path, content)
  }

  /** A file is on the disk at `path`: no file can be at a folder above it, or below it. */
  #makeRoom(path: string): void {
    const inTheWay = foldersAbove(path)
    for (const other of this.#onDisk.keys()) if (isBelow(other, path)) inTheWay.push(other)
    for (const other of inTheWay) {
      if (!this.#updates.newest(other)) continue
      this.#onDisk.delete(other)
      this.#updates.arrive(other, undefined)
    }
  }
}
