/**
 * Finds the followed places that an event may have changed. The tree's events and those of watches outside of it come in; the keys
 * of places that must settle go out. A folder that the tree watches gets no second watch.
 */
import { sep } from 'node:path'
import { type Followed, type Following, isIn } from '../following/followed.ts'
import { keyOf } from '../following/ids.ts'
import { statOf } from '../following/state.ts'
import { folderOf } from '../paths/paths.ts'
import type { Disk } from '../reading/disk.ts'
import type { Hint } from '../settling/settler.ts'
import { OutsideWatches } from './outside-watches.ts'
import type { WatchingOptions, WatchSeams } from './watches.ts'

interface Settling {
  touch(key: string, hint: Hint): void
  /** Lets the dirty paths be looked at in a moment. */
  lookSoon(): void
}

/** Watches the followed places, by the tree's own watches where it has some. */
export class FollowedWatches {
  readonly #disk: Disk
  readonly #following: Following
  readonly #outside: OutsideWatches
  readonly #settling: Settling
  /** The paths that had events, and whether their names came or went. */
  #dirty = new Map<string, boolean>()
  #outsideDirty = new Set<string>()

  constructor(disk: Disk, following: Following, seams: WatchSeams, options: WatchingOptions, settling: Settling) {
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
    following.doubted = followed => this.#settling.touch(keyOf(followed.id), 'written')
    for (const followed of following.all()) {
      this.#rewatch(followed.place)
      // Nothing was watched when they began to be followed, so they may have changed since.
      if (!following.isStill(followed)) this.#settling.touch(keyOf(followed.id), 'written')
    }
  }

  /** An event in a folder of the tree. `moved`: the name came or went. */
  event(path: string, moved: boolean): void {
    if (this.#following.size === 0) return
    this.#dirty.set(path, moved || this.#dirty.get(path) === true)
  }

  /** Touches the followed places that the events since the last call may have changed. */
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
    // A place outside the tree's own watches is watched only from now on, so it may have changed just before.
    if (followed.state === '' || (isOutside && !this.#following.isStill(followed)))
      this.#settling.touch(keyOf(followed.id), 'written')
    this.#settling.lookSoon()
  }

  /** Touches a followed place. There may be another file or folder now, which needs other watches. */
  #look(followed: Followed, hint: Hint): void {
    this.#rewatch(followed.place)
    this.#settling.touch(keyOf(followed.id), hint)
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

  /** Do the tree's own watches cover a place? */
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
