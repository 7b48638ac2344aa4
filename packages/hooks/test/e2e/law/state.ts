/** States of a test program, the edits that lead from one to the next, and who depends on whom in them. */
import { posix } from 'node:path'
import { render, type Source } from './source.ts'

export type State = ReadonlyMap<string, Source>

export type Edit =
  | { readonly op: 'write'; readonly path: string; readonly source: Source; readonly atomic?: boolean }
  | { readonly op: 'remove'; readonly path: string }
  /** A file, or a folder with all in it. */
  | { readonly op: 'rename'; readonly path: string; readonly to: string }
  /** The same bytes once more. */
  | { readonly op: 'touch'; readonly path: string }

export interface Step {
  /** Through `tree.write` and `tree.remove`, or through the disk. */
  readonly drive: 'memory' | 'disk'
  readonly edits: readonly Edit[]
}

export interface Observation {
  readonly how: 'import' | 'require'
  readonly path: string
}

export interface Case {
  /** Where other hooks are, that do nothing. */
  readonly otherHooks: 'nowhere' | 'below' | 'above'
  readonly files: State
  readonly steps: readonly Step[]
  readonly observations: readonly Observation[]
}

export const isBelow = (path: string, folder: string): boolean => path.startsWith(`${folder}/`)

/** Whether a file system would let a file be at this path. */
export function hasRoom(state: State, path: string): boolean {
  for (const other of state.keys()) if (isBelow(other, path) || isBelow(path, other)) return false
  return true
}

/** What an edit makes of a state; the same state if it does not apply. */
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

/** A rename keeps the bytes: what was rendered for one path is not rendered again for another. */
export function settleText(source: Source, path: string): Source {
  return source.raw === undefined ? { ...source, raw: render(source, path) } : source
}

const extensions = ['', '.js', '.json', '.node', '/index.js', '/index.json']

/** Every path that a specifier might lead to, whatever files there are. */
export function candidates(from: string, specifier: string, require: boolean): string[] {
  let path: string
  if (specifier === 'self') path = '/p/main.js'
  else if (specifier.startsWith('self/')) path = `/p/${specifier.slice(5)}`
  else if (specifier.startsWith('#')) path = `/p/${specifier.slice(1)}`
  else path = posix.join(posix.dirname(from), specifier)
  if (!require) return [decodeURIComponent(path.replace(/[?#].*$/, ''))]
  path = path.replace(/\/$/, '')
  return extensions.map(extension => path + extension)
}

const requires = new Set(['require', 'try require', 'lazy require', 'require.resolve'])
const lazy = new Set(['lazy', 'lazy require', 'require.resolve', 'import.meta.resolve'])

/** What a file imports, as opposed to requires. */
export function importsOf(path: string, source: Source): string[] {
  const statements = source.statements.filter(({ kind }) => !requires.has(kind) && source.style === 'esm')
  return dependenciesOf(path, { ...source, statements }, true)
}

/** The dependencies of a file: all, or those that evaluating it evaluates. */
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

/** These paths, and everything that depends on them in a state, directly or not. */
export function closure(state: State, changed: Iterable<string>): Set<string> {
  const importers = new Map<string, string[]>()
  for (const [path, source] of state) {
    for (const dependency of dependenciesOf(path, source, true)) {
      importers.set(dependency, [...(importers.get(dependency) ?? []), path])
    }
  }
  const found = new Set(changed)
  for (const path of found) for (const importer of importers.get(path) ?? []) found.add(importer)
  return found
}
