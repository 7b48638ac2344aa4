/** Hides this product from the children of a process. */
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { flagsFromEnvironment } from '../shared/options.ts'

/** The files of this product that are preloaded. */
const preloads = new Set(['register.js', 'preload.cjs', 'preload-code.cjs'])

/** The flags that preload a file. */
const preloadFlag = '(?:--import|--require|-r)'

/**
 * Forked children inherit `process.execArgv`, and all children NODE_OPTIONS: each of them would run hot on its own. Afterwards the
 * program sees in both what it sees under plain Node. `folder` has the preloaded files.
 */
export function withholdFromChildren(folder: string): void {
  const isOurs = (specifier: string | undefined) => {
    if (specifier === 'immaculata/register') return true
    if (specifier === undefined || !/^(?:\.{0,2}\/|[A-Za-z]:|file:)/.test(specifier)) return false
    const file = specifier.startsWith('file:') ? fileURLToPath(specifier) : resolve(specifier)
    return dirname(file) === folder && preloads.has(file.slice(folder.length + 1))
  }
  const { execArgv, env } = process
  const flags = flagsFromEnvironment()
  const flag = new RegExp(`^${preloadFlag}$`)
  const flagWithValue = new RegExp(`^${preloadFlag}=(.*)$`, 's')
  for (let at = execArgv.length - 1; at >= 0; at--) {
    if (flags.includes(execArgv[at]!)) execArgv.splice(at, 1)
    else if (flag.test(execArgv[at]!) && isOurs(execArgv[at + 1])) execArgv.splice(at, 2)
    else if (isOurs(flagWithValue.exec(execArgv[at]!)?.[1])) execArgv.splice(at, 1)
  }
  const nodeOptions = env.NODE_OPTIONS
  if (!nodeOptions) return
  const given = new RegExp(String.raw`(?<=^|\s)${preloadFlag}[ =]"?([^\s"]+)"?`, 'g')
  const rest = nodeOptions.replace(given, (text, name: string) => (isOurs(name) ? '' : text))
  if (rest === nodeOptions) return
  if (rest.trim() === '') delete env.NODE_OPTIONS
  else env.NODE_OPTIONS = rest.trim()
}
