/** Hides the preloaded files of this product from `require.cache`: a program that lists it sees its own files, as under plain Node. */
import { dirname } from 'node:path'

/** `cache` stays as it is for Node: what is in it is loaded. */
export function hideOwnFiles(cache: object, folder: string): void {
  for (const file of Object.keys(cache)) {
    if (dirname(file) === folder) Object.defineProperty(cache, file, { enumerable: false })
  }
}
