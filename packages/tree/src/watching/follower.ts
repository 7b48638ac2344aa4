import { readFileSync, statSync } from 'node:fs'
import { folderOf, isBelow } from '../paths/paths.ts'
import { type Disk, type Entry, isAbsence } from '../reading/disk.ts'
import type { Hint, Settler } from '../settling/settler.ts'
import { type ArmEvents, type ArmOptions, Arms, type WatchSeams } from './watches.ts'

/** How often a root that vanished is looked for. */
const ROOT_POLL = 100
/** How long one slice of the first comparison may keep the event loop busy. */
const SLICE = 8

/** How many events were fetched from the kernel since the last look: its queue is one for the whole process. */
let fetched = 0
const followers = new Set<Follower>()

export interface FollowSeams extends WatchSeams {
  /** Reports an error with the disk, once for each path until that path is well again. */
  report(path: string, error: unknown): void
  /** How many events the kernel keeps for us before it drops some. */
  queue: number
}

/**
 * Turns events into paths for the settler. An event is believed in one thing only, that something happened near a
 * name: what is there now is looked up, and folders are read again whenever they may be other folders than before.
 */
export class Follower implements ArmEvents {
  readonly #disk: Disk
  readonly #settler: Settler
  readonly #seams: FollowSeams
  readonly #arms: Arms
  readonly #persistent: boolean
  /** Folders that were found but could not be read. */
  readonly #unread = new Set<string>()
  #dirty = new Map<string, Hint>()
  #dirtyFolders = new Set<string>()
  #overflown = false
  #drain: NodeJS.Immediate | undefined
  #slice: NodeJS.Immediate | undefined
  #rootTimer: NodeJS.Timeout | undefined

  constructor(disk: Disk, settler: Settler, seams: FollowSeams, options: ArmOptions) {
    this.#disk = disk
    this.#settler = settler
    this.#seams = seams
    this.#arms = new Arms(disk, seams, this, options)
    this.#persistent = options.persistent
  }

