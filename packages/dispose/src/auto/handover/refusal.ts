/** Refusals: the answers to requests that no version of the program can handle. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { isFromHere } from './local-requests.ts'
import { type Page, render } from './page.ts'

/** What the answer says, and whether the connection ends with it. */
export interface Refusal {
  page(loopback: boolean): Page
  readonly last: boolean
}

export const gone: Refusal = {
  page: () => ({ title: 'Service Unavailable', text: 'The server that listened here was closed.' }),
  last: true,
}

/** Answers the request of an event of an HTTP server with status 503. */
export function refuse(event: string, args: readonly unknown[], refusal: Refusal): void {
  if (event === 'stream') {
    refuseStream(args[0] as ServerHttp2Stream, args[1] as Record<string, string>, refusal)
  } else if (event === 'upgrade' || event === 'connect') {
    const socket = args[1] as Duplex
    // The socket of an 'upgrade' event has no 'error' listener left.
    socket.on('error', () => socket.destroy())
    socket.end('HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
  } else if (event === 'secureConnection' || event === 'connection') {
    ;(args[0] as Socket).destroy()
  } else {
    refuseRequest(args[0] as IncomingMessage, args[1] as ServerResponse, refusal)
  }
}

function refuseRequest(request: IncomingMessage, response: ServerResponse, refusal: Refusal): void {
  if (response.headersSent || response.destroyed) return
  const { headers, socket } = request
  const page = render(refusal.page(isFromHere(socket.remoteAddress, headers)), headers.accept)
  const connection = refusal.last && request.httpVersionMajor === 1 ? { connection: 'close' } : {}
  response.writeHead(503, { ...page.headers, 'content-length': Buffer.byteLength(page.body), ...connection })
  response.end(request.method === 'HEAD' ? undefined : page.body)
}

function refuseStream(stream: ServerHttp2Stream, headers: Record<string, string>, refusal: Refusal): void {
  if (stream.destroyed || stream.headersSent) return
  const page = render(refusal.page(isFromHere(stream.session?.socket.remoteAddress, headers)), headers.accept)
  stream.respond({ ...page.headers, ':status': 503 })
  stream.end(headers[':method'] === 'HEAD' ? undefined : page.body)
}
