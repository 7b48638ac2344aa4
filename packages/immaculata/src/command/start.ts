/** What `register` does in the process of a program, before its entry point is loaded. */
import { type RegisterHooksOptions, registerHooks } from 'node:module'
import { fromEnvironment } from './options.ts'
import { entryFile } from './root.ts'
import { Session } from './session.ts'

/** Makes this process's program hot. `registerUrl` is the URL under which `register` was loaded. */
export function takeOver(registerUrl: string): void {
  withholdFromChildren(registerUrl)
  const options = fromEnvironment()
  const entry = entryFile()
  // A tool from node_modules is nobody's work in progress.
  if (entry === undefined || /[\\/]node_modules[\\/]/.test(entry)) return
  const session = new Session(entry, options ?? {}, options !== undefined)
  registerHooks(session.hot as RegisterHooksOptions)
  session.begin()
}

/**
 * Children inherit `process.execArgv` when they are forked, and NODE_OPTIONS always; they would each run hot on their own. Under
 * the command, `process.execArgv` is then as if there were none.
 */
function withholdFromChildren(registerUrl: string): void {
  const isOurs = (specifier: string | undefined) => specifier === registerUrl || specifier === 'immaculata/register'
  const { execArgv, env } = process
  for (let at = execArgv.length - 1; at >= 0; at--) {
    if (execArgv[at] === '--import' && isOurs(execArgv[at + 1])) execArgv.splice(at, 2)
    else if (execArgv[at]!.startsWith('--import=') && isOurs(execArgv[at]!.slice(9))) execArgv.splice(at, 1)
  }
  const nodeOptions = env.NODE_OPTIONS
  if (!nodeOptions?.includes('--import')) return
  const rest = nodeOptions
    .replace(/--import[ =]"?([^\s"]+)"?/g, (text, name: string) => (isOurs(name) ? '' : text))
    .trim()
  if (rest === '') delete env.NODE_OPTIONS
  else env.NODE_OPTIONS = rest
}
