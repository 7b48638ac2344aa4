/**
 * The undocumented parts of Node's servers and sockets that are used here. They are the same on Node 22.15, 22, 24.0, 24 and 26. A
 * listening socket cannot be handed from one server to the next without them.
 */
import type { ServerResponse } from 'node:http'
import type net from 'node:net'
import { ifLoaded } from './builtins.ts'

/** The handle of a listening TCP socket or pipe. `onconnection` is called with the handle as `this`. */
export interface ListenHandle {
  onconnection: (this: ListenHandle, status: number, client: ClientHandle | undefined) => void
  ref(): void
  close(): void
}

export interface ClientHandle {
  close(): void
}

export interface NetServer extends net.Server {
  _handle: ListenHandle | null
  _connections: number
  _emitCloseIfDrained(): void
}

export interface NetSocket extends net.Socket {
  /** The server that counts this connection. */
  _server: NetServer | null
  /** The response that is being sent on this connection. */
  _httpMessage?: ServerResponse | null
}

/** The arguments of `_listen2`, which `listen()` finally calls, with names resolved. */
export type ListenArguments = [
  address: string | null,
  port: number | null,
  addressType: number | null,
  backlog?: number,
  fd?: number,
  flags?: number,
]

export type Protocol = 'http' | 'http2' | 'net' | 'tls'

export function protocolOf(server: net.Server): Protocol {
  const isHttp = [ifLoaded('http'), ifLoaded('https')].some(module => module && server instanceof module.Server)
  if (isHttp) return 'http'
  if (typeof (server as { updateSettings?: unknown }).updateSettings === 'function') return 'http2'
  return typeof (server as { setSecureContext?: unknown }).setSecureContext === 'function' ? 'tls' : 'net'
}
