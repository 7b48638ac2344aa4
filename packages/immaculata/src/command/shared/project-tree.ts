/** Which folder the tree is made from, and which of its files are read. */

import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { FileTree } from '../../tree.ts'
import { isOutsideModules } from './restart-reasons.ts'

/** The file that Node will run, found as Node finds it. `undefined` if there is none (`node -e`, a REPL, a wrong name). */
export function entryFile(): string | undefined {
  const name = process.argv[1]
  if (name === undefined || name === '-') return undefined
  try {
    return createRequire(join(process.cwd(), 'entry.js')).resolve(resolve(name))
  } catch {
    return undefined // Node says so itself
  }
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

const moduleName = /\.(?:[cm]?[jt]s|[jt]sx|json)$/

/** Folders in which tools keep what nobody imports, and much of it. */
const storeName = /\/\.(?:git|hg|svn|yarn|pnpm-store|nx|turbo|cache)$/

/**
 * The tree of a program: only files that can be modules (without an extension, the entry point only), and the few besides on
 * which a program depends as a whole, are read and followed. All others cost their names.
 */
export function openTree(root: string, entry: string): FileTree {
  const started = entry.replaceAll('\\', '/')
  const isModule = (path: string) => moduleName.test(path) || started.endsWith(path)
  return new FileTree(root, process.cwd(), {
    exclude: (path, isDirectory) => (isDirectory ? storeName.test(path) : !isModule(path) && !isOutsideModules(path)),
  })
}
