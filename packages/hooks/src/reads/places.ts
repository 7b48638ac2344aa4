/** The place of the disk that a call of a file function means. */
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Files of packages are read once. A package manager that changes them is noticed by the command. */
export const inPackages = /[\\/]node_modules[\\/]/

/** The state of the machine, not files of a program. */
export const ofMachine = /^\/(?:proc|sys|dev)\//

/** The absolute path that a call means. `undefined` for a file that is open already, or if it is not a path. */
export function placeOf(file: unknown): string | undefined {
  if (typeof file === 'string') {
    if (file.startsWith('/') && !/\/(?:\/|\.{1,2}(?:\/|$)|$)/.test(file)) return file
    return file === '' || file.includes('\0') ? undefined : resolve(file)
  }
  if (file instanceof URL) {
    try {
      return fileURLToPath(file)
    } catch {
      return undefined // Node throws the error
    }
  }
  return Buffer.isBuffer(file) ? placeOf(file.toString()) : undefined
}
