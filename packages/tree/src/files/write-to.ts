/** `tree.writeTo`: writes the files of a tree into a folder of the disk. */
import * as fs from 'node:fs'
import { join } from 'node:path'
import { foldersAbove } from '../paths/paths.ts'
import type { TreeFile } from './tree-file.ts'

/** `O_NOFOLLOW` refuses a link that appeared after the check. Windows has no such flag: only the check protects there. */
const FLAGS = fs.constants.O_WRONLY | fs.constants.O_CREAT | fs.constants.O_TRUNC | (fs.constants.O_NOFOLLOW ?? 0)

/** Writes the files that differ below `dir`, never through a link. Returns their paths, sorted. */
export function writeTo(files: Iterable<TreeFile>, dir: string): string[] {
  fs.mkdirSync(dir, { recursive: true })
  const folder = fs.realpathSync.native(dir)
  const different: TreeFile[] = []
  const checked = new Set<string>()
  for (const file of files) {
    for (const above of foldersAbove(file.path)) {
      if (checked.has(above)) continue
      checked.add(above)
      const stat = fs.lstatSync(join(folder, above), { throwIfNoEntry: false })
      if (stat && !stat.isDirectory()) throw inTheWay(join(folder, above), stat, 'folder')
    }
    const target = join(folder, file.path)
    const stat = fs.lstatSync(target, { throwIfNoEntry: false })
    if (stat && !stat.isFile()) throw inTheWay(target, stat, 'file')
    if (stat?.size !== file.content.length || !fs.readFileSync(target).equals(file.content)) different.push(file)
  }
  different.sort((a, b) => (a.path < b.path ? -1 : 1))
  for (const file of different) {
    const target = join(folder, file.path)
    fs.mkdirSync(join(target, '..'), { recursive: true })
    const fd = fs.openSync(target, FLAGS, 0o666)
    try {
      fs.writeFileSync(fd, file.content)
    } finally {
      fs.closeSync(fd)
    }
  }
  return different.map(file => file.path)
}

function inTheWay(target: string, stat: fs.Stats, wanted: string): Error {
  const kind = stat.isSymbolicLink() ? 'a symbolic link' : stat.isDirectory() ? 'a folder' : 'no folder'
  return new Error(`Cannot write a ${wanted} at ${target}: ${kind} is in the way. Move it away, or write elsewhere.`)
}
