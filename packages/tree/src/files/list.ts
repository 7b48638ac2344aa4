/** `tree.list`: the names in a folder. */
import { isBelow, normalise } from '../paths/paths.ts'

/** The names in a folder of a tree, sorted. Throws `ENOENT` or `ENOTDIR` when there is no such folder. */
export function namesIn(files: ReadonlyMap<string, unknown>, dir: string): string[] {
  const folder = dir.split('/').every(name => name === '' || name === '.') ? '' : normalise(dir.replace(/\/+$/, ''))
  const names = new Set<string>()
  for (const path of files.keys()) {
    if (!isBelow(path, folder)) continue
    const end = path.indexOf('/', folder.length + 1)
    names.add(path.slice(folder.length + 1, end === -1 ? undefined : end))
  }
  if (names.size === 0 && folder !== '') {
    const isFile = files.has(folder)
    const message = isFile
      ? `ENOTDIR: a file, not a folder, list '${folder}'`
      : `ENOENT: no such folder, list '${folder}'`
    throw Object.assign(new Error(message), { code: isFile ? 'ENOTDIR' : 'ENOENT', syscall: 'list', path: folder })
  }
  return [...names].sort()
}
