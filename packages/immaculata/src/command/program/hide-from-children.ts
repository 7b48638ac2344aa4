/** What a process hands on to its children. */
import { pathToFileURL } from 'node:url'

/**
 * Children inherit `process.execArgv` when they are forked, and NODE_OPTIONS always; they would each run hot on their own. What
 * the program sees in both is then as if it ran under plain Node. `registerUrl` is the URL under which `register` was loaded.
 */
export function withholdFromChildren(registerUrl: string): void {
  const isOurs = (specifier: string | undefined) =>
    specifier === 'immaculata/register' ||
    specifier === registerUrl ||
    (specifier !== undefined &&
      /^(?:\.{0,2}\/|[A-Za-z]:)/.test(specifier) &&
      pathToFileURL(specifier).href === registerUrl)
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