  /** Arms everything at once, then compares the disk with what is known, in slices. */
  start(): void {
    followers.add(this)
    for (const folder of this.#disk.folders) this.#arms.arm(folder)
    // What changed before comes as one, before everything that changes from now on.
    this.#settler.pause()
    const comparison = this.#scan('', false)
    const slice = () => {
      const end = performance.now() + SLICE
      while (performance.now() < end) {
        if (!comparison.next().done) continue
        this.#slice = undefined
        this.#disk.forgetBarren()
        this.#settler.resume()
        return
      }
      this.#slice = setImmediate(slice)
    }
    this.#slice = setImmediate(slice)
  }

  /** Looks now at what events told, which is otherwise done in a moment. */
  drain(): void {
    if (!this.#drain) return
    clearImmediate(this.#drain)
    this.#drain = undefined
    this.#work()
  }

  close(): void {
    followers.delete(this)
    this.#arms.close()
    if (this.#drain) clearImmediate(this.#drain)
    if (this.#slice) clearImmediate(this.#slice)
    clearTimeout(this.#rootTimer)
    this.#settler.close()
  }

  event(folder: string, name: string | null, moved: boolean): void {
    fetched++
    if (name === null) this.#dirtyFolders.add(folder)
    else {
      const path = `${folder}/${this.#seams.platform === 'win32' ? name.replaceAll('\\', '/') : name}`
      // Only Linux tells a name that was moved into place from one that was created and written.
      const hint = moved && this.#seams.platform === 'linux' && this.#dirty.get(path) !== 'written'
      this.#dirty.set(path, hint ? 'moved' : 'written')
    }
    this.#schedule()
  }

  linkEvent(path: string): void {
    fetched++
    if (path === '') this.#dirtyFolders.add('')
    else this.#dirty.set(path, 'written')
    this.#schedule()
  }

  #overflow(): void {
    this.#overflown = true
    this.#schedule()
  }

  #schedule(): void {
    this.#drain ??= setImmediate(() => this.drain())
  }

  #work(): void {
    const dirty = this.#dirty
    const folders = this.#dirtyFolders
    // The kernel drops what does not fit into its queue without a word: so much at once, and it may have. Whose events
    // it dropped, nobody knows.
    if (fetched >= this.#seams.queue / 2) for (const follower of followers) follower.#overflow()
    fetched = 0
    if (this.#overflown) folders.add('')
    this.#overflown = false
    this.#dirty = new Map()
    this.#dirtyFolders = new Set()
    if (this.#rootTimer) return
    if (!this.#hasRoot()) {
      this.#loseRoot()
      return
    }
    // Parents first: what lies below a folder that is read again needs no look of its own.
    const paths = [...new Set([...dirty.keys(), ...folders])].sort()
    let again: string | undefined
    for (const path of paths) {
      if (again !== undefined && isBelow(path, again)) {
        // Its bytes were compared, but perhaps too early: it goes on settling.
        if (this.#settler.has(path)) this.#settler.touch(path, 'written')
        continue
      }
      if (folders.has(path) && (path === '' || this.#disk.folders.has(path))) {
        this.#rescan(path)
        again = path
      } else if (this.#look(path, dirty.get(path) ?? 'written')) again = path
    }
  }

  /** Looks at one dirty path. Says whether it was a folder, and has been read again. */
  #look(path: string, hint: Hint): boolean {
    const { folders, files } = this.#disk
    // An event of a watch that has been closed since, or below a path that is excluded.
    if (!folders.has(folderOf(path))) return this.#lookBelowUnknown(path)
    let entry: Entry
    try {
      entry = this.#disk.look(path)
    } catch (error) {
      this.#seams.report(path, error)
      entry = { path, kind: 'absent', isLink: false }
    }
    const wasFolder = folders.has(path)
    if (entry.isLink) this.#arms.armLink(path)
    else this.#arms.disarmLink(path)
    if (entry.kind === 'folder') {
      if (files.has(path) || this.#settler.has(path)) this.#settler.touch(path, hint)
      // `written` on a plain folder is a change of its mode or its times, and it may have become readable.
      if (wasFolder && hint === 'written' && !entry.isLink && !this.#unread.has(path)) return false
      this.#rescan(path)
      return true
    }
    if (wasFolder) this.#forget(path)
    if (entry.kind === 'file' || files.has(path) || this.#settler.has(path))
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
    return this.#look(folder, 'moved')
  }

  /** Closes every watch below a folder, arms again, reads again. Equal inode numbers would prove nothing: they are reused. */
  #rescan(folder: string): void {
    this.#arms.disarmBelow(folder)
    for (const path of [...this.#disk.folders]) if (isBelow(path, folder)) this.#disk.folders.delete(path)
    this.#disk.folders.delete(folder)
    for (const _ of this.#scan(folder, true)) {
      // All at once: a half-read folder must not be seen by the next event.
    }
  }

  /** Compares a folder and all below with what is known, folder by folder, and touches what differs. */
  *#scan(top: string, rearm: boolean): Generator<void> {
    const { files, folders } = this.#disk
    const seen = new Set<string>()
    const todo = [top]
    for (let folder = todo.pop(); folder !== undefined; folder = todo.pop()) {
      if (rearm || !folders.has(folder)) {
        folders.add(folder)
        // Before it is read: what comes after the reading has its event.
        this.#arms.arm(folder)
      }
      if (!rearm && this.#disk.isStillBarren(folder)) {
        yield
        continue
      }
      for (const entry of this.#entries(folder)) {
        if (entry.isLink) this.#arms.armLink(entry.path)
        if (entry.kind === 'folder') todo.push(entry.path)
        if (entry.kind !== 'file') continue
        seen.add(entry.path)
        const known = files.get(entry.path)
        // What waits to be delivered may be older than what is known, if that is back.
        if (!known || this.#settler.has(entry.path) || !this.#disk.holds(entry.path, known))
          this.#settler.touch(entry.path, 'written')
        yield
      }
      yield
    }
    for (const path of this.#settler.pathsBelow(top)) if (!seen.has(path)) this.#settler.touch(path, 'written')
    for (const path of files.keys()) if (isBelow(path, top) && !seen.has(path)) this.#settler.touch(path, 'gone')
  }

  #entries(folder: string): Entry[] {
    try {
      const entries = this.#disk.entries(folder)
      this.#unread.delete(folder)
      return entries
    } catch (error) {
      if (isAbsence(error)) {
        if (folder !== '') this.#forget(folder)
        return []
      }
      this.#unread.add(folder)
      this.#seams.report(folder, error)
      return []
    }
  }

  /** A folder is gone, or is no folder any more. */
  #forget(folder: string): void {
    const { files, folders } = this.#disk
    this.#arms.disarmBelow(folder)
    this.#arms.disarm(folder)
    this.#disk.forgetLinks(folder)
    for (const path of [...folders]) if (path === folder || isBelow(path, folder)) folders.delete(path)
    for (const path of this.#settler.pathsBelow(folder)) this.#settler.touch(path, 'written')
    for (const path of files.keys()) if (isBelow(path, folder)) this.#settler.touch(path, 'gone')
  }

  #hasRoot(): boolean {
    return statSync(this.#disk.place(''), { throwIfNoEntry: false })?.isDirectory() === true
  }

  #loseRoot(): void {
    this.#forget('')
    const wait = () => {
      this.#rootTimer = setTimeout(look, ROOT_POLL)
      if (!this.#persistent) this.#rootTimer.unref()
    }
    const look = () => {
      this.#rootTimer = undefined
      if (this.#hasRoot()) this.#rescan('')
      else wait()
    }
    wait()
  }
}

/** How many events the kernel keeps for a process that does not fetch them. */
export function kernelQueue(): number {
  try {
    return Number(readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8')) || 16_384
  } catch {
    // Not Linux, or no /proc: Linux' default.
    return 16_384
  }
}
