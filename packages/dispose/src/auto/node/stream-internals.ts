/** The undocumented parts of Node's streams that are used here. They are the same on Node 22.15, 22, 24.0, 24 and 26. */
import type { Readable } from 'node:stream'

/** Resets a stream without listeners to one that never had any: what arrives waits for the next listener. */
export function stopFlowing(stream: Readable): void {
  const state = (stream as Readable & { _readableState?: { flowing: boolean | null } })._readableState
  if (!state?.flowing) return
  stream.pause()
  state.flowing = null
}
