/**
 * Watching: what happens on the disk becomes dirty paths.
 *
 * Events of the kernel come in; paths, each with a hint, go out to the settler. The invariant: an event is believed in one
 * thing only, that something happened near a name. What is there now is looked up, and a folder is read again whenever it
 * may be another folder than before.
 */
import type { Following } from '../following/followed.ts'
import { folderOf, isBelow } from '../paths/paths.ts'
import type { Disk, Entry } from '../reading/disk.ts'
import { isAbsence } from '../reading/disk-errors.ts'
import type { Hint, Settler } from '../settling/settler.ts'
import { FollowedWatches } from './followed-watches.ts'
import { addReader, eventFetched, lookedAtEvents, type QueueReader, removeReader } from './kernel-queue.ts'
import { LostRoot } from './lost-root.ts'
import { type WatchEvents, Watches, type WatchingOptions, type WatchSeams } from './watches.ts'

/** Taken before the program may replace them. */
const { setImmediate, clearImmediate, setTimeout, clearTimeout } = globalThis
const clock = performance.now.bind(performance)

/** For how many ms one slice of the first comparison may keep the event loop busy. */
const SLICE = 8

export interface DiskWatcherSeams extends WatchSeams {
  /** Reports an error of the disk, once for each path until that path can be read. */
  report(path: string, error: unknown): void
  /** How many events the kernel keeps for this process before it drops some. */
  queue: number
}

/** Watches the disk: turns events into dirty paths, and touches the settler for each. */
export class DiskWatcher implements WatchEvents, QueueReader {
  readonly #disk: Disk
  readonly #settler: Settler
  readonly #seams: DiskWatcherSeams
  /** The time between two looks at the disk, in ms, if it sends no events. */
  readonly poll: number | undefined
  readonly #watches: Watches
  readonly #lostRoot: LostRoot
  readonly #followed: FollowedWatches
  /** Folders that were found but could not be read. */
  readonly #unreadable = new Set<string>()
  #dirty = new Map<string, Hint>()
  #dirtyFolders = new Set<string>()
  #mayHaveLostEvents = false
  /** Runs `lookNow`. */
  #nextLook: NodeJS.Immediate | undefined
  /** Runs the next slice of the first comparison. */
  /** Nothing that keeps the process alive, if the watching does not: a program may look at what does. */
  #nextSlice: NodeJS.Immediate | NodeJS.Timeout | undefined
  readonly #persistent: boolean

