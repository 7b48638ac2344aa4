/** URLs of modules, and paths of a tree: each from the other. */
import { sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { isBelow } from './paths.ts'

/** A path that looks the same in a URL, so that no encoder is needed. */
const PLAIN = /^[\w\-./~@+,=!$&'()*:;]*$/

/** Where a link of the tree leads. */
export interface Link {
  /** The real path of its target on the disk; `''` for the root of the disk. */
  readonly realPath: string
  readonly isFolder: boolean
}

/** Translates between the URLs that Node gives to modules and the paths of a tree. */
export class Urls {
  /** The root's `file:` URL, without a slash at the end. */
  readonly root: string
  readonly #folder: string
  readonly #prefix: string
  readonly #links: ReadonlyMap<string, Link>

  /** `folder` is the root's real path on the disk. `links` are those of the tree, read with every call. */
  constructor(folder: string, links: ReadonlyMap<string, Link>) {
    this.#folder = folder
    this.#links = links
    this.root = pathToFileURL(folder || '/').href.replace(/\/$/, '')
    this.#prefix = `${this.root}/`
  }

  pathOf(url: string | URL): string | undefined {
    let href = typeof url === 'string' ? url : url.href
    if (href.includes('/.') || href.includes('%2')) {
      // Dot segments (`%2e` is one, too) could leave the root: a URL parser resolves them. An encoded slash is in no path.
      if (/\/\.{1,2}(?=[/?#]|$)|%2e/i.test(href)) href = URL.parse(href)?.href ?? ''
      if (/^[^?#]*%2f/i.test(href)) return undefined
    }
    if (href.startsWith(this.#prefix)) {
      const path = decode(href.slice(this.root.length, endOfPath(href)))
      return path === '/' ? undefined : path
    }
    if (!href.startsWith('file:') || (this.#links.size === 0 && !href.includes('%'))) return undefined
    return this.#pathOfReal(href)
  }

  /** The slow way, by real paths: for links, and for URLs that encode more than Node does. */
  #pathOfReal(href: string): string | undefined {
    let real: string
    try {
      real = fileURLToPath(href.slice(0, endOfPath(href)))
    } catch {
      // Not a path of this machine: another host, a broken escape.
      return undefined
    }
    if (sep === '\\') real = real.replaceAll('\\', '/')
    const folder = sep === '\\' ? this.#folder.replaceAll('\\', '/') : this.#folder
    if (isBelow(real, folder)) return real.slice(folder.length)
    for (const [path, link] of this.#links) {
      const target = sep === '\\' ? link.realPath.replaceAll('\\', '/') : link.realPath
      if (real === target && !link.isFolder) return path
      if (link.isFolder && isBelow(real, target)) return path + real.slice(target.length)
    }
    return undefined
  }

  urlOf(path: string): string {
    if (this.#links.size > 0) {
      // The innermost link decides: its target is a real path, in which the outer links are resolved.
      for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
        const link = this.#links.get(path.slice(0, end))
        if (link) return pathToFileURL(link.realPath + path.slice(end) || '/').href
      }
    }
    if (PLAIN.test(path)) return this.root + path
    return pathToFileURL(this.#folder + path).href
  }
}

function endOfPath(href: string): number {
  const query = href.indexOf('?')
  const hash = href.indexOf('#')
  if (query === -1) return hash === -1 ? href.length : hash
  return hash === -1 ? query : Math.min(query, hash)
}

function decode(path: string): string | undefined {
  if (!path.includes('%')) return path
  try {
    return decodeURIComponent(path)
  } catch {
    // A broken escape: no file has this URL.
    return undefined
  }
}
