/** The undocumented part of Node's emitters that is used here. It is the same on Node 22.15, 22, 24.0, 24 and 26. */
import type { EventEmitter } from 'node:events'

type Listener = (...args: unknown[]) => void

interface Internals {
  readonly _events?: Record<string | symbol, Listener | Listener[] | undefined>
}

/**
 * Moves a listener that was just added, at either end, to the place before `follower`. Without `_events` as it is known here, the
 * listener stays where it is. An `emit()` that is under way is not affected: it has its own copy of the list.
 */
export function moveBefore(
  emitter: EventEmitter,
  event: string | symbol,
  listener: Listener,
  follower: Listener,
): void {
  const list = (emitter as Internals)._events?.[event]
  if (!Array.isArray(list)) return
  const from = list.at(-1) === listener ? list.length - 1 : list.indexOf(listener)
  if (from < 0 || list.indexOf(follower) < 0) return
  list.splice(from, 1)
  list.splice(list.indexOf(follower), 0, listener)
}
