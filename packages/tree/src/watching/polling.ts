/** Looking at folders again and again, where the kernel does not tell. */
import { readdirSync, statSync } from 'node:fs'
import type { Disk } from '../reading/disk.ts'

/** Taken before the program may replace them. */
const { setTimeout, clearTimeout } = globalThis

/** Takes an event: something happened to a name in a folder. `moved`: the name came or went. */
type OnEvent = (folder: string, name: string, moved: boolean) => void

/** Looks at folders again and again, and raises an event for each name that differs. For folders that cannot be watched. */
export class Poller {
  readonly #disk: Disk
  readonly #interval: number
  readonly #persistent: boolean
  readonly #onEvent: OnEvent
  /** What each name stood for at the last look, by folder. */
  readonly #polled = new Map<string, Map<string, string>>()
  #timer: NodeJS.Timeout | undefined

  /** `interval` is in ms. `persistent`: does polling keep the process alive? */
  constructor(disk: Disk, interval: number, persistent: boolean, onEvent: OnEvent) {
    this.#disk = disk
    this.#interval = interval
    this.#persistent = persistent
    this.#onEvent = onEvent
  }

  get folders(): Iterable<string> {
    return this.#polled.keys()
  }

  add(folder: string): void {
    this.#polled.set(folder, this.#snapshot(folder))
    this.#pollSoon()
  }

  remove(folder: string): void {
    this.#polled.delete(folder)
  }

  close(): void {
    this.#polled.clear()
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #pollSoon(): void {
    if (this.#timer) return
    this.#timer = setTimeout(() => this.#poll(), this.#interval)
    if (!this.#persistent) this.#timer.unref()
  }

  #poll(): void {
    this.#timer = undefined
    for (const [folder, before] of [...this.#polled]) {
      const now = this.#snapshot(folder)
      this.#polled.set(folder, now)
      for (const [name, state] of now) {
        const was = before.get(name)
        if (was !== state) this.#onEvent(folder, name, was === undefined)
      }
      for (const name of before.keys()) if (!now.has(name)) this.#onEvent(folder, name, true)
    }
    if (this.#polled.size > 0) this.#pollSoon()
  }

  /** What each name in a folder stands for; links are followed. A change of bytes shows in `ctime`, if nowhere else. */
  #snapshot(folder: string): Map<string, string> {
    const snapshot = new Map<string, string>()
    const diskPath = this.#disk.diskPath(folder)
    let names: string[]
    try {
      names = readdirSync(diskPath)
    } catch {
      // A folder that is gone or cannot be read counts as empty, and so every name in it as gone. Reading them tells why.
      return snapshot
    }
    for (const name of names) {
      try {
        const { ino, size, mtimeMs, ctimeMs, mode } = statSync(`${diskPath}/${name}`)
        // A folder's own times change with its entries, which are looked at on their own.
        const isFolder = (mode & 0o170000) === 0o040000
        snapshot.set(name, isFolder ? `${ino} ${mode}` : `${ino} ${size} ${mtimeMs} ${ctimeMs}`)
      } catch {
        // A link that leads nowhere, or a name that is gone again.
        snapshot.set(name, '')
      }
    }
    return snapshot
  }
}
