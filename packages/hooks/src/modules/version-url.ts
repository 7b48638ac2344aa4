/** The URLs of modules: a module's id, and the version that a URL carries beside it. */

/** A module's id is its URL without `ver`. All other query parameters stay and are part of it. */
export function idOf(url: string): string {
  if (!url.includes('ver=')) return url
  if (inHash.test(url)) return url.replace(inHash, '')
  const match = /^([^?#]*)\?([^#]*)(#.*)?$/s.exec(url)
  if (!match) return url
  const query = match[2]!
    .split('&')
    .filter(part => !part.startsWith('ver='))
    .join('&')
  return match[1] + (query && `?${query}`) + (match[3] ?? '')
}

/** The version in a URL, or `undefined` where there is none. */
export function versionIn(url: string): number | undefined {
  if (!url.includes('ver=')) return undefined
  const match = /^[^?#]*\?(?:[^#]*&)?ver=(\d+)/.exec(url) ?? inHash.exec(url)
  return match ? Number(match[1]) : undefined
}

/** Where the version is that must not be in a query. */
const inHash = /(?<=^[^?#]*)#ver=(\d+)$/

/** The URL of a module's version. */
export function withVersion(id: string, version: number): string {
  const hash = id.indexOf('#')
  const end = hash < 0 ? id.length : hash
  const head = id.slice(0, end)
  return `${head}${head.includes('?') ? '&' : '?'}ver=${version}${id.slice(end)}`
}

/** The same for a compiler that takes a query for a part of the file's name. */
export function withVersionInHash(id: string, version: number): string {
  return `${id}#ver=${version}`
}

/** An id without its query and hash: the URL of the file. */
export function fileUrlOf(id: string): string {
  return id.replace(/[?#].*$/s, '')
}
