/** What a call of a file function means by a place. */
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Files of packages: they are read once, and whatever installs packages tells of them. */
export const inPackages = /[\\/]node_modules[\\/]/

/** The state of the machine, not files of anybody's. */
export const ofMachine = /^\/(?:proc|sys|dev)\//

/** The absolute path that a call means; `undefined` for what is open already, or is no path at all. */
export function placeOf(file: unknown): string | undefined {
  if (typeof file === 'string') {
    if (file.startsWith('/') && !/\/(?:\/|\.{1,2}(?:\/|$)|$)/.test(file)) return file
    return file === '' || file.includes('\0') ? undefined : resolve(file)
  }
  if (file instanceof URL) {
    try {
      return fileURLToPath(file)
    } catch {
      return undefined // Node says what is wrong with it
    }
  }
  return Buffer.isBuffer(file) ? placeOf(file.toString()) : undefined
}
