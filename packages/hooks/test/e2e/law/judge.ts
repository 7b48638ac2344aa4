/** What two processes saw, and whether it is the same. */
import { importsOf, type Observation, type State } from './state.ts'

export interface Result {
  readonly value?: unknown
  readonly error?: string
  readonly message?: string
  readonly same: boolean
}

export interface Observed {
  readonly results: readonly Result[]
  readonly log: readonly string[]
  readonly errors?: readonly string[]
}

/** Where the law was broken. */
export interface Violation {
  readonly kind: 'values' | 'evaluated' | 'instance' | 'tree' | 'process'
  /** The number of edits steps made before. */
  readonly step: number
  readonly observation?: Observation
  readonly hot: unknown
  readonly cold: unknown
}

export const endOf = ({ value, error }: Result) => (error === undefined ? { value } : { error })

/**
 * Node (22, 24 and 26) forgets that a CommonJS module failed: the second ES module that imports it gets `undefined` for all of
 * its exports. A program in which that happens says nothing.
 */
export function hasForgottenFailure(state: State, cold: Observed): boolean {
  const failed = cold.log.filter(line => line.startsWith('start ')).map(line => fileOf(line.slice(6)))
  return failed.some(path => {
    if (state.get(path)?.style !== 'cjs' || cold.log.includes(`end ${path}`)) return false
    return [...state].filter(([other, source]) => importsOf(other, source).includes(path)).length > 1
  })
}

/**
 * A `require()` of an ES module whose `import()` is under way, or has failed, says ERR_REQUIRE_ESM_RACE_CONDITION (Node 24 and 26)
 * or ERR_INTERNAL_ASSERTION or ERR_VM_MODULE_LINK_FAILURE (Node 22): that tells what else this process was asked for, not what is in the files.
 */
export const isRace = (results: readonly Result[]): boolean =>
  /ERR_REQUIRE_ESM_RACE_CONDITION|ERR_INTERNAL_ASSERTION|ERR_VM_MODULE_LINK_FAILURE/.test(JSON.stringify(results))

export function equal(hot: unknown, cold: unknown): boolean {
  if (Object.is(hot, cold)) return true
  if (typeof hot !== 'object' || typeof cold !== 'object' || hot === null || cold === null) return false
  const [a, b] = [hot, cold] as Record<string, unknown>[]
  const keys = Object.keys(a!)
  return keys.length === Object.keys(b!).length && keys.every(key => Object.hasOwn(b!, key) && equal(a![key], b![key]))
}

const fileOf = (name: string): string => name.replace(/\?(?:q=\d)?$/, '')

/** Whether anything was evaluated that had no reason to be. */
export function judge(
  hot: Observed,
  cold: Observed,
  step: number,
  fresh: Set<string>,
  finished: Set<string>,
  observations: readonly Observation[],
): Violation | undefined {
  const count = (log: readonly string[], line: string) => log.filter(other => other === line).length
  const before = new Set(finished)
  for (const line of new Set(hot.log)) {
    const [, what, where] = /^(start|end) (.*)$/s.exec(line)!
    if (what !== 'start') continue
    const file = fileOf(where!)
    const ends = count(hot.log, `end ${where}`)
    if (ends > Math.max(1, count(cold.log, `end ${where}`))) {
      return { kind: 'evaluated', step, hot: `${where} was evaluated ${ends} times`, cold: cold.log }
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
    const known = before.has(observation.path) && !fresh.has(observation.path)
    if (step > 0 && known && !same && error === undefined) {
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
    if (line.startsWith('end ')) fresh.delete(fileOf(line.slice(4)))
  }
  return undefined
}
