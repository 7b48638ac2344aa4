/** Which files are the product's own: what they hold leads to everything, and is no part of the program. */

import { isAbsolute } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Our packages where they are installed, and the folder in which they lie beside this one, if they are not. */
const installed = /\/node_modules\/(?:@hot\/\w+|immaculata)\/dist\//
const siblings = installed.test(import.meta.url) ? undefined : new URL('../../', import.meta.url).href

/** V8 names CommonJS by its path. */
export function isOurs(file: string): boolean {
  const url = isAbsolute(file) ? pathToFileURL(file).href : file
  if (installed.test(url)) return true
  if (siblings === undefined || !url.startsWith(siblings)) return false
  return /^(?:tree|graph|dispose|hooks|immaculata)\/dist\//.test(url.slice(siblings.length))
}
