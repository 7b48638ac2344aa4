/** The flags that preload this product into the program's process, so that Node loads the entry point as usual. */
import { realpathSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** With one of these flags, Node loads the entry point through its ESM loader anyway. */
const throughImport = /(?:^|\s)(?:--import|--loader|--experimental-loader)(?:[\s=]|$)/

/** The preload is an ES module, so `require` must be able to load it. */
const withoutRequire = /(?:^|\s)--no-(?:experimental-)?require-module(?:\s|$)/

/**
 * Any `--import` makes Node load the entry point through its ESM loader. That skips compilers with `-r`, which patch
 * `Module._extensions`. So the preload uses `--require`, unless the user's own flags have an `--import`.
 */
export function withPreload(nodeFlags: readonly string[], nodeOptions = process.env.NODE_OPTIONS ?? ''): string[] {
  const flags = `${nodeOptions} ${nodeFlags.join(' ')}`
  const own = (name: string) => new URL(name, import.meta.url)
  const required = (name: string) => ['--require', fileURLToPath(own(name))]
  if (withoutRequire.test(flags)) return [...nodeFlags, '--import', own('./register.js').href]
  const last = throughImport.test(flags) ? ['--import', own('./register.js').href] : required('./preload.cjs')
  return [...required('./preload-code.cjs'), ...nodeFlags, ...last]
}

/** With `--permission`, reading is allowed file by file: our own code has to be readable as well. The program does not see these flags. */
export function permissionsFor(nodeFlags: readonly string[], nodeOptions = process.env.NODE_OPTIONS ?? ''): string[] {
  if (!/(?:^|\s)--(?:experimental-)?permission(?:\s|$)/.test(`${nodeOptions} ${nodeFlags.join(' ')}`)) return []
  const folder = realpathSync(fileURLToPath(new URL('..', import.meta.url)))
  return [`--allow-fs-read=${join(folder, '*')}`]
}
