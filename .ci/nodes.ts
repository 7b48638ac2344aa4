/** The Node versions that the end-to-end tests run on. */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface NodeVersion {
  /** `v24.21.0` */
  readonly version: string
  readonly binary: string
}

const modules = new URL('../node_modules/', import.meta.url)
const file = process.platform === 'win32' ? 'node.exe' : 'node'
const installed = ['node22', 'node24', 'node'].map(name => fileURLToPath(new URL(`${name}/bin/${file}`, modules)))

/** The newest of each line. `HOT_TEST_NODES` names others: paths (or names on the PATH) with commas in between. */
export const nodes: readonly NodeVersion[] = (process.env.HOT_TEST_NODES?.split(',') ?? installed).map(binary => ({
  binary,
  version: execFileSync(binary, ['--version'], { encoding: 'utf8' }).trim(),
}))

/** The Node of one line, such as `24`. Throws an error that names all of `nodes` if it is not among them. */
export function nodeOfLine(line: string): NodeVersion {
  const found = nodes.find(({ version }) => version.startsWith(`v${line}.`))
  if (!found) throw new Error(`no Node ${line} here: there are ${nodes.map(({ version }) => version).join(', ')}`)
  return found
}

/** Lets every supported Node run these TypeScript files as they are: 22.15 needs the flag. */
export const typeScript: readonly string[] = ['--experimental-strip-types', '--disable-warning=ExperimentalWarning']
