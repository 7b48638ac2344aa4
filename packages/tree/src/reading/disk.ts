/**
 * Reading: the disk, seen as the paths of a tree.
 *
 * A path of the tree comes in; what the disk has there at this moment goes out: a kind, the entries of a folder, or bytes.
 * The invariant: everything here is synchronous, so one answer describes one moment. Nothing here knows what is published.
 */
import * as fs from 'node:fs'
import { hasBytes, type Reading, readIntoSlab, readSteadily } from './bytes.ts'
import { type Kind, Links } from './links.ts'

/** A folder with so many names, none of them the tree's, is not read again while its time of change stands. */
const MANY_NAMES = 100
/** A folder that changed less than so many ms before it was read may change again without a new time of change. */
const RECENT = 2000

/** A name in a folder, and what it (or the link of that name) stands for. */
export interface Entry {
  path: string
  kind: Kind
  isLink: boolean
}

/** A folder of the disk, seen as the paths of a tree. */
export class Disk {
  /** The root's real path; `''` for the root of the disk itself. */
  readonly folder: string
  readonly links: Links
  /** The bytes of each file as the disk had them when they were loaded or delivered last, whatever memory says of that path. */
  readonly lastRead = new Map<string, Buffer>()
  /** The folders that were found, linked ones included; the root is `''`. */
  readonly folders = new Set<string>()
  readonly #excludes: (path: string, isFolder: boolean) => boolean
  /** The large folders that have nothing of the tree in them, each with its time of change. */
  readonly #nothingOurs = new Map<string, number>()

  constructor(folder: string, excludes: (path: string, isFolder: boolean) => boolean) {
    this.folder = folder
    this.#excludes = excludes
    this.links = new Links(path => this.diskPath(path), excludes)
  }

  /** Notes bytes as those that the disk has at a path. */
  remember(path: string, content: Buffer | undefined): void {
    if (content) this.lastRead.set(path, content)
    else this.lastRead.delete(path)
  }

  /** The name that the disk has for a path. It may lead through links: {@link Links.realPath} does not. */
  diskPath(path: string): string {
    return this.folder + path || '/'
  }

  /** What is at a path now. What is excluded is `'other'`. Keeps `links` up to date. */
  entryAt(path: string): Entry {
    const stat = fs.lstatSync(this.diskPath(path), { throwIfNoEntry: false })
    if (stat?.isSymbolicLink()) return { path, kind: this.links.follow(path), isLink: true }
    this.links.forget(path)
    let kind: Kind = 'other'
    if (!stat) kind = 'absent'
    else if (stat.isDirectory()) {
      if (!this.#excludes(path, true) && !this.links.isCircular(path)) kind = 'folder'
    } else if (stat.isFile() && !this.#excludes(path, false)) kind = 'file'
    return { path, kind, isLink: false }
  }

  /** The entries of a folder that belong to the tree. Throws what `fs.readdirSync` throws. */
  entries(path: string): Entry[] {
    const found: Entry[] = []
    const begun = Date.now()
    const names = fs.readdirSync(this.diskPath(path), { withFileTypes: true })
    for (const entry of names) {
      const child = `${path}/${entry.name}`
      // Files first: most entries are files.
      if (entry.isFile()) {
        if (!this.#excludes(child, false)) found.push({ path: child, kind: 'file', isLink: false })
      } else if (entry.isDirectory()) {
        if (!this.#excludes(child, true) && !this.links.isCircular(child))
          found.push({ path: child, kind: 'folder', isLink: false })
      } else if (entry.isSymbolicLink()) found.push({ path: child, kind: this.links.follow(child), isLink: true })
    }
    if (names.length >= MANY_NAMES && found.length === 0) this.#noteNothingOurs(path, begun)
    return found
  }

  #noteNothingOurs(path: string, begun: number): void {
    const changed = this.#changedAt(path)
    if (changed !== undefined && changed < begun - RECENT) this.#nothingOurs.set(path, changed)
  }

  /**
   * Was a folder found with nothing of the tree in it, and has no name come or gone since? Then it need not be read again,
   * which matters for a folder of ten thousand pictures. The time of change is `ctime`, which only the kernel sets.
   */
  hasStillNothingOurs(path: string): boolean {
    const changed = this.#nothingOurs.get(path)
    return changed !== undefined && changed === this.#changedAt(path)
  }

  /** Forgets the folders that have nothing of the tree in them: events tell about them from now on. */
  forgetNothingOurs(): void {
    this.#nothingOurs.clear()
  }

  #changedAt(path: string): number | undefined {
    if (process.platform === 'win32') return undefined // not every file system there keeps a time for this
    return fs.statSync(this.diskPath(path), { throwIfNoEntry: false })?.ctimeMs
  }

  /** The bytes of a path, read once. Throws what `fs` throws, and a `RangeError` for more than 2 GiB. */
  read(path: string): Buffer {
    return readIntoSlab(this.diskPath(path))
  }

  /** The bytes of a path, and whether they held still meanwhile. `undefined`: there is no file. */
  readSteadily(path: string): Reading {
    return readSteadily(this.diskPath(path))
  }

  /** Has the file at a path exactly these bytes? `false` for a file that cannot be read. */
  hasBytes(path: string, content: Buffer): boolean {
    return hasBytes(this.diskPath(path), content)
  }
}
