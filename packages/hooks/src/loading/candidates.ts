/** The names under which a specifier's file could lie in the trees, in the order in which Node would try them. */
import { realpathSync } from 'node:fs'
import { dirname, isAbsolute, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { FileTree } from '@hot/tree'
import type { HotModule } from '../modules/module.ts'
import type { Program } from '../modules/program.ts'
import { requireExtensions } from '../node/internals.ts'

/** `src/a.js` is `/a.js` in the tree whose folder is called `src`. */
export function* bareNames(program: Program, specifier: string): Iterable<HotModule> {
  const slash = specifier.indexOf('/')
  if (slash <= 0 || specifier[0] === '.' || specifier.includes(':')) return
  const end = specifier.search(/[?#]|$/)
  for (const tree of program.trees) {
    const folder = decodeURIComponent(tree.root.slice(tree.root.lastIndexOf('/') + 1))
    if (folder !== specifier.slice(0, slash)) continue
    const module = program.findOrCreate(tree.urlOf(specifier.slice(slash, end)) + specifier.slice(end))
    if (module) yield module
  }
}

/**
 * `new URL(specifier, parentURL).href`, without the parser where names of letters and digits are all there is to it: in half of
 * the time. Throws what `URL` throws.
 */
export function join(specifier: string, parentURL: string | undefined): string {
  const simple = parentURL?.startsWith('file:///')
    ? /^(\.\/|(?:\.\.\/)+)([\w-][\w.-]*(?:\/[\w-][\w.-]*)*)$/.exec(specifier)
    : null
  if (!simple) return new URL(specifier, parentURL).href
  const end = parentURL!.search(/[?#]|$/)
  let slash = parentURL!.lastIndexOf('/', end - 1)
  for (let up = simple[1]!.length; up >= 3; up -= 3) slash = parentURL!.lastIndexOf('/', slash - 1)
  return slash < 'file:///'.length ? new URL(specifier, parentURL).href : parentURL!.slice(0, slash + 1) + simple[2]!
}

/** What `require(specifier)` tries: the file, with extensions, as a folder with a package.json, with an index. */
export function* requireNames(program: Program, specifier: string, parentURL: string | undefined): Iterable<HotModule> {
  if (!/^(?:\.{1,2}(?:\/|$)|\/|[a-zA-Z]:[\\/])/.test(specifier)) {
    yield* bareNames(program, specifier)
    return
  }
  if (!isAbsolute(specifier) && !parentURL?.startsWith('file:')) return
  const filename = isAbsolute(specifier) ? specifier : resolve(dirname(fileURLToPath(parentURL!)), specifier)
  const url = pathToFileURL(filename).href
  const base = program.findOrCreate(url) ?? findThroughLinks(program, url)
  if (!base) return
  const { tree, path } = base
  const names = namesOf(tree, path.replace(/\/$/, ''), /(?:^|\/)\.{0,2}$/.test(specifier))
  for (const name of names) {
    const module = program.findOrCreate(tree.urlOf(name))
    if (module) yield module
  }
}

/** `require('./x')` that found `x.json` would find `x.js` if it were created. */
export function triedBefore(
  program: Program,
  specifier: string,
  parentURL: string | undefined,
  found: HotModule,
): HotModule[] {
  const tried: HotModule[] = []
  for (const module of requireNames(program, specifier, parentURL)) {
    if (module === found) return tried
    tried.push(module)
  }
  return [] // a compiler found it under a name that Node would not try
}

/** The file that a package's `imports` or `exports` led to, and that is not on the disk. */
export function namedBy(program: Program, specifier: string, error: unknown): HotModule | undefined {
  const { code, url, message } = (error ?? {}) as { code?: string; url?: string; message?: string }
  if (!code?.endsWith('MODULE_NOT_FOUND') || /^\.{0,2}\//.test(specifier)) return undefined
  const filename = /^Cannot find module '([^']+)'/.exec(message ?? '')?.[1] ?? ''
  const named = url ?? (isAbsolute(filename) ? pathToFileURL(filename).href : undefined)
  return named === undefined ? undefined : program.findOrCreate(named)
}

/** The module that a URL names through symbolic links in front of it. Its file need not be on the disk: a folder above it is. */
export function findThroughLinks(program: Program, url: string): HotModule | undefined {
  if (!url.startsWith('file:')) return undefined
  const end = url.search(/[?#]|$/)
  const name = fileURLToPath(url.slice(0, end))
  for (let folder = dirname(name), last = name; folder !== last; last = folder, folder = dirname(folder)) {
    let real: string
    try {
      real = realpathSync.native(folder)
    } catch {
      continue // not there either
    }
    return real === folder
      ? undefined
      : program.findOrCreate(pathToFileURL(real + name.slice(folder.length)).href + url.slice(end))
  }
  return undefined
}

function* namesOf(tree: FileTree, path: string, onlyFolder: boolean): Iterable<string> {
  const extensions = requireExtensions()
  if (!onlyFolder) {
    yield path
    for (const extension of extensions) yield path + extension
  }
  const main = mainOf(tree.files.get(`${path}/package.json`)?.text)
  if (main !== undefined) {
    const file = `${path}/${main}`.replace(/\/(?:\.?\/)+/g, '/').replace(/\/$/, '')
    yield file
    for (const extension of extensions) yield file + extension
    for (const extension of extensions) yield `${file}/index${extension}`
  }
  for (const extension of extensions) yield `${path}/index${extension}`
}

function mainOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  try {
    const { main } = JSON.parse(text) as { main?: unknown }
    return typeof main === 'string' && main !== '' ? main : undefined
  } catch {
    return undefined // Node reports a broken package.json itself
  }
}
