/** States of a test program, the edits that lead from one to the next, and who depends on whom in them. */
import { posix } from 'node:path'
import { isBelow, type Layout } from './layout.ts'
import { has, type Kind, render, type Source } from './source.ts'
import type { Mode } from './vocabulary.ts'

export type State = ReadonlyMap<string, Source>

/**
 * How a save is made: in place, by renaming another file, by moving the old file away first, over an emptied file, or so that neither
 * size nor time stamp change.
 */
export type Save = 'plain' | 'atomic' | 'backup' | 'truncated' | 'same stamp'

export type Edit =
  | { readonly op: 'write'; readonly path: string; readonly source: Source; readonly save: Save }
  | { readonly op: 'remove'; readonly path: string }
  /** A file, or a folder with everything in it. */
  | { readonly op: 'rename'; readonly path: string; readonly to: string }
  /** A save of the same bytes. */
  | { readonly op: 'touch'; readonly path: string }

export interface Step {
  /** Through `tree.write` and `tree.remove`, or through the disk. */
  readonly drive: 'memory' | 'disk'
  readonly edits: readonly Edit[]
  /** Does the program go on importing while this update is running? */
  readonly racing?: boolean
}

export interface Observation {
  readonly how: 'import' | 'require'
  readonly path: string
  /** It is not imported before so many steps were made. */
  readonly after?: number
  /** Does its name lead through a symbolic link? */
  readonly linked?: boolean
  /** The query and hash of an `import()`. */
  readonly query?: string
}

export interface Case {
  readonly layout: Layout
  readonly mode: Mode
  /** Does every evaluation register with `onModuleInvalidated`? */
  readonly ledger: boolean
  /** Where there are other hooks, which do nothing. */
  readonly otherHooks: 'nowhere' | 'below' | 'above'
  readonly files: State
  readonly steps: readonly Step[]
  readonly observations: readonly Observation[]
}

/** Can a file be at this path, beside the other files? */
export function hasRoom(state: State, path: string): boolean {
  for (const other of state.keys()) if (isBelow(other, path) || isBelow(path, other)) return false
  return true
}

/** The state after an edit; the same state if the edit has no effect. */
export function apply(state: State, edit: Edit): State {
  const next = new Map(state)
  if (edit.op === 'write') {
    if (!hasRoom(state, edit.path)) return state
    next.set(edit.path, edit.source)
  } else if (edit.op === 'remove') {
    if (!next.delete(edit.path)) return state
  } else if (edit.op === 'rename') {
    const moved = [...state].filter(([path]) => path === edit.path || isBelow(path, edit.path))
    if (moved.length === 0) return state
    for (const [path] of moved) next.delete(path)
    for (const path of next.keys())
      if (path === edit.to || isBelow(path, edit.to) || isBelow(edit.to, path)) return state
    for (const [path, source] of moved) next.set(edit.to + path.slice(edit.path.length), settleText(source, path))
  } else if (!state.has(edit.path)) return state
  return next
}

export const textsOf = (state: State): Map<string, string> =>
  new Map([...state].map(([path, source]) => [path, render(source, path)]))

/** A rename keeps the bytes: the text is not rendered again for the new path. */
export function settleText(source: Source, path: string): Source {
  return source.raw === undefined ? { ...source, raw: render(source, path) } : source
}

const extensions = ['', '.js', '.json', '.node', '/index.js', '/index.json']

/** The folder of the package that a path belongs to, if the package has a name. */
export const packageOf = (path: string): string | undefined => /^(?:\/site2?)?\/p(?=\/)/.exec(path)?.[0]