  constructor(disk: Disk, settler: Settler, seams: DiskWatcherSeams, options: WatchingOptions, following: Following) {
    this.#disk = disk
    this.#persistent = options.persistent
    this.#settler = settler
    this.#seams = seams
    this.poll = options.poll
    this.#watches = new Watches(disk, seams, this, options)
    this.#followed = new FollowedWatches(disk, following, seams, options, {
      touch: (key, hint) => settler.touch(key, hint),
      lookSoon: () => this.#lookSoon(),
    })
    this.#lostRoot = new LostRoot(disk.diskPath(''), options.persistent, () => this.#rescan(''))
  }

  /** Watches every folder at once. Then compares the disk with what is known, in slices. */
  start(): void {
    addReader(this)
    for (const folder of this.#disk.folders) this.#watches.watch(folder)
    this.#followed.start()
    // What changed before this call is delivered as one update, before everything that changes from now on.
    this.#settler.pause()
    const comparison = this.#scan('', false)
    const compareSlice = () => {
      if (!canIterate()) return
      const end = clock() + SLICE
      while (clock() < end) {
        if (!comparison.next().done) continue
        this.#nextSlice = undefined
        this.#disk.forgetNothingOurs()
        this.#settler.resume()
        return
      }
      next()
    }
    const next = () => {
      this.#nextSlice = this.#persistent ? setImmediate(compareSlice) : setTimeout(compareSlice, 0).unref()
    }
    // At once, if it must not keep the process alive: what a timer or an immediate would run can be seen by the program.
    if (this.#persistent) next()
    else compareSlice()
  }

  /** Looks now at the names that events told of. Without this call it is done in a moment. */
  lookNow(): void {
    if (!this.#nextLook || !canIterate()) return
    clearImmediate(this.#nextLook)
    this.#nextLook = undefined
    this.#lookAtDirty()
  }

  close(): void {
    removeReader(this)
    this.#watches.close()
    this.#followed.close()
    if (this.#nextLook) clearImmediate(this.#nextLook)
    clearTimeout(this.#nextSlice as NodeJS.Timeout | undefined)
    clearImmediate(this.#nextSlice as NodeJS.Immediate | undefined)
    this.#lostRoot.close()
    this.#settler.close()
  }

  event(folder: string, name: string | null, moved: boolean): void {
    eventFetched()
    if (name === null) this.#dirtyFolders.add(folder)
    else {
      const path = `${folder}/${this.#seams.platform === 'win32' ? name.replaceAll('\\', '/') : name}`
      // Only Linux tells a name that was moved into place from one that was created and written.
      const isMoved = moved && this.#seams.platform === 'linux' && this.#dirty.get(path) !== 'written'
      this.#dirty.set(path, isMoved ? 'moved' : 'written')
      this.#followed.event(path, moved)
    }
    this.#lookSoon()
  }

  linkEvent(path: string): void {
    eventFetched()
    if (path === '') this.#dirtyFolders.add('')
    else this.#dirty.set(path, 'written')
    this.#followed.event(path, true)
    this.#lookSoon()
  }

  eventsMayBeLost(): void {
    this.#mayHaveLostEvents = true
    this.#lookSoon()
  }

  #lookSoon(): void {
    this.#nextLook ??= setImmediate(() => this.lookNow())
  }

  #lookAtDirty(): void {
    const dirty = this.#dirty
    const folders = this.#dirtyFolders
    lookedAtEvents(this.#seams.queue)
    if (this.#mayHaveLostEvents) folders.add('')
    this.#mayHaveLostEvents = false
    this.#dirty = new Map()
    this.#dirtyFolders = new Set()
    this.#followed.lookAtDirty(path => dirty.get(path) ?? 'written')
    if (this.#lostRoot.isAwaited) return
    if (!this.#lostRoot.exists()) {
      this.#forget('')
      this.#lostRoot.wait()
      return
    }
    // Parents first: what lies below a folder that is read again needs no look of its own.
    const paths = [...new Set([...dirty.keys(), ...folders])].sort()
    let rescanned: string | undefined
    for (const path of paths) {
      if (rescanned !== undefined && isBelow(path, rescanned)) {
        // The rescan compared its bytes, but perhaps too early: it goes on settling.
        if (this.#settler.has(path)) this.#settler.touch(path, 'written')
        continue
      }
      if (folders.has(path) && (path === '' || this.#disk.folders.has(path))) {
        this.#rescan(path)
        rescanned = path
      } else if (this.#lookAt(path, dirty.get(path) ?? 'written')) rescanned = path
    }
  }

  /** Looks at one dirty path. Says whether it is a folder, and was rescanned. */
  #lookAt(path: string, hint: Hint): boolean {
    const { folders, lastRead } = this.#disk
    // The event comes from a watch that has been closed since, or from below an excluded path.
    if (!folders.has(folderOf(path))) return this.#lookBelowUnknown(path)
    let entry: Entry
    try {
      entry = this.#disk.entryAt(path)
    } catch (error) {
      this.#seams.report(path, error)
      entry = { path, kind: 'absent', isLink: false }
    }
    const wasFolder = folders.has(path)
    if (entry.isLink) this.#watches.watchLink(path)
    else this.#watches.unwatchLink(path)
    if (entry.kind === 'folder') {
      if (lastRead.has(path) || this.#settler.has(path)) this.#settler.touch(path, hint)
      // `written` on a plain folder means that its mode or its times changed. Only an unreadable folder may be news then.
      if (wasFolder && hint === 'written' && !entry.isLink && !this.#unreadable.has(path)) return false
      this.#rescan(path)
      return true
    }
    if (wasFolder) this.#forget(path)
    if (entry.kind === 'file' || lastRead.has(path) || this.#settler.has(path))
      this.#settler.touch(path, entry.kind === 'absent' ? 'gone' : hint)
    return false
  }

  /** With a recursive watch the event of a new folder may come after that of its first file. */
  #lookBelowUnknown(path: string): boolean {
    let folder = folderOf(path)
    while (!this.#disk.folders.has(folderOf(folder))) {
      if (folder === '') return false
      folder = folderOf(folder)
    }
    return this.#lookAt(folder, 'moved')
  }

  /** Closes every watch below a folder, watches and reads it anew. Equal inode numbers would prove nothing: they are reused. */
  #rescan(folder: string): void {
    this.#watches.unwatchBelow(folder)
    for (const path of [...this.#disk.folders]) if (isBelow(path, folder)) this.#disk.folders.delete(path)
    this.#disk.folders.delete(folder)
    for (const _ of this.#scan(folder, true)) {
      // All at once: the next event must not find a folder that is half read.
    }
    this.#followed.lookBelow(folder)
  }

  /** Compares a folder and all below it with what is known, folder by folder, and touches what differs. */
  *#scan(top: string, isRescan: boolean): Generator<void> {
    const { lastRead, folders } = this.#disk
    const seen = new Set<string>()
    const todo = [top]
    for (let folder = todo.pop(); folder !== undefined; folder = todo.pop()) {
      if (isRescan || !folders.has(folder)) {
        folders.add(folder)
        // Before it is read: what comes after the reading has its event.
        this.#watches.watch(folder)
      }
      if (!isRescan && this.#disk.hasStillNothingOurs(folder)) {
        yield
        continue
      }
      for (const entry of this.#entries(folder)) {
        if (entry.isLink) this.#watches.watchLink(entry.path)
        if (entry.kind === 'folder') todo.push(entry.path)
        if (entry.kind !== 'file') continue
        seen.add(entry.path)
        const known = lastRead.get(entry.path)
        // Even if the file has its last known bytes again, other bytes of it may be waiting to be delivered.
        if (!known || this.#settler.has(entry.path) || !this.#disk.hasBytes(entry.path, known))
          this.#settler.touch(entry.path, 'written')
        yield
      }
      yield
    }
    for (const path of this.#settler.pathsBelow(top)) if (!seen.has(path)) this.#settler.touch(path, 'written')
    for (const path of lastRead.keys()) if (isBelow(path, top) && !seen.has(path)) this.#settler.touch(path, 'gone')
  }

  #entries(folder: string): Entry[] {
    try {
      const entries = this.#disk.entries(folder)
      this.#unreadable.delete(folder)
      return entries
    } catch (error) {
      if (isAbsence(error)) {
        if (folder !== '') this.#forget(folder)
        return []
      }
      this.#unreadable.add(folder)
      this.#seams.report(folder, error)
      return []
    }
  }

  /** A folder is gone, or is no folder any more. */
  #forget(folder: string): void {
    const { lastRead, folders } = this.#disk
    this.#watches.unwatchBelow(folder)
    this.#watches.unwatch(folder)
    this.#disk.links.forget(folder)
    for (const path of [...folders]) if (path === folder || isBelow(path, folder)) folders.delete(path)
    for (const path of this.#settler.pathsBelow(folder)) this.#settler.touch(path, 'written')
    for (const path of lastRead.keys()) if (isBelow(path, folder)) this.#settler.touch(path, 'gone')
    this.#followed.lookBelow(folder)
  }
}

/** A program may delete the iterator of arrays: Node goes on, and nobody else can. Its saves are not noticed then. */
function canIterate(): boolean {
  return Array.prototype[Symbol.iterator] !== undefined
}
