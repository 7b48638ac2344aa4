/**
 * The HTTP requests that are in flight, of `http`, `fetch`, undici and EventSource: a long poll, a stream. A request belongs to the
 * module that made it, and is given up alone: the connection below may belong to another module.
 */
import diagnostics from 'node:diagnostics_channel'
import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { soon } from '../ownership/owned-resources.ts'
import { part, silence } from './end-in-silence.ts'
import type { Opener } from './opener.ts'

/** A request of undici, as its diagnostics channels show it. It is the same in versions 6, 7 and 8. */
interface UndiciRequest {
  aborted: boolean
  upgrade?: unknown
  completed: boolean
  /** Set once it is sent on a connection. */
  abort: ((error: Error) => void) | null
  onError?(error: Error): void
  onResponseError?(error: Error): void
}

interface InFlight {
  readonly opener: Opener
  readonly began: number
  isOver(): boolean
  /** Calls `done` when it is over. */
  onOver(done: () => void): void
  /** Afterwards its maker gets no more events of it. */
  silence(): void
  giveUp(): void
  /** Its connection; undefined while it waits for one. */
  socket(): Socket | null | undefined
}

/** For how many ms in all a request of a replaced module may run. One that takes longer is a long poll, or a stream. */
const drainTime = 1000

/** From so many requests on, those that are over are forgotten. That takes a look at all of them, so it is not done each time. */
const sweepAt = 64

/** The HTTP requests that evaluations made. */
export class OutgoingRequests {
  readonly #opener: () => Opener | undefined
  #inFlight: InFlight[] = []
  #sweepAt = sweepAt
  readonly #sockets = new WeakMap<object, Socket>()
  readonly #waiting = new WeakMap<object, () => void>()
  readonly #channels = {
    'http.client.request.created': (message: unknown) => this.#ofHttp((message as { request: ClientRequest }).request),
    'undici:client:sendHeaders': (message: unknown) => {
      const { request, socket } = message as { request: object; socket: Socket }
      this.#sockets.set(request, socket)
    },
    'undici:request:trailers': (message: unknown) => this.#over(message),
    'undici:request:error': (message: unknown) => this.#over(message),
    'undici:request:create': (message: unknown) => this.#ofUndici((message as { request: UndiciRequest }).request),
  }

  constructor(opener: () => Opener | undefined) {
    this.#opener = opener
  }

  start(): void {
    for (const [name, heard] of Object.entries(this.#channels)) diagnostics.subscribe(name, heard)
  }

  stop(): void {
    for (const [name, heard] of Object.entries(this.#channels)) diagnostics.unsubscribe(name, heard)
  }

  /**
   * Ends the requests of replaced evaluations. A request that was just sent may still be answered; one that waits for longer is given
   * up. Resolves when the other sides have seen the end.
   */
  async endReplaced(): Promise<void> {
    const open = this.#inFlight.filter(request => !request.isOver())
    this.#inFlight = open.filter(({ opener }) => !opener.disposed)
    await Promise.all(open.filter(({ opener }) => opener.disposed).map(end))
  }

  #ofHttp(request: ClientRequest): void {
    const opener = this.#opener()
    if (!opener) return
    const isOver = () => request.destroyed || request.closed
    this.#add({
      opener,
      began: performance.now(),
      isOver,
      onOver: done => request.once('close', done),
      silence: () => silenceHttp(request),
      giveUp: () => request.destroy(),
      socket: () => request.socket,
    })
  }

  #ofUndici(request: UndiciRequest): void {
    const opener = this.#opener()
    if (!opener) return
    // Once it is sent, an upgrade is handled with its socket.
    const isOver = () => request.completed || request.aborted || (Boolean(request.upgrade) && request.abort !== null)
    this.#add({
      opener,
      began: performance.now(),
      isOver,
      onOver: done => this.#waiting.set(request, done),
      silence: () => silenceUndici(request),
      giveUp: () => giveUpUndici(request),
      socket: () => this.#sockets.get(request),
    })
  }

  #over(message: unknown): void {
    this.#waiting.get((message as { request: object }).request)?.()
  }

  /** A replaced evaluation may send no request: its answer never comes. */
  #add(request: InFlight): void {
    if (request.opener.disposed) {
      request.silence()
      request.giveUp()
      return
    }
    this.#inFlight.push(request)
    if (this.#inFlight.length < this.#sweepAt) return
    this.#inFlight = this.#inFlight.filter(it => !it.isOver())
    this.#sweepAt = Math.max(sweepAt, this.#inFlight.length * 2)
  }
}

async function end(request: InFlight): Promise<void> {
  const left = request.began + drainTime - performance.now()
  if (left > 0) await soon(left, done => request.onOver(done))
  if (request.isOver()) return
  const socket = request.socket()
  request.silence()
  // The other side must see the end first: a bot's API refuses a second poll until then.
  if (socket && !socket.destroyed && (socket as TLSSocket).alpnProtocol !== 'h2') await part(socket)
  request.giveUp()
}

function silenceHttp(request: ClientRequest): void {
  const { res } = request as { res?: IncomingMessage | null }
  if (res) silence(res)
  silence(request)
}

const deaf = new Proxy(
  {},
  { get: (_, name) => (typeof name === 'string' && name.startsWith('on') ? () => true : undefined) },
)

/** Undici calls the handler that it keeps under a symbol. */
function silenceUndici(request: UndiciRequest): void {
  const handler = Object.getOwnPropertySymbols(request).find(({ description }) => description === 'handler')
  if (handler) Object.assign(request, { [handler]: deaf })
}

/** Aborts a request; undici then cleans up behind it. */
function giveUpUndici(request: UndiciRequest): void {
  if (request.completed || request.aborted) return
  const error = new Error('The module that made this request was replaced')
  if (request.abort) request.abort(error)
  else if (request.onError) request.onError(error)
  else request.onResponseError?.(error)
}
