import type { FSWatcher, WatchListener, WatchOptions } from 'node:fs'
import { readdirSync, statSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { folderOf, isBelow, nameOf } from '../paths/paths.ts'
import { codeOf, type Disk, isAbsence } from '../reading/disk.ts'

/** What of the outer world watching needs: handed in, so that a test can stand in for it. */
export interface WatchSeams {
  watch(place: string, options: WatchOptions & { encoding?: 'utf8' }, listener: WatchListener<string>): FSWatcher
  platform: NodeJS.Platform
  warn(message: string): void
}

export interface ArmOptions {
  /** In ms: look that often instead of watching. */
  poll: number | undefined
  /** Does watching keep the process alive? */
  persistent: boolean
}

export interface ArmEvents {
  /** Something happened to a name in a folder; without a name, somewhere in it. `moved`: the name came or went. */
  event(folder: string, name: string | null, moved: boolean): void
  /** What a link leads to may have changed. */
  linkEvent(path: string): void
}

/** How often a folder is looked at that cannot be watched. */
const POLL = 500

interface Outside {
  watcher: FSWatcher
  /** The names that matter in that folder, and the links that lead there. */
  names: Map<string, Set<string>>
}

/**
 * The kernel's watches: on Linux one for each folder, since recursive watching loses files there (seen on Node 22, 24
 * and 26); elsewhere a recursive one for the root and each linked folder. A folder that cannot be watched is polled.
 */
export class Arms {
  readonly #disk: Disk
  readonly #seams: WatchSeams
  readonly #events: ArmEvents
  readonly #watchers = new Map<string, FSWatcher>()
  readonly #outside = new Map<string, Outside>()
  readonly #linkNames = new Map<string, { place: string; name: string }[]>()
  readonly #polled = new Map<string, Map<string, string>>()
  readonly #warned = new Set<string>()
  readonly #interval: number
  readonly #pollAll: boolean
  readonly #persistent: boolean
  readonly #recursive: boolean
  #timer: NodeJS.Timeout | undefined

  constructor(disk: Disk, seams: WatchSeams, events: ArmEvents, { poll, persistent }: ArmOptions) {
    this.#disk = disk
    this.#seams = seams
    this.#events = events
    this.#interval = poll ?? POLL
    this.#pollAll = poll !== undefined
    this.#persistent = persistent
    this.#recursive = seams.platform === 'darwin' || seams.platform === 'win32'
  }

  /** Watches a folder, anew if it was watched already: the name may stand for another folder now. */
  arm(folder: string): void {
    this.disarm(folder)
    if (this.#pollAll) {
      this.#poll(folder)
      return
    }
    if (this.#recursive && folder !== '' && !this.#disk.links.has(folder)) return
    const place = this.#disk.place(folder)
    // A folder's own end is reported under its own name. For all but these two its parent's watch tells, too.
    const own = folder === '' || this.#disk.links.has(folder) ? basename(place) : undefined
    try {
      const options = { encoding: 'utf8', recursive: this.#recursive, persistent: this.#persistent } as const
      const watcher = this.#seams.watch(place, options, (type, name) => {
        this.#events.event(folder, name, type === 'rename')
        if (own !== undefined && name === own && type === 'rename') this.#events.linkEvent(folder)
      })
      watcher.on('error', error => {
        this.disarm(folder)
        this.#failed(folder, error)
      })
      this.#watchers.set(folder, watcher)
    } catch (error) {
      this.#failed(folder, error)
    }
  }

  disarm(folder: string): void {
    this.#watchers.get(folder)?.close()
    this.#watchers.delete(folder)
    this.#polled.delete(folder)
  }

  /** Stops watching everything below a folder, links included, but not the folder itself. */
  disarmBelow(folder: string): void {
    for (const path of [...this.#watchers.keys(), ...this.#polled.keys()]) if (isBelow(path, folder)) this.disarm(path)
    for (const path of [...this.#linkNames.keys()]) if (isBelow(path, folder)) this.disarmLink(path)
  }

  /** Watches the names that decide where a link leads, so that a broken one heals and a linked file is followed. */
  armLink(path: string): void {
    this.disarmLink(path)
    if (this.#pollAll) return
    const names: { place: string; name: string }[] = []
    for (const hop of this.#disk.hops(path)) {
      const place = dirname(hop)
      const name = basename(hop)
      const outside = this.#outside.get(place) ?? this.#watchOutside(place, path)
      if (!outside) continue
      const paths = outside.names.get(name)
      if (paths) paths.add(path)
      else outside.names.set(name, new Set([path]))
      names.push({ place, name })
    }
    this.#linkNames.set(path, names)
  }

  disarmLink(path: string): void {
    for (const { place, name } of this.#linkNames.get(path) ?? []) {
      const outside = this.#outside.get(place)
      const paths = outside?.names.get(name)
      paths?.delete(path)
      if (paths?.size === 0) outside?.names.delete(name)
      if (outside?.names.size === 0) {
        outside.watcher.close()
        this.#outside.delete(place)
      }
    }
    this.#linkNames.delete(path)
  }

  close(): void {
    for (const folder of [...this.#watchers.keys()]) this.disarm(folder)
    for (const path of [...this.#linkNames.keys()]) this.disarmLink(path)
    this.#polled.clear()
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #watchOutside(place: string, path: string): Outside | undefined {
    try {
      const names: Outside['names'] = new Map()
      const watcher = this.#seams.watch(place, { encoding: 'utf8', persistent: this.#persistent }, (_type, name) => {
        for (const paths of name === null ? names.values() : [names.get(name) ?? []])
          for (const link of [...paths]) this.#events.linkEvent(link)
      })
      const outside = { watcher, names }
      watcher.on('error', () => {
        // Nothing better to be had from that folder: let the links that lead there be looked at.
        for (const paths of [...names.values()]) for (const link of [...paths]) this.#failed(folderOf(link), undefined)
      })
      this.#outside.set(place, outside)
      return outside
    } catch (error) {
      if (!isAbsence(error)) this.#failed(folderOf(path), error)
      return undefined
    }
  }

  #failed(folder: string, error: unknown): void {
    // It vanished: its parent's watch tells the rest.
    if (isAbsence(error)) {
      this.#events.event(folderOf(folder), nameOf(folder), true)
      return
    }
    const code = codeOf(error) ?? 'an error'
    if (!this.#warned.has(code)) {
      this.#warned.add(code)
      const place = this.#disk.place(folder)
      this.#seams.warn(
        `Cannot watch ${place} (${code}): this folder, and any further one with the same trouble, is looked at every ` +
          `${this.#interval} ms instead. ${remedy(code)}`,
      )
    }
    this.#poll(folder)
  }

  #poll(folder: string): void {
    this.#polled.set(folder, this.#snapshot(folder))
    this.#pollSoon()
  }

  #pollSoon(): void {
    if (this.#timer) return
    this.#timer = setTimeout(() => this.#lookAtPolled(), this.#interval)
    if (!this.#persistent) this.#timer.unref()
  }

  #lookAtPolled(): void {
    this.#timer = undefined
    for (const [folder, before] of [...this.#polled]) {
      const now = this.#snapshot(folder)
      this.#polled.set(folder, now)
      for (const [name, state] of now) {
        const was = before.get(name)
        if (was !== state) this.#events.event(folder, name, was === undefined)
      }
      for (const name of before.keys()) if (!now.has(name)) this.#events.event(folder, name, true)
    }
    if (this.#polled.size > 0) this.#pollSoon()
  }

  /** What each name in a folder stands for; links are followed. A change of bytes shows in `ctime`, if nowhere else. */
  #snapshot(folder: string): Map<string, string> {
    const snapshot = new Map<string, string>()
    const place = this.#disk.place(folder)
    let names: string[]
    try {
      names = readdirSync(place)
    } catch {
      // Gone or unreadable: empty, and so every name in it counts as gone. Reading them will tell why.
      return snapshot
    }
    for (const name of names) {
      try {
        const { ino, size, mtimeMs, ctimeMs, mode } = statSync(`${place}/${name}`)
        // A folder's own times change with its entries, which are looked at on their own.
        const isFolder = (mode & 0o170000) === 0o040000
        snapshot.set(name, isFolder ? `${ino} ${mode}` : `${ino} ${size} ${mtimeMs} ${ctimeMs}`)
      } catch {
        // A link to nowhere, or gone again.
        snapshot.set(name, '')
      }
    }
    return snapshot
  }
}

function remedy(code: string): string {
  if (code === 'ENOSPC') return 'Raise fs.inotify.max_user_watches (sysctl), or exclude folders that need no watching.'
  if (code === 'EMFILE') return 'Raise fs.inotify.max_user_instances (sysctl) or the limit of open files (ulimit -n).'
  if (code === 'EACCES' || code === 'EPERM') return 'Make it readable for this user, or exclude it.'
  return 'Exclude it if it needs no watching.'
}
