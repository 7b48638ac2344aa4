/** A copy of the site in a temporary folder, to be edited at will. It uses the packages that are installed here. */
import { cpSync, lstatSync, mkdtempSync, realpathSync, rmSync, symlinkSync, unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const original = resolve(import.meta.dirname, '..')
const parts = [
  'package.json',
  'tree.js',
  'compile.js',
  'server.js',
  'main.js',
  'build.js',
  'api.js',
  'reference.js',
  'site',
]

/** The new folder. Remove it with {@link removeCopy}. */
export function copySite() {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'immaculata-site-')))
  for (const part of parts) cpSync(join(original, part), join(folder, part), { recursive: true })
  // Windows lets everybody create a 'junction'; elsewhere the word means nothing.
  symlinkSync(join(original, 'node_modules'), join(folder, 'node_modules'), 'junction')
  return folder
}

/** @param {string} folder */
export function removeCopy(folder) {
  const link = join(folder, 'node_modules')
  // Removed first, so that nothing follows it.
  if (lstatSync(link, { throwIfNoEntry: false })) unlinkSync(link)
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
}
