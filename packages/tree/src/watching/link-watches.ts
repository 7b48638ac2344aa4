/** The watches for the targets of links, which may lie outside the tree. */
import type { FSWatcher, WatchListener, WatchOptions } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { Disk } from '../reading/disk.ts'
import { isAbsence } from '../reading/disk-errors.ts'

/** Starts one watch of the kernel, as `fs.watch` does. */
export type Watch = (
  diskPath: string,
  options: WatchOptions & { encoding?: 'utf8' },
  listener: WatchListener<string>,
) => FSWatcher

export interface LinkWatchEvents {
  /** What a link leads to may have changed. */
  linkEvent(path: string): void
  /** The folder that a link leads to cannot be watched. */
  failed(link: string, error: unknown): void
}

/** A watched folder: the names in it that matter, and the links that lead through each. */
interface Outside {
  watcher: FSWatcher
  links: Map<string, Set<string>>
}

/**
 * Watches the names on the disk that decide where the tree's links lead. So a broken link heals when its target appears,
 * and a linked file is followed. Each folder has one watch, however many links lead into it.
 */
export class LinkWatches {
  readonly #disk: Disk
  readonly #watch: Watch
  readonly #persistent: boolean
  readonly #events: LinkWatchEvents
  readonly #outside = new Map<string, Outside>()
  /** The watched names of each link. */
  readonly #names = new Map<string, { folder: string; name: string }[]>()

  constructor(disk: Disk, watch: Watch, persistent: boolean, events: LinkWatchEvents) {
    this.#disk = disk
    this.#watch = watch
    this.#persistent = persistent
    this.#events = events
  }

  get paths(): Iterable<string> {
    return this.#names.keys()
  }

  add(path: string): void {
    const names: { folder: string; name: string }[] = []
    for (const hop of this.#disk.links.hops(path)) {
      const folder = dirname(hop)
      const name = basename(hop)
      const outside = this.#outside.get(folder) ?? this.#watchOutside(folder, path)
      if (!outside) continue
      const links = outside.links.get(name)
      if (links) links.add(path)
      else outside.links.set(name, new Set([path]))
      names.push({ folder, name })
    }
    this.#names.set(path, names)
  }

  remove(path: string): void {
    for (const { folder, name } of this.#names.get(path) ?? []) {
      const outside = this.#outside.get(folder)
      const links = outside?.links.get(name)
      links?.delete(path)
      if (links?.size === 0) outside?.links.delete(name)
      if (outside?.links.size === 0) {
        outside.watcher.close()
        this.#outside.delete(folder)
      }
    }
    this.#names.delete(path)
  }

  #watchOutside(folder: string, path: string): Outside | undefined {
    try {
      const links: Outside['links'] = new Map()
      const watcher = this.#watch(folder, { encoding: 'utf8', persistent: this.#persistent }, (_type, name) => {
        for (const paths of name === null ? links.values() : [links.get(name) ?? []])
          for (const link of [...paths]) this.#events.linkEvent(link)
      })
      const outside = { watcher, links }
      watcher.on('error', () => {
        // That folder tells nothing any more: let the links that lead there be looked at.
        for (const paths of [...links.values()]) for (const link of [...paths]) this.#events.failed(link, undefined)
      })
      this.#outside.set(folder, outside)
      return outside
    } catch (error) {
      if (!isAbsence(error)) this.#events.failed(path, error)
      return undefined
    }
  }
}
