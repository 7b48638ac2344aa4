/** Ending what was replaced so that nobody notices: no 'close', no 'error', no answer, and so no reconnect, rejection or log. */
import type { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { within } from '../ownership/owned-resources.ts'

/** How long what was written may take to leave, in ms. */
const flushTime = 1000

const silent = () => false

/** From now on nobody hears of what happens to it, those who listen later neither. */
export function silence(emitter: EventEmitter): void {
  Object.defineProperty(emitter, 'emit', { configurable: true, enumerable: false, writable: true, value: silent })
}

/** What a socket of TLS lies on, undocumented. */
interface OnTop {
  readonly _parent?: Socket | null
}

/** Sends what was written, and closes the socket, with nobody told. */
export async function endInSilence(socket: Socket): Promise<void> {
  if (socket.destroyed) return
  if (!socket.connecting && socket.writableLength > 0) {
    await within(flushTime, done => socket.once('drain', done))
  }
  const { _parent } = socket as OnTop
  silence(socket)
  socket.destroy()
  if (_parent) {
    silence(_parent)
    _parent.destroy()
  }
}
