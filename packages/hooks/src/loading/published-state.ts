/** Answers from the published state where the disk differs from it: the trees may be behind the disk, or ahead of it. */
import { readdirSync } from 'node:fs'
import type { TreeFile } from '@hot/tree'
import type { HotModule } from '../modules/module.ts'
import { notFound } from '../modules/not-found.ts'
import type { Program } from '../modules/program.ts'
import { bareNames, findThroughLinks, join, namedBy, requireNames } from './candidates.ts'

/** A specifier that is being resolved. */
export interface Lookup {
  readonly program: Program
  readonly specifier: string
  readonly parentURL: string | undefined
  /** Whether `require` is to resolve it. */
  readonly require: boolean
  fileOf(module: HotModule): TreeFile | undefined
  /** Records that the importer depends on a module, whether or not its file exists. */
  addEdge(module: HotModule): void
}

/** The module that a relative or absolute `import` specifier names; if asked for, also where only a link leads to it. */
export function targetOf({ program, specifier, parentURL }: Lookup, throughLinks = false): HotModule | undefined {
  if (!/^(?:\.{0,2}\/|file:)/.test(specifier)) return undefined
  if (/%2f|%5c/i.test(specifier)) return undefined // an error of its own in Node
  let url: string
  try {
    url = join(specifier, parentURL)
  } catch {
    return undefined // Node's to report
  }
  const module = program.findOrCreate(url) ?? (throughLinks ? findThroughLinks(program, url) : undefined)
  if (!module) return undefined
  // Through a link, Node names the real file.
  const real = module.tree.urlOf(module.path)
  return module.id.startsWith(real) ? module : program.findOrCreate(real + module.id.replace(/^[^?#]*/, ''))
}

/** The module that is published where Node, which looks at the disk, found nothing. Every name tried is depended on. */
export function findInMemory(lookup: Lookup, error?: unknown): HotModule | undefined {
  const { program, specifier, parentURL, require } = lookup
  const target = require ? undefined : targetOf(lookup, true)
  const names = require ? requireNames(program, specifier, parentURL) : bareNames(program, specifier)
  const named = namedBy(program, specifier, error)
  for (const module of target ? [target] : named ? [named] : names) {
    lookup.addEdge(module) // creating the missing file makes this importer stale
    if (lookup.fileOf(module)) return module
  }
  return undefined
}

/** Whether an error says that nothing is there, with one of Node's codes; a compiler's may have none. Any other is a refusal. */
export function isNotFound(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown }
  return code === undefined || nothingThere.has(code)
}

const nothingThere = new Set<unknown>([
  'ERR_MODULE_NOT_FOUND',
  'MODULE_NOT_FOUND',
  'ERR_UNSUPPORTED_DIR_IMPORT',
  'ERR_PACKAGE_PATH_NOT_EXPORTED',
  'ERR_PACKAGE_IMPORT_NOT_DEFINED',
  'ERR_INVALID_MODULE_SPECIFIER',
  'ENOENT',
  'ENOTDIR',
  'EISDIR',
])

/** Node's error, or the one that a fresh process would raise: memory may have a folder where the disk has nothing, and the reverse. */
export function errorOfPublishedState(lookup: Lookup, error: unknown): unknown {
  const { specifier, parentURL, require } = lookup
  const code = (error as { code?: string }).code
  const target = require ? undefined : targetOf(lookup, true)
  if (!target || (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'ERR_UNSUPPORTED_DIR_IMPORT')) return error
  const published = notFound(specifier, target, parentURL, false) as Error & { code?: string }
  if (published.code === code || (code === 'ERR_UNSUPPORTED_DIR_IMPORT' && !isEmptied(target))) return error
  return published
}

/** The error for a module whose file is not published. */
export function missingFile(lookup: Lookup, module: HotModule): Error {
  const { specifier, parentURL, require } = lookup
  return Object.assign(notFound(specifier, module, parentURL, require), urlForMissing(lookup))
}

/** Without a file there is no link to follow, so `import.meta.resolve` answers the URL that the specifier spells out. */
function urlForMissing({ specifier, parentURL, require }: Lookup): { url?: string } {
  if (require || !/^\.{0,2}\//.test(specifier)) return {}
  return { url: new URL(specifier, parentURL).href }
}

/** Whether the disk has something below this path that is in memory no more. */
function isEmptied({ tree, path, id }: HotModule): boolean {
  return readdirSync(new URL(id)).some(name => !tree.excludes(`${path}/${name}`))
}