/** Every path that a specifier may lead to, whichever files exist. */
export function candidates(from: string, specifier: string, require: boolean): string[] {
  const own = packageOf(from) ?? '/p'
  let path: string
  if (specifier === 'dep') return ['/node_modules/dep/index.js']
  if (specifier === '#both') path = own + (require ? '/y.cjs' : '/x.js')
  else if (specifier === 'self') path = `${own}/main.js`
  else if (specifier.startsWith('self/')) path = `${own}/${specifier.slice(5)}`
  else if (specifier.startsWith('#')) path = `${own}/${specifier.slice(1)}`
  else path = posix.join(posix.dirname(from), specifier).replace(/^\/link(?=\/)/, '')
  if (!require) return [decodeURIComponent(path.replace(/[?#].*$/, ''))]
  path = path.replace(/\/$/, '')
  return extensions.map(extension => path + extension)
}

const requires = new Set(['require', 'try require', 'lazy require', 'require.resolve'])
const lazy = new Set(['lazy', 'lazy require', 'require.resolve', 'import.meta.resolve'])

/** What a file imports and does not require. CommonJS has `import()`, too. */
export function importsOf(path: string, source: Source): string[] {
  const isImport = (kind: Kind) =>
    source.style === 'esm' ? !requires.has(kind) : kind === 'floating' || kind === 'lazy'
  const statements = source.statements.filter(({ kind }) => isImport(kind))
  return dependenciesOf(path, { ...source, statements }, true)
}

const statics = new Set<Kind>(['star', 'named', 'default', 'reexport all', 'reexport named', 'bare', 'json'])
const sure = new Set<Kind>([...statics, 'dynamic', 'floating', 'dynamic json'])

/** What a file has certainly imported when its evaluation is complete. */
export function sureDependenciesOf(path: string, source: Source, kinds: ReadonlySet<Kind> = sure): string[] {
  if (source.style !== 'esm' || source.raw !== undefined) return []
  // With a query or hash it is another module of the same file.
  const statements = source.statements.filter(
    ({ kind, specifier = '' }) => kinds.has(kind) && !/[?#]/.test(specifier.slice(1)),
  )
  return dependenciesOf(path, { ...source, statements }, true)
}

/** The dependencies of a file: all of them, or those that are evaluated with it. */
export function dependenciesOf(path: string, source: Source, all: boolean): string[] {
  const found: string[] = []
  for (const { kind, specifier } of source.statements) {
    if (specifier === undefined || (!all && lazy.has(kind))) continue
    const require = requires.has(kind) || (source.style === 'cjs' && kind === 'reexport all')
    found.push(...candidates(path, specifier, require))
  }
  return found
}

export function hasCycle(state: State): boolean {
  const done = new Set<string>()
  const open = new Set<string>()
  const visit = (path: string): boolean => {
    if (open.has(path)) return true
    if (done.has(path)) return false
    open.add(path)
    const source = state.get(path)
    if (source && dependenciesOf(path, source, false).some(visit)) return true
    open.delete(path)
    done.add(path)
    return false
  }
  return [...state.keys()].some(visit)
}

/** The files whose bytes differ. */
export function changesBetween(before: State, after: State): string[] {
  const [old, now] = [textsOf(before), textsOf(after)]
  return [...new Set([...old.keys(), ...now.keys()])].filter(path => old.get(path) !== now.get(path))
}

/** The folders that exist in only one of two states. */
export function foldersBetween(before: State, after: State): string[] {
  const foldersOf = (state: State) => new Set([...state.keys()].flatMap(path => parentsOf(path)))
  const [old, now] = [foldersOf(before), foldersOf(after)]
  return [...new Set([...old, ...now])].filter(folder => old.has(folder) !== now.has(folder))
}

function parentsOf(path: string): string[] {
  const parent = posix.dirname(path)
  return parent === '/' ? [] : [parent, ...parentsOf(parent)]
}

/** Paths, and everything that depends on them in a state, directly or not. */
export function closure(
  state: State,
  changed: Iterable<string>,
  dependencies = (path: string, source: Source) => dependenciesOf(path, source, true),
): Set<string> {
  const importers = new Map<string, string[]>()
  for (const [path, source] of state) {
    for (const dependency of dependencies(path, source)) {
      importers.set(dependency, [...(importers.get(dependency) ?? []), path])
    }
  }
  const found = new Set(changed)
  for (const path of found) for (const importer of importers.get(path) ?? []) found.add(importer)
  return found
}

/** Paths, and everything that they import statically. */
export function reachable(state: State, from: Iterable<string>): Set<string> {
  const found = new Set(from)
  for (const path of found) {
    const source = state.get(path)
    if (source) for (const dependency of sureDependenciesOf(path, source, statics)) found.add(dependency)
  }
  return found
}

export const anyHas = (state: State, kind: Kind): boolean => [...state.values()].some(source => has(source, kind))
