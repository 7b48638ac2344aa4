/** Ending what was replaced so that nobody notices: no 'close', no 'error', no answer, and so no reconnect, rejection or log. */
import type { EventEmitter } from 'node:events'
import type { ClientHttp2Session } from 'node:http2'
import type { Socket } from 'node:net'
import { soon } from '../ownership/owned-resources.ts'

/** How long the other side may take to see the end, in ms: a database lets go of its locks first. */
const partingTime = 500

/** From now on nobody hears of what happens to it, those who listen later neither. `heard` is told instead. */
export function silence(emitter: EventEmitter, heard?: (event: unknown) => void): void {
  const emit = (event: unknown) => {
    heard?.(event)
    return false
  }
  Object.defineProperty(emitter, 'emit', { configurable: true, enumerable: false, writable: true, value: emit })
}

/** Sends what was written and the end; resolves when the other side has seen it. */
export async function part(socket: Socket): Promise<void> {
  await soon(partingTime, parted => {
    socket.once('close', parted)
    socket.end()
  })
}

type Layer = Socket | ClientHttp2Session

/**
 * Ends a socket and what lies on it, innermost first, with nobody told. What was written is sent; resolves when the other side
 * has closed its end, since only then it has forgotten about this one.
 */
export async function endInSilence(layers: readonly [Socket, ...Layer[]]): Promise<void> {
  const [socket] = layers
  if (socket.destroyed) return
  const outermost = layers.findLast((layer): layer is Socket => 'writableLength' in layer)!
  await soon(partingTime, parted => {
    const heard = (event: unknown) => {
      if (event === 'end' || event === 'close') parted()
    }
    for (const layer of layers) silence(layer, heard)
    if (socket.connecting) parted()
    else {
      outermost.resume() // what still comes is read, or the end would never be
      outermost.end()
    }
  })
  for (const layer of layers.toReversed()) layer.destroy()
}
