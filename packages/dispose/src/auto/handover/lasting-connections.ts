/** Ends connections that only the server that accepted them can continue: event streams, WebSockets, raw TCP. */
import type { ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

const { setTimeout } = globalThis

/** For how many ms an open connection lives on without a server: a request that is on its way gets an answer. */
export const lingerTime = 1000

/** Is a response an event stream? */
export function isEventStream(response: ServerResponse): boolean {
  // Headers that were passed to `writeHead` are only in the text of the header.
  const { _header: sent } = response as ServerResponse & { _header: string | null }
  return /^content-type: *text\/event-stream/im.test(sent ?? '')
}

/** Ends an event stream as its handler would: an EventSource then reconnects. */
export function endStream(response: ServerResponse): void {
  response.end()
  // Its handler notices it by 'close', which comes later. A write in between is no error, as to a client that has gone.
  response.write = () => false
}

/** 1012, "service restart": a WebSocket client that gets it is expected to reconnect (RFC 6455, IANA registry). */
const restart = Buffer.from([0x88, 0x02, 0x03, 0xf4])

/** Ends a connection. A WebSocket's client is told to reconnect. */
export function endConnection(duplex: Duplex, websocket: boolean): void {
  if (websocket && duplex.writable) duplex.write(restart)
  duplex.end()
  setTimeout(() => duplex.destroy(), lingerTime).unref()
}
