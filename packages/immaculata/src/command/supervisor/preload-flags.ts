/** How our preload gets into the program's process, so that Node loads the entry point as it would without us. */
import { fileURLToPath } from 'node:url'

/** With one of these, Node loads the entry point through its ESM loader anyway. */
const throughImport = /(?:^|\s)(?:--import|--loader|--experimental-loader)(?:[\s=]|$)/

/** Our preload is an ES module: `require` has to be able to load it. */
const withoutRequire = /(?:^|\s)--no-(?:experimental-)?require-module(?:\s|$)/

/**
 * Any `--import` makes Node load the entry point through its ESM loader, past what compilers with `-r` have put into
 * `Module._extensions`. So ours goes through `--require`, unless the user's own flags have an `--import`.
 */
export function withPreload(nodeFlags: readonly string[], nodeOptions = process.env.NODE_OPTIONS ?? ''): string[] {
  const flags = `${nodeOptions} ${nodeFlags.join(' ')}`
  const own = (name: string) => new URL(name, import.meta.url)
  const required = (name: string) => ['--require', fileURLToPath(own(name))]
  if (withoutRequire.test(flags)) return [...nodeFlags, '--import', own('./register.js').href]
  const last = throughImport.test(flags) ? ['--import', own('./register.js').href] : required('./preload.cjs')
  return [...required('./preload-code.cjs'), ...nodeFlags, ...last]
}
