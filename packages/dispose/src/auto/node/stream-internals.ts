/** The parts of Node's streams that are not documented, and are the same on Node 22.15, 22, 24.0, 24 and 26. */
import type { Readable } from 'node:stream'

/** Makes a stream that nobody listens to any more one that nobody has listened to yet: what comes waits for the next. */
export function stopFlowing(stream: Readable): void {
  const state = (stream as Readable & { _readableState?: { flowing: boolean | null } })._readableState
  if (!state?.flowing) return
  stream.pause()
  state.flowing = null
}
