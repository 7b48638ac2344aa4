/** Finds the folder that a tree is made from. */
import * as fs from 'node:fs'
import { resolve } from 'node:path'
import { codeOf, isAbsence } from './disk-errors.ts'

/** The real path of the folder that a tree is made from; `''` for the root of the disk itself. Throws when there is none. */
export function rootFolder(path: string, parentDir: string): string {
  const folder = resolve(parentDir, path)
  const remedy = `(from '${path}' and '${parentDir}'): give the path of a folder that exists`
  let isFolder: boolean
  try {
    isFolder = fs.statSync(folder).isDirectory()
  } catch (error) {
    const message = isAbsence(error) ? 'there is no folder at' : 'cannot read'
    throw Object.assign(new Error(`FileTree: ${message} ${folder} ${remedy}`, { cause: error }), {
      code: codeOf(error),
    })
  }
  if (!isFolder) throw Object.assign(new Error(`FileTree: ${folder} is a file ${remedy}`), { code: 'ENOTDIR' })
  const realPath = fs.realpathSync.native(folder)
  return realPath === '/' ? '' : realPath
}
