/** Checks what a program got while an update was running: all of the old state or all of the new one, and never the old one again. */
import { add, type Counts } from './counts.ts'
import { differsInWordsOnly, isRace, words } from './exemptions.ts'
import { endOf, equal, type Result, type Violation } from './judge.ts'
import { anyHas, type Observation, type State } from './state.ts'

export interface Answer {
  readonly observation: Observation
  /** Without the parts that need a call. */
  readonly answer: Pick<Result, 'value' | 'error'>
}

const still = (result: Result) => endOf(result.still as Result)

export function judgeRace(
  answers: readonly Answer[],
  before: ReadonlyMap<string, Result>,
  after: ReadonlyMap<string, Result>,
  state: State,
  step: number,
  { node, failures }: { node: string; failures: ReadonlySet<string> },
  counts: Counts,
): Violation | undefined {
  if (anyHas(state, 'slow')) return undefined // what waits for a timer may import later still
  let isNew = false
  for (const { observation, answer } of answers) {
    const name = JSON.stringify(observation)
    const [old, now] = [before.get(name), after.get(name)]
    if (!old || !now) continue
    counts.raced++
    // A race, or a TypeError of Node's own, is what Node remembers of a failure. It does not tell which state it comes from.
    const all = [answer, old, now]
    if (isRace(all as Result[]) || all.some(({ error }) => error === 'TypeError')) {
      add(counts.exempted, 'all: within one state, a race is remembered')
      continue
    }
    const inOtherWords = [old, now].some(
      result =>
        !equal(endOf(answer as Result), still(result)) &&
        differsInWordsOnly(node, answer as Result, result.still as Result, failures),
    )
    if (inOtherWords) {
      add(counts.exempted, words)
      continue
    }
    const [isOld, isNow] = [equal(endOf(answer as Result), still(old)), equal(endOf(answer as Result), still(now))]
    if (isOld && isNow) continue
    if (isOld && !isNew) counts.old++
    else if (isNow) {
      counts.new++
      isNew = true
    } else {
      const cold = isOld ? 'others were told of the new state before' : { before: still(old), after: still(now) }
      return { kind: 'race', step, observation, hot: answer, cold }
    }
  }
  return undefined
}
