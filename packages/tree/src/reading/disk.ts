import * as fs from 'node:fs'
import { dirname, resolve } from 'node:path'
import { isBelow } from '../paths/paths.ts'
import type { Link } from '../paths/urls.ts'

/** Node cannot read more into one buffer with one call (2 GiB - 1 byte, on 22, 24 and 26). */
const LARGEST = 2 ** 31 - 1

/** Opening a fifo would block for ever without this flag. Windows has none of both. */
const FLAGS = fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0)

/** Most files fit into this buffer, so that their size need not be asked for before they are read. */
const shared = Buffer.allocUnsafeSlow(128 * 1024)

/** So many names in a folder, none of them the tree's, are worth a look at the folder itself before they are read again. */
const MANY = 100
/** A folder that changed within this time of being read, in ms, may have changed again without its time telling. */
const RECENT = 2000

/** What a name on the disk is. `other`: a fifo, socket or device, a circular link: no part of a tree, never opened. */
export type Kind = 'file' | 'folder' | 'absent' | 'other'

/** A name in a folder, and what it (or the link of that name) stands for. */
export interface Entry {
  path: string
  kind: Kind
  isLink: boolean
}

/** One attempt at a file's bytes. `steady`: nobody changed it while it was read. */
export type Reading = { content: Buffer; steady: boolean } | undefined

/** A folder of the disk, seen as the paths of a tree. Everything here is synchronous. */
export class Disk {
  /** The root's real path; `''` for that of the disk itself. */
  readonly folder: string
  /** The links in the tree that lead to something that exists, by path. */
  readonly links = new Map<string, Link>()
  /** The bytes each file had when they were read last. What only memory holds, or hides, makes no difference here. */
  readonly files = new Map<string, Buffer>()
  /** The folders that were found, linked ones included; the root is `''`. */
  readonly folders = new Set<string>()
  readonly #excluded: (path: string, isFolder: boolean) => boolean
  /** The folders of which nothing is in the tree, and when their names had changed last. */
  readonly #barren = new Map<string, number>()

  constructor(folder: string, excluded: (path: string, isFolder: boolean) => boolean) {
    this.folder = folder
    this.#excluded = excluded
  }

  /** The name the disk knows a path by. */
  place(path: string): string {
    return this.folder + path || '/'
  }

  excluded(path: string, isFolder: boolean): boolean {
    return this.#excluded(path, isFolder)
  }

