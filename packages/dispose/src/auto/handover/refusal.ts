/** Refusals: the answers to requests that no version of the program can handle. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

export interface Page {
  readonly title: string
  readonly text: string
}

/** What the answer says, and whether the connection ends with it. */
export interface Refusal {
  page(loopback: boolean): Page
  readonly last: boolean
}

export const gone: Refusal = {
  page: () => ({ title: 'Service Unavailable', text: 'The server that listened here was closed.' }),
  last: true,
}

const reset: Record<string, string> = { 'cache-control': 'no-store', 'retry-after': '1' }

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
  const { type, body } = render(refusal.page(isLoopback(request.socket, request.headers)), request.headers.accept)
  const headers: Record<string, string | number> = {
    ...reset,
    'content-type': type,
    'content-length': Buffer.byteLength(body),
  }
  if (refusal.last && request.httpVersionMajor === 1) headers.connection = 'close'
  response.writeHead(503, headers)
  response.end(request.method === 'HEAD' ? undefined : body)
}

function refuseStream(stream: ServerHttp2Stream, headers: Record<string, string>, refusal: Refusal): void {
  if (stream.destroyed || stream.headersSent) return
  const { type, body } = render(refusal.page(isLoopback(stream.session?.socket, headers)), headers.accept)
  stream.respond({ ...reset, ':status': 503, 'content-type': type })
  stream.end(headers[':method'] === 'HEAD' ? undefined : body)
}

/** Does a request come from this machine? A proxy here brings requests from elsewhere, and a Unix socket has no address: neither counts. */
function isLoopback(socket: Pick<Socket, 'remoteAddress'> | undefined, headers: IncomingMessage['headers']): boolean {
  if (headers.forwarded !== undefined || headers['x-forwarded-for'] !== undefined) return false
  const address = socket?.remoteAddress?.replace(/^::ffff:/, '')
  return address !== undefined && (address === '::1' || address.startsWith('127.'))
}

function render({ title, text }: Page, accept: string | undefined): { type: string; body: string } {
  if (!accept?.includes('text/html')) return { type: 'text/plain; charset=utf-8', body: `${title}\n\n${text}\n` }
  const head = `<!doctype html><meta charset="utf-8"><title>${escapeHtml(title)}</title>`
  const body = `${head}<h1>${escapeHtml(title)}</h1><pre>${escapeHtml(text)}</pre>\n`
  return { type: 'text/html; charset=utf-8', body }
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
