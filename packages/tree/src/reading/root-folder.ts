import * as fs from 'node:fs'
import { resolve } from 'node:path'
import { codeOf, isAbsence } from './disk.ts'

/** The real path of the folder a tree is made from; `''` for that of the disk itself. Throws when there is none. */
export function rootFolder(path: string, parentDir: string): string {
  const place = resolve(parentDir, path)
  const remedy = `(from '${path}' and '${parentDir}'): give the path of a folder that exists`
  let isFolder: boolean
  try {
    isFolder = fs.statSync(place).isDirectory()
  } catch (error) {
    const message = isAbsence(error) ? 'there is no folder at' : 'cannot read'
    throw Object.assign(new Error(`FileTree: ${message} ${place} ${remedy}`, { cause: error }), { code: codeOf(error) })
  }
  if (!isFolder) throw Object.assign(new Error(`FileTree: ${place} is a file ${remedy}`), { code: 'ENOTDIR' })
  const real = fs.realpathSync.native(place)
  return real === '/' ? '' : real
}
