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
  if (throughImport.test(flags) || withoutRequire.test(flags)) {
    return [...nodeFlags, '--import', new URL('./register.js', import.meta.url).href]
  }
  const own = (name: string) => ['--require', fileURLToPath(new URL(name, import.meta.url))]
  return [...own('./preload-code.cjs'), ...nodeFlags, ...own('./preload.cjs')]
}
