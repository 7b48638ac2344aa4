/** What requests are told while a version has failed. */
import { stripVTControlCharacters } from 'node:util'
import type { Page } from '@hot/dispose/auto'
import type { Hot, StagedUpdate, StaleModule } from '@hot/hooks'
import { describe, headOf } from '../messages/describe-error.ts'
import { stepsOf } from '../messages/show.ts'

/** Until the next save: to this machine the error and the plan, to others the message only. */
export function pageOf(
  error: unknown,
  hot: Hot,
  stale: readonly StaleModule[],
  staged?: StagedUpdate,
): (fromHere: boolean) => Page {
  const title = 'This version failed while it was evaluated'
  const described = stripVTControlCharacters(describe(error, hot, staged))
  const plan = stepsOf(stale).map(([name, why]) => `  ${name} ${why}`)
  const whole = plan.length === 0 ? described : `${described}\n\nWhat this save re-evaluates:\n${plan.join('\n')}`
  const head = headOf(error)
  return fromHere => ({ title, text: fromHere ? whole : head })
}