  /** What is at a path now; keeps `links` up to date. Excluded things are `'other'`. */
  look(path: string): Entry {
    const stat = fs.lstatSync(this.place(path), { throwIfNoEntry: false })
    if (stat?.isSymbolicLink()) return { path, kind: this.follow(path), isLink: true }
    this.forgetLinks(path)
    let kind: Kind = 'other'
    if (!stat) kind = 'absent'
    else if (stat.isDirectory()) {
      if (!this.#excluded(path, true) && !this.#isCircular(path)) kind = 'folder'
    } else if (stat.isFile() && !this.#excluded(path, false)) kind = 'file'
    return { path, kind, isLink: false }
  }

  /** What a link leads to. */
  follow(path: string): Kind {
    this.links.delete(path)
    let real: string
    let stat: fs.Stats
    try {
      real = fs.realpathSync.native(this.place(path))
      stat = fs.statSync(real)
    } catch {
      // To nowhere, or to itself: as if it were not there.
      return 'absent'
    }
    const isFolder = stat.isDirectory()
    if (this.#excluded(path, isFolder) || !(isFolder || stat.isFile())) return 'other'
    if (isFolder && this.#leadsBack(path, real)) return 'other'
    // As everywhere: the root of the disk is '', so that what lies below it has one slash.
    this.links.set(path, { real: real === '/' ? '' : real, isFolder })
    return isFolder ? 'folder' : 'file'
  }

  /** Forgets a link, and those that were found behind it or below it. */
  forgetLinks(path: string): void {
    if (this.links.size === 0) return
    for (const link of [...this.links.keys()]) if (link === path || isBelow(link, path)) this.links.delete(link)
  }

  /** Below a link a plain folder can be one we came from: the link leads to a folder above the root, for example. */
  #isCircular(path: string): boolean {
    if (this.links.size === 0) return false
    const real = this.real(path)
    return real !== this.place(path) && this.#leadsBack(path, real)
  }

  /** The real path of what lies at a path, by the links that are known. */
  real(path: string): string {
    for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
      const link = this.links.get(path.slice(0, end))
      if (link) return link.real + path.slice(end) || '/'
    }
    return this.place(path)
  }

  /** Is a real path that of a folder `path` lies in? */
  #leadsBack(path: string, real: string): boolean {
    for (let end = path.lastIndexOf('/'); end >= 0; end = end === 0 ? -1 : path.lastIndexOf('/', end - 1))
      if (this.real(path.slice(0, end)) === real) return true
    return false
  }

  /** The places whose names decide where a link leads: what to watch for it besides its own folder. */
  hops(path: string): string[] {
    const hops: string[] = []
    let place = this.place(path)
    // Linux itself gives up after 40.
    while (hops.length < 40) {
      try {
        place = resolve(dirname(place), fs.readlinkSync(place))
      } catch {
        // No link any more: the end of the chain.
        return hops
      }
      hops.push(place)
    }
    return hops
  }

  /** The entries of a folder. Throws what `fs.readdirSync` throws. */
  entries(path: string): Entry[] {
    const found: Entry[] = []
    const begun = Date.now()
    const names = fs.readdirSync(this.place(path), { withFileTypes: true })
    for (const entry of names) {
      const child = `${path}/${entry.name}`
      // Files first: they are the many.
      if (entry.isFile()) {
        if (!this.#excluded(child, false)) found.push({ path: child, kind: 'file', isLink: false })
      } else if (entry.isDirectory()) {
        if (!this.#excluded(child, true) && !this.#isCircular(child))
          found.push({ path: child, kind: 'folder', isLink: false })
      } else if (entry.isSymbolicLink()) found.push({ path: child, kind: this.follow(child), isLink: true })
    }
    if (names.length >= MANY && found.length === 0) this.#noteBarren(path, begun)
    return found
  }

  #noteBarren(path: string, begun: number): void {
    const changed = this.#changedAt(path)
    if (changed !== undefined && changed < begun - RECENT) this.#barren.set(path, changed)
  }

  /**
   * Whether nothing has come into a folder, or gone, since it was found full of what the tree leaves out: reading the names of
   * ten thousand pictures once more tells nothing. `ctime` is set by the kernel alone.
   */
  isStillBarren(path: string): boolean {
    const changed = this.#barren.get(path)
    return changed !== undefined && changed === this.#changedAt(path)
  }

  /** From now on events tell. */
  forgetBarren(): void {
    this.#barren.clear()
  }

  #changedAt(path: string): number | undefined {
    if (process.platform === 'win32') return undefined // not every file system there keeps a time for this
    return fs.statSync(this.place(path), { throwIfNoEntry: false })?.ctimeMs
  }

  /** The bytes of a path, read once. Throws what `fs` throws, and a `RangeError` for more than 2 GiB. */
  read(path: string): Buffer {
    return readInto(this.place(path))
  }

  /** The bytes of a path, and whether they held still meanwhile. `undefined`: there is no file (any more). */
  readSteadily(path: string): Reading {
    let fd: number
    try {
      fd = fs.openSync(this.place(path), FLAGS)
    } catch (error) {
      if (isAbsence(error)) return undefined
      throw error
    }
    try {
      const before = fs.fstatSync(fd)
      if (!before.isFile()) return undefined
      const content = readAll(fd, this.place(path))
      const after = fs.fstatSync(fd)
      const steady =
        before.size === after.size &&
        before.mtimeMs === after.mtimeMs &&
        before.ctimeMs === after.ctimeMs &&
        content.length === after.size
      return { content, steady }
    } finally {
      fs.closeSync(fd)
    }
  }

  /** Has the file at a path exactly these bytes? `false` for whatever cannot be read. */
  holds(path: string, content: Buffer): boolean {
    try {
      const fd = fs.openSync(this.place(path), FLAGS)
      try {
        if (content.length >= shared.length) return readAll(fd, this.place(path)).equals(content)
        const length = fs.readSync(fd, shared, 0, shared.length, null)
        return length === content.length && content.equals(shared.subarray(0, length))
      } finally {
        fs.closeSync(fd)
      }
    } catch {
      // Whoever asked will read it next, and report it.
      return false
    }
  }
}

/**
 * Reads into what is left of a slab, where the bytes then stay: of the thousands of files of a tree that is loaded, none is
 * copied. As with Node's own pool of small buffers, a slab lives as long as any file in it; all of them together are no more
 * than what was loaded.
 */
function readInto(place: string): Buffer {
  const fd = fs.openSync(place, FLAGS)
  try {
    if (slab.length - used < LEAST) {
      slab = Buffer.allocUnsafeSlow(SLAB)
      used = 0
    }
    const room = slab.length - used
    const length = fs.readSync(fd, slab, used, room, null)
    if (length === room) return readRest(fd, place, Buffer.from(slab.subarray(used)))
    used += length
    return slab.subarray(used - length, used)
  } finally {
    fs.closeSync(fd)
  }
}

const SLAB = 512 * 1024
/** The least room with which reading is tried: what is larger is read with more than one call. */
const LEAST = 32 * 1024
let slab = Buffer.allocUnsafeSlow(0)
let used = 0

function readAll(fd: number, place: string): Buffer {
  const first = fs.readSync(fd, shared, 0, shared.length, null)
  if (first < shared.length) return Buffer.from(shared.subarray(0, first))
  return readRest(fd, place, Buffer.from(shared))
}

function readRest(fd: number, place: string, first: Buffer): Buffer {
  const { size } = fs.fstatSync(fd)
  if (size > LARGEST)
    throw new RangeError(`${place} is larger than the 2 GiB Node can read at once (${size} bytes): exclude it`)
  const parts = [first]
  for (let rest = size - first.length; ; rest = 0) {
    // One byte more than is expected, so that the end shows without another call.
    const part = Buffer.allocUnsafeSlow(Math.max(rest, 0) + 1)
    const length = fs.readSync(fd, part, 0, part.length, null)
    if (length === 0) return parts.length === 1 ? parts[0]! : Buffer.concat(parts)
    parts.push(part.subarray(0, length))
  }
}

/** Does an error say that there is nothing at a path? */
export function isAbsence(error: unknown): boolean {
  const code = codeOf(error)
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP' || code === 'ENXIO'
}

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
