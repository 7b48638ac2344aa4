/**
 * Which events concern what is followed. In come the tree's own events and those of watches outside of it, out go the keys that
 * have to settle. Where the tree watches a folder anyway, nothing more is watched.
 */
import { sep } from 'node:path'
import { type Followed, type Following, isIn, keyOf } from '../following/followed.ts'
import { statOf } from '../following/state.ts'
import { folderOf } from '../paths/paths.ts'
import type { Disk } from '../reading/disk.ts'
import type { Hint } from '../settling/settler.ts'
import { OutsideWatches } from './outside-watches.ts'
import type { FollowOptions, WatchSeams } from './watches.ts'

interface Settling {
  touch(key: string, hint: Hint): void
  /** Has the dirty paths looked at in a moment. */
  lookSoon(): void
}

export class FollowedWatches {
  readonly #disk: Disk
  readonly #following: Following
  readonly #outside: OutsideWatches
  readonly #settling: Settling
  /** The paths that had events, and whether their names came or went. */
  #dirty = new Map<string, boolean>()
  #outsideDirty = new Set<string>()

  constructor(disk: Disk, following: Following, seams: WatchSeams, options: FollowOptions, settling: Settling) {
    this.#disk = disk
    this.#following = following
    this.#settling = settling
    this.#outside = new OutsideWatches(disk.folder || '/', seams, options, place => {
      this.#outsideDirty.add(place)
      settling.lookSoon()
    })
  }

  start(): void {
    const following = this.#following
    following.added = followed => this.#follow(followed)
    following.dropped = ({ place }) => this.#rewatch(place)
    following.doubted = followed => this.#settling.touch(keyOf(followed), 'written')
    for (const followed of following.all()) {
      this.#rewatch(followed.place)
      // They were followed before anything was watched.
      if (!following.isStill(followed)) this.#settling.touch(keyOf(followed), 'written')
    }
  }

  /** An event in a folder of the tree. `moved`: the name came or went. */
  event(path: string, moved: boolean): void {
    if (this.#following.size === 0) return
    this.#dirty.set(path, moved || this.#dirty.get(path) === true)
  }

  /** Touches what the events since the last time concern. */
  lookAtDirty(hintFor: (path: string) => Hint): void {
    const dirty = this.#dirty
    const outside = this.#outsideDirty
    this.#dirty = new Map()
    this.#outsideDirty = new Set()
    for (const [path, moved] of dirty) {
      for (const followed of this.#following.touchedBy(this.#placeOf(path), moved)) this.#look(followed, hintFor(path))
    }
    for (const place of outside) for (const followed of this.#following.at(place)) this.#look(followed, 'written')
  }

  /** Touches everything that is followed at or below a path of the tree. */
  lookBelow(path: string): void {
    if (this.#following.size === 0) return
    for (const followed of [...this.#following.below(this.#placeOf(path))]) this.#look(followed, 'written')
  }

  close(): void {
    this.#following.added = undefined
    this.#following.dropped = undefined
    this.#following.doubted = undefined
    this.#outside.close()
  }

  #follow(followed: Followed): void {
    const isOutside = this.#rewatch(followed.place)
    // The tree's own watches were there before; what is watched from now on may have changed just before.
    if (followed.state === '' || (isOutside && !this.#following.isStill(followed)))
      this.#settling.touch(keyOf(followed), 'written')
    this.#settling.lookSoon()
  }

  /** What is there may be another file or folder now, which needs other watches. */
  #look(followed: Followed, hint: Hint): void {
    this.#rewatch(followed.place)
    this.#settling.touch(keyOf(followed), hint)
  }

  /** Says whether the place needs watches of its own. */
  #rewatch(place: string): boolean {
    const aspects = this.#following.at(place).map(({ aspect }) => aspect)
    if (aspects.length === 0 || this.#isWatched(place, aspects.includes('names') || aspects.includes('all names'))) {
      this.#outside.unwatch(place)
      return false
    }
    const names = aspects.includes('all names') ? 'all names' : aspects.includes('names') ? 'names' : undefined
    this.#outside.watch(place, names)
    return true
  }

  /** Do the tree's own watches tell of a place? */
  #isWatched(place: string, names: boolean): boolean {
    const path = this.#pathOf(place)
    const { folders } = this.#disk
    if (path === undefined || !folders.has(folderOf(path))) return false
    return !names || folders.has(path) || !statOf(place)?.isDirectory()
  }

  #pathOf(place: string): string | undefined {
    const { folder } = this.#disk
    if (place !== folder && !isIn(place, folder || '/')) return undefined
    const path = place.slice(folder.length)
    return sep === '\\' ? path.replaceAll('\\', '/') : path
  }

  #placeOf(path: string): string {
    const place = this.#disk.diskPath(path)
    return sep === '\\' ? place.replaceAll('/', '\\') : place
  }
}
