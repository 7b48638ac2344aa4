/** Compares what two processes saw. */
import type { Books } from './ledger.ts'
import type { Observation } from './state.ts'

export interface Result {
  readonly value?: unknown
  readonly error?: string
  readonly message?: string
  readonly same: boolean
  /** The same, without the parts that need a call. */
  readonly still?: unknown
}

export interface Observed extends Books {
  readonly results: readonly Result[]
  readonly log: readonly string[]
  readonly errors?: readonly string[]
}

/** A place where the law was violated. */
export interface Violation {
  readonly kind: 'values' | 'evaluated' | 'instance' | 'race' | 'ledger' | 'tree' | 'process'
  /** How many steps with edits were made before. */
  readonly step: number
  readonly observation?: Observation
  readonly hot: unknown
  readonly cold: unknown
}

export const endOf = ({ value, error }: Result) => (error === undefined ? { value } : { error })

export function equal(hot: unknown, cold: unknown): boolean {
  if (Object.is(hot, cold)) return true
  if (typeof hot !== 'object' || typeof cold !== 'object' || hot === null || cold === null) return false
  const [a, b] = [hot, cold] as Record<string, unknown>[]
  const keys = Object.keys(a!)
  return keys.length === Object.keys(b!).length && keys.every(key => Object.hasOwn(b!, key) && equal(a![key], b![key]))
}

/** The file of a module, without a query and hash. */
export const fileOf = (name: string): string => name.replace(/(?:\?(?:q=\d)?)?(?:#h)?$/, '')

/** Was anything evaluated without a reason? */
export function judge(
  hot: Observed,
  cold: Observed,
  fresh: Set<string>,
  finished: Set<string>,
  observations: readonly Observation[],
  { step, racing, last }: { step: number; racing: number; last: ReadonlyMap<string, Result> },
): Violation | undefined {
  const count = (log: readonly string[], line: string) => log.filter(other => other === line).length
  const before = new Set(finished)
  for (const line of new Set(hot.log)) {
    const [, what, where] = /^(start|end) (.*)$/s.exec(line)!
    if (what !== 'start') continue
    const file = fileOf(where!)
    const ends = count(hot.log, `end ${where}`)
    // An import during an update may cause one more evaluation for each of its edits.
    if (ends > Math.max(1, count(cold.log, `end ${where}`)) + racing) {
      return { kind: 'evaluated', step, hot: `${where} was evaluated ${ends} times: ${hot.log}`, cold: cold.log }
    }
    if (ends > 0 && before.has(where!) && !fresh.has(file)) {
      return {
        kind: 'evaluated',
        step,
        hot: `${where} was evaluated again`,
        cold: `nothing that it depends on had changed`,
      }
    }
    if (ends > 0) finished.add(where!)
  }
  for (const [index, observation] of observations.entries()) {
    const { same, error } = hot.results[index]!
    const known = last.has(JSON.stringify(observation)) && before.has(observation.path) && !fresh.has(observation.path)
    if (known && !same && error === undefined) {
      return {
        kind: 'instance',
        step,
        observation,
        hot: 'another instance',
        cold: 'nothing that it depends on had changed',
      }
    }
  }
  for (const line of hot.log) {
    if (!line.startsWith('end ')) continue
    const file = fileOf(line.slice(4))
    // Each query makes another module of a file: the evaluation of one tells nothing about the others.
    const all = [...finished].filter(name => fileOf(name) === file)
    if (all.every(name => hot.log.includes(`end ${name}`))) fresh.delete(file)
  }
  return undefined
}
