/** Ends connections so that the program does not notice: no 'close', no 'error', no answer, and so no reconnect, rejection or log. */
import type { EventEmitter } from 'node:events'
import type { ClientHttp2Session } from 'node:http2'
import type { Socket } from 'node:net'
import { soon } from '../ownership/owned-resources.ts'

/** How long the other side may take to see the end, in ms: a database first releases its locks. */
export const partingTime = 500

/** From now on, no listener of an emitter is called, not even one that is added later. `heard` is called instead. */
export function silence(emitter: EventEmitter, heard?: (event: unknown) => void): void {
  const emit = (event: unknown) => {
    heard?.(event)
    return false
  }
  Object.defineProperty(emitter, 'emit', { configurable: true, enumerable: false, writable: true, value: emit })
}

/** Sends what was written, and the end. Resolves when the other side has seen it. */
export async function part(socket: Socket): Promise<void> {
  await soon(partingTime, parted => {
    socket.once('close', parted)
    socket.end()
  })
}

/** Calls `heard` before the program is told that a socket is gone. `isEnd`: the other side has said all that it had to say. */
export function beforeEnd(socket: Socket, heard: (isEnd: boolean) => void): void {
  for (const name of ['push', 'destroy'] as const) {
    const original = socket[name] as (...args: unknown[]) => unknown
    const value = (...args: unknown[]) => {
      if (name === 'destroy' || args[0] === null) heard(name === 'push')
      return Reflect.apply(original, socket, args)
    }
    Object.defineProperty(socket, name, { configurable: true, enumerable: false, writable: true, value })
  }
}

type Layer = Socket | ClientHttp2Session

/**
 * Ends a socket and what lies on it in silence, innermost first. What was written is sent. Resolves when the other side has closed
 * its end: only then it has forgotten this connection. `isTold`: it had its time for that.
 */
export async function endInSilence(layers: readonly [Socket, ...Layer[]], isTold = false): Promise<void> {
  const [socket] = layers
  if (socket.destroyed) return
  const outermost = layers.findLast((layer): layer is Socket => 'writableLength' in layer)!
  await soon(partingTime, parted => {
    const heard = (event: unknown) => {
      if (event === 'end' || event === 'close') parted()
    }
    for (const layer of layers) silence(layer, heard)
    if (socket.connecting || isTold) parted()
    else {
      // What still comes must be read, or the end would never come. A stream does not flow while somebody waits for 'readable'.
      outermost.removeAllListeners('readable')
      outermost.resume()
      outermost.end()
    }
  })
  for (const layer of layers.toReversed()) layer.destroy()
}
