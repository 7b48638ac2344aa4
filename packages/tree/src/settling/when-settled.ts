/** Waits until what was saved before some moment is part of the tree, or held. */
import { afterEvents } from './after-events.ts'
import type { Settler } from './settler.ts'

/** How often it is looked whether everything has settled, in ms. */
const lookAgain = 4

/** `updates`: is none running? `poll`: the time between two looks at the disk, in ms, if no events come from it. */
export async function whenSettled(
  settler: Settler | undefined,
  updates: { readonly isIdle: boolean },
  poll = 0,
): Promise<void> {
  // A look that had begun before this call may have missed a save: the second one from now on has not.
  if (poll > 0) await new Promise<void>(resolve => void afterEvents(2 * poll, resolve, false))
  do {
    // The kernel has told of every save before this call, and its events are handed in before this calls back.
    await new Promise<void>(resolve => void afterEvents(lookAgain, resolve, false))
    settler?.lookNow()
  } while (!(settler?.isIdle ?? true) || !updates.isIdle)
}
