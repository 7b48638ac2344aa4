/**
 * What runs when no file is given. A folder comes in; what its package.json says of how the program starts goes out: its `main`, as for
 * `node .`, else the file that its script `start` or `dev` runs, else its index. The invariant: it is a file that is there.
 */
import { readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

export interface PackageStart {
  readonly entry: string
  /** Node's own options, and the arguments and variables of the program, as the script gives them. */
  readonly nodeFlags: readonly string[]
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Where it was found, in words. */
  readonly found: string
}

/** Splits a command line of Node's into its options, its file and the rest. */
type Split = (words: readonly string[]) => { nodeFlags: string[]; entry: string; args: string[] } | undefined

export function startOfPackage(folder: string, split: Split): PackageStart | undefined {
  const manifest = readManifest(join(folder, 'package.json'))
  const alone = { nodeFlags: [], args: [], env: {} }
  const main = typeof manifest.main === 'string' ? fileOf(folder, manifest.main) : undefined
  if (main !== undefined) return { ...alone, entry: manifest.main as string, found: 'the "main" of package.json' }
  for (const name of ['start', 'dev']) {
    const script = manifest.scripts?.[name]
    const start = typeof script === 'string' ? startOf(folder, script, split) : undefined
    if (start) return { ...start, found: `the script "${name}" of package.json` }
  }
  const index = ['index.js', 'index.mjs', 'index.cjs', 'index.ts', 'index.mts'].find(name => isFile(join(folder, name)))
  return index === undefined ? undefined : { ...alone, entry: index, found: 'the index of this folder' }
}

/** The last command of a script that runs a file which is there. */
function startOf(folder: string, script: string, split: Split): Omit<PackageStart, 'found'> | undefined {
  for (const command of script.split(/&&|\|\||;/).reverse()) {
    const words = [...command.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, ...texts]) => texts.join(''))
    const env: Record<string, string> = {}
    for (const word of words) {
      const [, name, value] = /^(\w+)=(.*)$/.exec(word) ?? []
      if (name !== undefined) env[name] = value!
      else if (!/^(?:cross-env|env)$/.test(word)) break
    }
    const node = words.indexOf('node')
    const run = node < 0 ? undefined : split(words.slice(node + 1))
    if (run && fileOf(folder, run.entry)) return { ...run, env }
    // Another tool runs it. A file of the folder is the first word that names one, and what follows is the program's.
    const at =
      node < 0
        ? words.findIndex((word, index) => index > 0 && /\.[cm]?[jt]sx?$/.test(word) && fileOf(folder, word))
        : -1
    if (at > 0) return { entry: words[at]!, nodeFlags: [], args: words.slice(at + 1), env }
  }
  return undefined
}

/** The file that Node runs for a name in a folder, if there is one. */
function fileOf(folder: string, name: string): string | undefined {
  try {
    const file = createRequire(join(folder, 'entry.js')).resolve(join(folder, name))
    return isFile(file) ? file : undefined
  } catch {
    return undefined
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}

function readManifest(file: string): { readonly main?: unknown; readonly scripts?: Record<string, unknown> } {
  try {
    const manifest = JSON.parse(readFileSync(file, 'utf8')) as unknown
    return typeof manifest === 'object' && manifest !== null ? manifest : {}
  } catch {
    return {} // there is none, or it is broken: the index may be there
  }
}
