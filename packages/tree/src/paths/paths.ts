/**
 * Paths: how a tree names its files.
 *
 * Paths and URLs come in as people and Node write them; paths of the tree go out, such as `/a/b.ts`. The invariant: nothing
 * here reads the disk, and no path leaves the tree.
 */

/**
 * A path as the tree writes it: `/a/b.ts`. The leading slash may be missing, `.` and empty segments are dropped.
 * Throws a `TypeError` that names the path when it has no name at all, leaves the root, or holds a NUL.
 */
export function normalise(path: string): string {
  if (typeof path !== 'string') throw new TypeError(`A path in the tree is a string like '/a/b.ts', not ${typeof path}`)
  if (path.includes('\0'))
    throw new TypeError(`The path ${JSON.stringify(path)} holds a NUL: no file can have that name`)
  const names: string[] = []
  for (const name of path.split('/')) {
    if (name === '' || name === '.') continue
    if (name !== '..') names.push(name)
    else if (names.pop() === undefined)
      throw new TypeError(`The path '${path}' leaves the tree: '..' may not climb above its root`)
  }
  if (names.length === 0)
    throw new TypeError(`The path '${path}' names no file: give one below the root, like '/a/b.ts'`)
  if (path.endsWith('/'))
    throw new TypeError(`The path '${path}' names a folder: give a file's path, without a slash at the end`)
  return `/${names.join('/')}`
}

/** Is `path` somewhere below `folder`? `/site2` is not below `/site`; nothing is below itself; all is below `''`. */
export function isBelow(path: string, folder: string): boolean {
  return path.length > folder.length && path[folder.length] === '/' && path.startsWith(folder)
}

/** The folders above a path, outermost first, without the root: `/a/b/c.ts` gives `/a`, `/a/b`. */
export function foldersAbove(path: string): string[] {
  const folders: string[] = []
  for (let at = path.indexOf('/', 1); at !== -1; at = path.indexOf('/', at + 1)) folders.push(path.slice(0, at))
  return folders
}

/** The folder a path lies in; `''` is the root. */
export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'))
}

/** The last name of a path. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
