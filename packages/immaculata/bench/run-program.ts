/** Runs one of `programs/` in a process of its own and takes what it prints. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { here } from './adapter.ts'

export async function runProgram<T>(
  node: string,
  flags: readonly string[],
  name: string,
  args: readonly (string | number)[],
): Promise<T> {
  const { NODE_OPTIONS, ...env } = process.env
  const argv = [...flags, '--no-warnings', `${here}/programs/${name}.mjs`, ...args.map(String)]
  const { stdout } = await promisify(execFile)(node, argv, { env, maxBuffer: 1 << 26 })
  const line = stdout.split('\n').find(line => line.startsWith('@@'))
  if (line === undefined) throw new Error(`${name} printed no result, but: ${stdout}`)
  return JSON.parse(line.slice(2)) as T
}
