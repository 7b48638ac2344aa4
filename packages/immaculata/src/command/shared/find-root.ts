/** Finds the folder of a program's tree, and the file of its entry point. */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

/** The file that Node runs for a name, found as Node finds it. `undefined` if there is none (`node -e`, a REPL, a wrong name). */
export function entryFile(name: string | undefined): string | undefined {
  if (name === undefined || name === '-') return undefined
  try {
    const file = createRequire(join(process.cwd(), 'entry.js')).resolve(resolve(name))
    // Node remembers what it has found.
    return existsSync(file) ? file : undefined
  } catch {
    return undefined // Node reports it
  }
}

/** Where the search for the root begins: at the entry point, or at the working folder if the entry point is a tool in `node_modules`. */
export function projectFolder(entry: string): string {
  return isInPackages(entry) ? process.cwd() : dirname(entry)
}

/** Does a file belong to an installed package, so that nobody edits it? */
export function isInPackages(file: string): boolean {
  return /[\\/]node_modules[\\/]/.test(file)
}

/** The root of the workspace that a folder is in, else that of its package, else the folder itself. */
export function findRoot(folder: string): string {
  const home = homedir()
  let nearest: string | undefined
  // A stray package.json in the home directory does not make that a package.
  for (let dir = folder; dirname(dir) !== dir && dir !== home; dir = dirname(dir)) {
    if (existsSync(join(dir, 'pnpm-workspace.yaml'))) return dir
    const text = readText(join(dir, 'package.json'))
    if (text === undefined) continue
    if (hasWorkspaces(text)) return dir
    nearest ??= dir
  }
  return nearest ?? folder
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined // there is none here: the next folder above is tried
  }
}

function hasWorkspaces(text: string): boolean {
  try {
    return (JSON.parse(text) as { workspaces?: unknown }).workspaces !== undefined
  } catch {
    return false // Node reports a broken package.json itself
  }
}
