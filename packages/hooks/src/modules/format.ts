/**
 * Which kind of module a file of a tree is, found out from memory the way Node finds it out from the disk: by its
 * extension, the nearest package.json, and at last its syntax.
 */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FileTree, TreeFile } from '@hot/tree'
import { hasModuleSyntax } from '../node/module-syntax.ts'
import { requireHeedsTypeWithoutExtension } from '../node/node-versions.ts'
import { stripTypes } from '../node/typescript.ts'

export type Format = 'module' | 'commonjs' | 'json'

/** Node reads a package.json once and keeps it for the process, so does this. One that is not there is looked for again. */
const packageTypes = new Map<string, string>()

/**
 * The format of a JavaScript, TypeScript or JSON file, or one without an extension. `undefined` for anything else (`.node`,
 * `.wasm`, `.jsx`, …) and, unless `detect` is given, for a file that only its syntax can tell.
 */
export function formatOf(tree: FileTree, file: TreeFile, detect: boolean): Format | undefined {
  const match = /\.([cm]?)([jt]s|json)$/.exec(file.path)
  if (!match && !hasNoExtension(file)) return undefined
  if (!match) return packageType(tree, file.path) ?? (detect ? detectedFormat(file, false) : undefined)
  if (match[2] === 'json') return match[1] ? undefined : 'json'
  if (match[1] === 'm') return 'module'
  if (match[1] === 'c') return 'commonjs'
  return packageType(tree, file.path) ?? (detect ? detectedFormat(file, match[2] === 'ts') : undefined)
}

/**
 * The format of a file for `require()`. This includes files that a compiler handles, since Node itself knows nothing of `.tsx` and
 * `.jsx`, and files
 * without an extension.
 */
export function requiredFormatOf(tree: FileTree, file: TreeFile): Format | undefined {
  if (/\.[jt]sx$/.test(file.path)) return packageType(tree, file.path) ?? detectedFormat(file, true)
  const format = formatOf(tree, file, true)
  if (format !== 'module' || requireHeedsTypeWithoutExtension || !hasNoExtension(file)) return format
  return detectedFormat(file, false)
}

/** Whether the extension, or the nearest package.json, says that a file is an ES module, whatever its syntax. */
export function isDeclaredModule(tree: FileTree, { path }: TreeFile): boolean {
  return /\.m[jt]s$/.test(path) || (!/\.c[jt]s$/.test(path) && packageType(tree, path) === 'module')
}

const hasNoExtension = ({ path }: TreeFile): boolean => /\/\.?[^./]+$/.test(path)

function detectedFormat(file: TreeFile, typescript: boolean): 'module' | 'commonjs' {
  let detected = detectedFormats.get(file)
  if (!detected) {
    detected = hasSyntaxOfModule(file.text, typescript) ? 'module' : 'commonjs'
    detectedFormats.set(file, detected)
  }
  return detected
}

const detectedFormats = new WeakMap<TreeFile, 'module' | 'commonjs'>()

const usualFormats = new Map<string, string>()

/**
 * Which format others found for TypeScript and JSX of this extension in a package of this type, where they say nothing:
 * compilers that resolve for themselves know nothing of a file that is in memory only.
 */
export function usualFormat<T extends string | null | undefined>(
  tree: FileTree,
  file: TreeFile,
  format: T,
): T | string {
  const match = /\.(?:[cm]?ts|[jt]sx)$/.exec(file.path)
  // `typescript` is what Node 24 says to a `require()`: nothing much.
  if (!match || format === 'typescript') return format
  const type = /\.[cm]ts$/.test(file.path) ? '' : packageType(tree, file.path)
  if (type === undefined) return format // each file is what its syntax says
  const key = `${match[0]} ${type}`
  if (!format) return usualFormats.get(key) ?? format
  usualFormats.set(key, format)
  return format
}

/** The `type` of the nearest package.json, in the tree and above it. */
export function packageType(tree: FileTree, path: string): 'module' | 'commonjs' | undefined {
  let dir = path
  while (dir !== '') {
    dir = dir.slice(0, dir.lastIndexOf('/'))
    const key = `${tree.root}${dir}/package.json`
    let type = packageTypes.get(key)
    if (type === undefined) {
      const path = `${dir}/package.json`
      const file = tree.files.get(path) ?? (tree.include(path) ? tree.files.get(path) : undefined)
      if (!file) continue
      type = typeField(file.text)
      packageTypes.set(key, type)
    }
    return type === 'module' || type === 'commonjs' ? type : undefined
  }
  return typeAbove(fileURLToPath(tree.root))
}

function typeAbove(folder: string): 'module' | 'commonjs' | undefined {
  for (let dir = dirname(folder), last = folder; dir !== last; last = dir, dir = dirname(dir)) {
    const name = join(dir, 'package.json')
    let type = packageTypes.get(name)
    if (type === undefined) {
      try {
        type = typeField(readFileSync(name, 'utf8'))
      } catch {
        continue // no package.json here: the next folder up
      }
      packageTypes.set(name, type)
    }
    return type === 'module' || type === 'commonjs' ? type : undefined
  }
  return undefined
}

function typeField(text: string): string {
  try {
    return String((JSON.parse(text) as { type?: unknown } | null)?.type ?? '')
  } catch {
    return '' // Node reports the broken file itself as soon as it reads it
  }
}

/** By its syntax, as Node detects it; TypeScript is stripped first. */
function hasSyntaxOfModule(source: string, typescript: boolean): boolean {
  if (!typescript) return hasModuleSyntax(source)
  let text: string
  try {
    text = stripTypes(source, 'detect.ts')
  } catch {
    // TSX or enums: a compiler will handle it. Only the beginnings of its lines can tell what it is.
    return /^[^\S\n]*(?:import\s*[\w{*"']|export\s)/m.test(source)
  }
  return hasModuleSyntax(text)
}
