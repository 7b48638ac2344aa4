/** Counts what the programs and edits of a run contained, because a kind that is never generated is not tested. */
import type { Case } from './state.ts'

export interface Counts {
  programs: number
  states: number
  errorStates: number
  observations: number
  errors: number
  evaluations: number
  /** How often an evaluation registered with `onModuleInvalidated`, and how often that was called. */
  registered: number
  fired: number
  /** Answers that a program got while an update was running: how many, and how many had the old and the new state. */
  raced: number
  old: number
  new: number
  /** How many programs contained something, by its name. */
  readonly kinds: Map<string, number>
  /** How many edits there were, by their names. */
  readonly edits: Map<string, number>
  /** How often an exemption covered a difference, by its name. */
  readonly exempted: Map<string, number>
}

export const noCounts = (): Counts => ({
  programs: 0,
  states: 0,
  errorStates: 0,
  observations: 0,
  errors: 0,
  evaluations: 0,
  registered: 0,
  fired: 0,
  raced: 0,
  old: 0,
  new: 0,
  kinds: new Map(),
  edits: new Map(),
  exempted: new Map(),
})

export function add(map: Map<string, number>, name: string): void {
  map.set(name, (map.get(name) ?? 0) + 1)
}

/** Counts what a program has in it. */
export function tally({ programs: _, ...counts }: Counts, test: Case): void {
  const kinds = new Set<string>([test.layout, test.mode, `other hooks ${test.otherHooks}`])
  if (test.ledger) kinds.add('onModuleInvalidated')
  const files = [...test.files]
  for (const { drive, edits, racing } of test.steps) {
    kinds.add(`edits in ${drive}`)
    if (racing) kinds.add('imports that race updates')
    for (const edit of edits) {
      if (edit.op === 'write') {
        add(counts.edits, `save (${drive === 'disk' ? edit.save : 'memory'})`)
        files.push([edit.path, edit.source])
      } else if (edit.op === 'rename')
        add(counts.edits, /\.\w+$/.test(edit.path) ? 'rename of a file' : 'rename of a folder')
      else add(counts.edits, edit.op)
      if (edit.op === 'rename' && (edit.to.startsWith(`${edit.path}/`) || edit.path.startsWith(`${edit.to}/`))) {
        add(counts.edits, 'a file becomes a folder, or the reverse')
      }
    }
  }
  for (const [path, source] of files) {
    if (!path.endsWith('/package.json')) kinds.add(/\.\w+$/.exec(path)?.[0] ?? 'no extension')
    if (/\/m\/[cn]\/|\/c\/m\//.test(path)) kinds.add('nested package.json')
    for (const { kind, specifier = '' } of source.statements) {
      kinds.add(`${source.style === 'json' ? 'json' : source.style}: ${kind}`)
      if (specifier.startsWith('#')) kinds.add('#imports')
      else if (specifier.startsWith('self')) kinds.add('self-reference')
      else if (specifier === 'dep') kinds.add('node_modules')
      else if (/[?#]/.test(specifier)) kinds.add('query or hash')
      if (specifier.includes('/link/')) kinds.add('symbolic link')
    }
  }
  for (const { how, path, after, linked } of test.observations) {
    kinds.add(`observed by ${how}`)
    if (path.endsWith('.json')) kinds.add('observed JSON')
    if (after !== undefined) kinds.add('loaded late')
    if (linked) kinds.add('symbolic link')
  }
  for (const kind of kinds) add(counts.kinds, kind)
}

/** The last lines of a run. */
export function describeCounts(counts: Counts): string {
  const numbers = Object.entries(counts).filter(([, count]) => typeof count === 'number')
  const list = (map: Map<string, number>) =>
    [...map]
      .sort(([, a], [, b]) => b - a)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ')
  const share = new Map(
    [...counts.kinds].map(([name, count]) => [`${name}:`, Math.ceil((100 * count) / counts.programs)]),
  )
  return [
    numbers.map(([name, count]) => `${name} ${count}`).join(', '),
    `edits: ${list(counts.edits)}`,
    `in % of the programs: ${list(share)}`,
    `exempted: ${list(counts.exempted) || 'nothing'}`,
  ].join('\n')
}
