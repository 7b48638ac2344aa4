/** The watches of the kernel: which folders have one, and what to do where none can be had. */
import type { FSWatcher } from 'node:fs'
import { basename } from 'node:path'
import { folderOf, isBelow, nameOf } from '../paths/paths.ts'
import type { Disk } from '../reading/disk.ts'
import { codeOf, isAbsence } from '../reading/disk-errors.ts'
import { LinkWatches, type Watch } from './link-watches.ts'
import { Poller } from './polling.ts'

/** What watching needs of the operating system: handed in, so that a test can stand in for it. */
export interface WatchSeams {
  watch: Watch
  platform: NodeJS.Platform
  warn(message: string): void
}

export interface WatchingOptions {
  /** Look so often, in ms, instead of watching. */
  poll: number | undefined
  /** Does watching keep the process alive? */
  persistent: boolean
}

export interface WatchEvents {
  /** Something happened to a name in a folder; without a name, somewhere in it. `moved`: the name came or went. */
  event(folder: string, name: string | null, moved: boolean): void
  /** What a link leads to may have changed. */
  linkEvent(path: string): void
}

/** How often a folder that cannot be watched is looked at, in ms. */
const POLL = 500

/**
 * The kernel's watches. On Linux there is one for each folder, since a recursive watch loses files there (seen on Node 22, 24
 * and 26); elsewhere a recursive one for the root and for each linked folder. A folder that cannot be watched is polled.
 */
export class Watches {
  readonly #disk: Disk
  readonly #seams: WatchSeams
  readonly #events: WatchEvents
  readonly #watchers = new Map<string, FSWatcher>()
  readonly #links: LinkWatches
  readonly #poller: Poller
  /** The error codes that were warned of. */
  readonly #warned = new Set<string>()
  readonly #interval: number
  readonly #pollAll: boolean
  readonly #persistent: boolean
  readonly #recursive: boolean

  constructor(disk: Disk, seams: WatchSeams, events: WatchEvents, { poll, persistent }: WatchingOptions) {
    this.#disk = disk
    this.#seams = seams
    this.#events = events
    this.#interval = poll ?? POLL
    this.#pollAll = poll !== undefined
    this.#persistent = persistent
    this.#recursive = seams.platform === 'darwin' || seams.platform === 'win32'
    this.#poller = new Poller(disk, this.#interval, persistent, (folder, name, moved) =>
      events.event(folder, name, moved),
    )
    this.#links = new LinkWatches(disk, seams.watch, persistent, {
      linkEvent: path => events.linkEvent(path),
      failed: (link, error) => this.#failed(folderOf(link), error),
    })
  }

  /** Watches a folder. A folder that is watched already gets a new watch: the name may stand for another folder now. */
  watch(folder: string): void {
    this.unwatch(folder)
    if (this.#pollAll) {
      this.#poller.add(folder)
      return
    }
    if (this.#recursive && folder !== '' && !this.#disk.links.has(folder)) return
    const diskPath = this.#disk.diskPath(folder)
    // The kernel reports a folder's own end under the folder's own name. The parent's watch tells it as well, except for
    // the root and for linked folders.
    const ownName = folder === '' || this.#disk.links.has(folder) ? basename(diskPath) : undefined
    try {
      const options = { encoding: 'utf8', recursive: this.#recursive, persistent: this.#persistent } as const
      const watcher = this.#seams.watch(diskPath, options, (type, name) => {
        this.#events.event(folder, name, type === 'rename')
        if (ownName !== undefined && name === ownName && type === 'rename') this.#events.linkEvent(folder)
      })
      watcher.on('error', error => {
        this.unwatch(folder)
        this.#failed(folder, error)
      })
      this.#watchers.set(folder, watcher)
    } catch (error) {
      this.#failed(folder, error)
    }
  }

  unwatch(folder: string): void {
    this.#watchers.get(folder)?.close()
    this.#watchers.delete(folder)
    this.#poller.remove(folder)
  }

  /** Stops watching everything below a folder, links included, but not the folder itself. */
  unwatchBelow(folder: string): void {
    for (const path of [...this.#watchers.keys(), ...this.#poller.folders])
      if (isBelow(path, folder)) this.unwatch(path)
    for (const path of [...this.#links.paths]) if (isBelow(path, folder)) this.unwatchLink(path)
  }

  /** Watches what decides where a link leads. */
  watchLink(path: string): void {
    this.unwatchLink(path)
    if (!this.#pollAll) this.#links.add(path)
  }

  unwatchLink(path: string): void {
    this.#links.remove(path)
  }

  close(): void {
    for (const folder of [...this.#watchers.keys()]) this.unwatch(folder)
    for (const path of [...this.#links.paths]) this.unwatchLink(path)
    this.#poller.close()
  }

  #failed(folder: string, error: unknown): void {
    // A folder that vanished: its parent's watch tells the rest.
    if (isAbsence(error)) {
      this.#events.event(folderOf(folder), nameOf(folder), true)
      return
    }
    const code = codeOf(error) ?? 'an error'
    if (!this.#warned.has(code)) {
      this.#warned.add(code)
      this.#seams.warn(
        `Cannot watch ${this.#disk.diskPath(folder)} (${code}): this folder, and any further one with the same trouble, is ` +
          `looked at every ${this.#interval} ms instead. ${remedy(code)}`,
      )
    }
    this.#poller.add(folder)
  }
}

function remedy(code: string): string {
  if (code === 'ENOSPC') return 'Raise fs.inotify.max_user_watches (sysctl), or exclude folders that need no watching.'
  if (code === 'EMFILE') return 'Raise fs.inotify.max_user_instances (sysctl) or the limit of open files (ulimit -n).'
  if (code === 'EACCES' || code === 'EPERM') return 'Make it readable for this user, or exclude it.'
  return 'Exclude it if it needs no watching.'
}
