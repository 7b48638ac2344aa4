/** The files that Node was told to read its environment from: `--env-file=dev.env`. */
import { resolve } from 'node:path'

export function environmentFiles(execArgv: readonly string[] = process.execArgv): string[] {
  return execArgv.flatMap((arg, index) => {
    const match = /^--env-file(?:-if-exists)?(?:=(.*))?$/s.exec(arg)
    const name = match && (match[1] ?? execArgv[index + 1])
    return name ? [resolve(name)] : []
  })
}
