/** What a process hands on to its children. */
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { flagsFromEnvironment } from '../shared/options.ts'

/** The files of ours that are preloaded. */
const preloads = new Set(['register.js', 'preload.cjs', 'preload-code.cjs'])

/** How our preload can be given to Node. */
const preloadFlag = '(?:--import|--require|-r)'

/**
 * Children inherit `process.execArgv` when they are forked, and NODE_OPTIONS always; they would each run hot on their own. What
 * the program sees in both is then as if it ran under plain Node. `folder` is where the files of ours are.
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
