/** Where the symbolic links of a tree lead. */
import * as fs from 'node:fs'
import { dirname, resolve } from 'node:path'
import { isBelow } from '../paths/paths.ts'
import type { Link } from '../paths/urls.ts'

/** What a name on the disk is. `other`: never opened (a fifo, socket or device), left out, or a circular link. */
export type Kind = 'file' | 'folder' | 'absent' | 'other'

/** The symbolic links of a tree: where each one leads, and which of them lead in a circle. */
export class Links {
  /** The links that lead to a file or folder that exists, by path. */
  readonly byPath = new Map<string, Link>()
  readonly #diskPath: (path: string) => string
  readonly #excludes: (path: string, isFolder: boolean) => boolean

  constructor(diskPath: (path: string) => string, excludes: (path: string, isFolder: boolean) => boolean) {
    this.#diskPath = diskPath
    this.#excludes = excludes
  }

  has(path: string): boolean {
    return this.byPath.has(path)
  }

  /** What the link at a path leads to now. */
  follow(path: string): Kind {
    this.byPath.delete(path)
    let realPath: string
    let stat: fs.Stats
    try {
      realPath = fs.realpathSync.native(this.#diskPath(path))
      stat = fs.statSync(realPath)
    } catch {
      // It leads nowhere, or to itself: as if there were nothing.
      return 'absent'
    }
    const isFolder = stat.isDirectory()
    if (this.#excludes(path, isFolder) || !(isFolder || stat.isFile())) return 'other'
    if (isFolder && this.#leadsBack(path, realPath)) return 'other'
    // The root of the disk is '', as everywhere: a path below it then has one slash.
    this.byPath.set(path, { realPath: realPath === '/' ? '' : realPath, isFolder })
    return isFolder ? 'folder' : 'file'
  }

  /** Forgets a link, and the links below it. */
  forget(path: string): void {
    if (this.byPath.size === 0) return
    for (const link of [...this.byPath.keys()]) if (link === path || isBelow(link, path)) this.byPath.delete(link)
  }

  /** Below a link, a plain folder can be one that contains the link: when the link leads to a folder above the root, for example. */
  isCircular(path: string): boolean {
    if (this.byPath.size === 0) return false
    const realPath = this.realPath(path)
    return realPath !== this.#diskPath(path) && this.#leadsBack(path, realPath)
  }

  /** The real path of what lies at a path, by the links that are known. */
  realPath(path: string): string {
    for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
      const link = this.byPath.get(path.slice(0, end))
      if (link) return link.realPath + path.slice(end) || '/'
    }
    return this.#diskPath(path)
  }

  /** Is a real path that of a folder that contains `path`? */
  #leadsBack(path: string, realPath: string): boolean {
    for (let end = path.lastIndexOf('/'); end >= 0; end = end === 0 ? -1 : path.lastIndexOf('/', end - 1))
      if (this.realPath(path.slice(0, end)) === realPath) return true
    return false
  }

  /** The names on the disk, one after the other, that a link leads through. Whoever follows the link must watch each of them. */
  hops(path: string): string[] {
    const hops: string[] = []
    let diskPath = this.#diskPath(path)
    // Linux itself gives up after 40.
    while (hops.length < 40) {
      try {
        diskPath = resolve(dirname(diskPath), fs.readlinkSync(diskPath))
      } catch {
        // This name is no link: the end of the chain.
        return hops
      }
      hops.push(diskPath)
    }
    return hops
  }
}
