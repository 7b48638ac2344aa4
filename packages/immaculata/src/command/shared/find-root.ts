/** Which folder a program's tree is made from, and which file is its entry point. */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

/** The file that Node will run for a name, found as Node finds it. `undefined` if there is none (`node -e`, a REPL, a wrong name). */
export function entryFile(name: string | undefined): string | undefined {
  if (name === undefined || name === '-') return undefined
  try {
    const file = createRequire(join(process.cwd(), 'entry.js')).resolve(resolve(name))
    // Node remembers what it has found once.
    return existsSync(file) ? file : undefined
  } catch {
    return undefined // Node says so itself
  }
}

/** Where the search for the root begins: at the entry point, or, if that is a tool in `node_modules`, at the working folder. */
export function projectFolder(entry: string): string {
  return isInPackages(entry) ? process.cwd() : dirname(entry)
}

/** Whether a file belongs to an installed package: nobody's work in progress. */
export function isInPackages(file: string): boolean {
  return /[\\/]node_modules[\\/]/.test(file)
}

/** The root of the workspace that a folder is in, else its package's, else the folder itself. */
export function findRoot(folder: string): string {
  const home = homedir()
  let nearest: string | undefined
  // A package.json that lies about in the home directory makes that no package.
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
    return undefined // none here: the next folder up
  }
}

function hasWorkspaces(text: string): boolean {
  try {
    return (JSON.parse(text) as { workspaces?: unknown }).workspaces !== undefined
  } catch {
    return false // Node reports a broken package.json itself
  }
}
