/**
 * The HTTP requests that are in flight, by `http`, `fetch`, undici, EventSource: a long poll, a stream. The connection below one
 * may be anybody's; the request belongs to whoever made it, and is given up alone.
 */
import diagnostics from 'node:diagnostics_channel'
import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { soon } from '../ownership/owned-resources.ts'
import type { Opener } from './opener.ts'
import { part, silence } from './silence.ts'

/** Undici's, as its diagnostics channels hand it out; the same in versions 6, 7 and 8. */
interface UndiciRequest {
  aborted: boolean
  upgrade?: unknown
  completed: boolean
  /** Set once it is on a connection. */
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
  /** Whoever made it hears no more of it. */
  silence(): void
  giveUp(): void
  /** The connection that it is on; undefined while it waits for one. */
  socket(): Socket | null | undefined
}

/** How long a request may take in all, in ms, if its module is replaced: one that takes longer is a long poll, or a stream. */
const drainTime = 1000

/** Forgetting those that are over costs a look at all: often enough, not always. */
const sweepAt = 64

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
   * Lets what replaced evaluations have just asked for be answered, and gives up what they wait for longer; resolves when the
   * other sides have been told.
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
    // Once it is under way, an upgrade is a matter of its socket.
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

  /** Nothing of a replaced evaluation asks anybody for anything: its answer never comes. */
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
  // The other side sees the end first: a bot's API refuses a second poll until then.
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

/** Undici tells the handler that it keeps under a symbol. */
function silenceUndici(request: UndiciRequest): void {
  const handler = Object.getOwnPropertySymbols(request).find(({ description }) => description === 'handler')
  if (handler) Object.assign(request, { [handler]: deaf })
}

/** Undici cleans up behind a request that is aborted. */
function giveUpUndici(request: UndiciRequest): void {
  if (request.completed || request.aborted) return
  const error = new Error('The module that made this request was replaced')
  if (request.abort) request.abort(error)
  else if (request.onError) request.onError(error)
  else request.onResponseError?.(error)
}
