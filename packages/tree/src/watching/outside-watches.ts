/**
 * Watches places outside the folders that the tree itself watches. Places come in; each event at one of them goes out. A place is
 * watched in every folder whose names decide what is found there: its own folder, those of links on the way, and those above.
 */
import type { FSWatcher } from 'node:fs'
import * as fs from 'node:fs'
import { basename, dirname, join, parse, resolve, sep } from 'node:path'
import { statOf } from '../following/state.ts'
import type { WatchSeams } from './watches.ts'

/** Taken before the program may replace them. */
const { setTimeout, clearTimeout } = globalThis

const { lstatSync, readdirSync, readlinkSync } = fs

/** How often a place that cannot be watched is looked at, in ms. */
const POLL = 500
/** Linux gives up after so many links. */
const LINKS = 40
/** Any name in a folder. */
const any = '*'

interface Options {
  poll: number | undefined
  persistent: boolean
}

interface Watched {
  watcher: FSWatcher
  /** The places that depend on a name in this folder. */
  names: Map<string, Set<string>>
}

/** Watches single places, in the folders whose names decide what is found there. */
export class OutsideWatches {
  readonly #seams: WatchSeams
  readonly #options: Options
  readonly #event: (place: string) => void
  /** The tree's folder. When a folder above it is renamed, the tree moves along, so that is no change. */
  readonly #root: string
  readonly #watched = new Map<string, Watched>()
  /** For each place, the names that it depends on. */
  readonly #deciders = new Map<string, [folder: string, name: string][]>()
  readonly #polled = new Set<string>()
  #timer: NodeJS.Timeout | undefined

  /** `event` is called with a place that may have changed. */
  constructor(root: string, seams: WatchSeams, options: Options, event: (place: string) => void) {
    this.#root = root
    this.#seams = seams
    this.#options = options
    this.#event = event
  }

  /** Watches a place. `names`: the names in it matter, too; with `'all names'` also those in folders below. */
  watch(place: string, names: 'names' | 'all names' | undefined): void {
    this.unwatch(place)
    if (this.#options.poll !== undefined) {
      this.#poll(place)
      return
    }
    const deciders = this.#decidersOf(place)
    if (names)
      deciders.push(...foldersIn(place, names === 'all names').map(folder => [folder, any] as [string, string]))
    this.#deciders.set(place, deciders)
    for (const [folder, name] of deciders) {
      const watched = this.#watched.get(folder) ?? this.#watch(folder)
      if (!watched) {
        this.#poll(place)
        continue
      }
      const places = watched.names.get(name)
      if (places) places.add(place)
      else watched.names.set(name, new Set([place]))
    }
  }

  unwatch(place: string): void {
    this.#polled.delete(place)
    for (const [folder, name] of this.#deciders.get(place) ?? []) {
      const watched = this.#watched.get(folder)
      const places = watched?.names.get(name)
      places?.delete(place)
      if (places?.size === 0) watched!.names.delete(name)
      if (watched?.names.size === 0) {
        watched.watcher.close()
        this.#watched.delete(folder)
      }
    }
    this.#deciders.delete(place)
  }

  close(): void {
    for (const place of [...this.#deciders.keys()]) this.unwatch(place)
    this.#polled.clear()
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #watch(folder: string): Watched | undefined {
    try {
      const names: Watched['names'] = new Map()
      const { persistent } = this.#options
      const watcher = this.#seams.watch(folder, { encoding: 'utf8', persistent }, (type, name) => {
        // The kernel reports a folder's own end under the folder's own name.
        const all = name === null || (type === 'rename' && name === basename(folder) && !statOf(folder))
        const touched = all ? names.values() : [names.get(name) ?? [], names.get(any) ?? []]
        for (const places of [...touched]) for (const place of [...places]) this.#event(place)
      })
      watcher.on('error', () => {
        this.#watched.delete(folder)
        for (const places of [...names.values()]) for (const place of [...places]) this.#poll(place)
      })
      const watched = { watcher, names }
      this.#watched.set(folder, watched)
      return watched
    } catch {
      return undefined // it vanished, or cannot be watched: it is polled
    }
  }

  #poll(place: string): void {
    this.#polled.add(place)
    this.#timer ??= this.#tick()
  }

  #tick(): NodeJS.Timeout {
    const timer = setTimeout(() => {
      this.#timer = undefined
      for (const place of [...this.#polled]) this.#event(place)
      if (this.#polled.size > 0) this.#timer = this.#tick()
    }, this.#options.poll ?? POLL)
    return this.#options.persistent ? timer : timer.unref()
  }

  #decidersOf(place: string): [folder: string, name: string][] {
    const found: [string, string][] = []
    let path = place
    for (let links = 0; links < LINKS; links++) {
      const link = this.#walk(path, found)
      if (link === undefined) break
      path = link
    }
    return found
  }

  /** Adds the names that decide what is found at a path. If a link is on the way, returns the path that it leads to. */
  #walk(path: string, found: [string, string][]): string | undefined {
    const { root } = parse(path)
    const names = path
      .slice(root.length)
      .split(/[\\/]+/)
      .filter(name => name !== '')
    let folder = root
    for (const [index, name] of names.entries()) {
      const here = join(folder, name)
      const isLast = index === names.length - 1
      // When a folder above the tree is renamed, the tree moves along.
      if (isLast || !(this.#root === here || this.#root.startsWith(here + sep))) found.push([folder, name])
      let stat: fs.Stats | undefined
      try {
        stat = lstatSync(here, { throwIfNoEntry: false })
      } catch {
        stat = undefined // its folder cannot be read
      }
      if (!stat) return undefined
      if (stat.isSymbolicLink()) {
        if (!isLast) found.push([folder, name])
        try {
          return join(resolve(dirname(here), readlinkSync(here)), ...names.slice(index + 1))
        } catch {
          return undefined // the link has just changed: its event comes
        }
      }
      folder = here
    }
    return undefined
  }
}

/** A folder, and with `deep` all folders below it, except `node_modules` and `.git`. */
function foldersIn(folder: string, deep: boolean): string[] {
  if (!statOf(folder)?.isDirectory()) return []
  const folders = [folder]
  for (const each of deep ? folders : []) {
    try {
      for (const entry of readdirSync(each, { withFileTypes: true })) {
        if (entry.isDirectory() && entry.name !== 'node_modules' && entry.name !== '.git')
          folders.push(join(each, entry.name))
      }
    } catch {
      // It is gone again, or cannot be read.
    }
  }
  return folders
}
