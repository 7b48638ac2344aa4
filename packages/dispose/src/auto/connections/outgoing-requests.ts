/**
 * The HTTP requests that are in flight, of `http`, `fetch`, undici and EventSource: a long poll, a stream. A request belongs to the
 * module that made it, and is given up alone: the connection below may belong to another module.
 */
import diagnostics from 'node:diagnostics_channel'
import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Scope } from '../../scope.ts'
import type { Place } from '../ownership/rounds.ts'
import { drainTime } from '../ownership/timer-chain.ts'
import type { WorkInFlight } from '../ownership/work.ts'
import { beforeEnd, part, silence } from './end-in-silence.ts'
import type { Call } from './opener.ts'

/** Taken before the program may replace it. */
const clock = performance.now.bind(performance)

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
  readonly opener: Scope
  readonly began: number
  /** The loop of the module's own that makes it. */
  readonly loop: Place | undefined
  /** Does it begin a round of that loop? Then it asks for new work. */
  readonly asksForWork: boolean
  isOver(): boolean
  /** Has an answer begun to arrive? */
  isAnswered(): boolean
  /** Afterwards its maker gets no more events of it. */
  silence(): void
  giveUp(): void
  /** Its connection; undefined while it waits for one. */
  socket(): Socket | null | undefined
  /** Nothing else may be sent on its connection. */
  retire(socket: Socket): void
}

/** From so many requests on, those that are over are forgotten. That takes a look at all of them, so it is not done each time. */
const sweepAt = 64

/** The HTTP requests that evaluations made. */
export class OutgoingRequests {
  readonly #call: () => Call
  readonly #work: WorkInFlight
  #inFlight: InFlight[] = []
  #sweepAt = sweepAt
  readonly #sockets = new WeakMap<object, Socket>()
  readonly #answered = new WeakSet<object>()
  /** Those that are being ended, because they ask for work. */
  readonly #parting = new Set<InFlight>()
  readonly #channels = {
    'http.client.request.created': (message: unknown) => this.#ofHttp((message as { request: ClientRequest }).request),
    'undici:client:sendHeaders': (message: unknown) => {
      const { request, socket } = message as { request: object; socket: Socket }
      this.#sockets.set(request, socket)
    },
    'undici:request:headers': (message: unknown) => {
      this.#answered.add((message as { request: object }).request)
    },
    'undici:request:trailers': () => this.#work.moved(),
    'undici:request:error': () => this.#work.moved(),
    'undici:request:create': (message: unknown) => this.#ofUndici((message as { request: UndiciRequest }).request),
  }

  constructor(call: () => Call, work: WorkInFlight) {
    this.#call = call
    this.#work = work
  }

  start(): void {
    for (const [name, heard] of Object.entries(this.#channels)) diagnostics.subscribe(name, heard)
  }

  stop(): void {
    for (const [name, heard] of Object.entries(this.#channels)) diagnostics.unsubscribe(name, heard)
  }

  /**
   * Does an evaluation that is about to be replaced wait for an answer? What was asked long ago is a long poll, or a stream, and does
   * not count. What asks for more work does not count either.
   */
  get isWaiting(): boolean {
    return this.#parting.size > 0 || this.#ofReplaced().some(request => !this.#isPoll(request))
  }

  /** Have replaced evaluations made requests that are not over? */
  get areOpen(): boolean {
    return this.#ofReplaced().length > 0
  }

  /**
   * Ends what the loops of replaced evaluations ask for work with. The other side is told first: a job that it has given away by then
   * is already on its way, and comes to the loop that asked for it.
   */
  endPolls(): void {
    for (const request of this.#ofReplaced()) {
      if (!request.loop || !this.#isPoll(request) || request.isAnswered() || this.#parting.has(request)) continue
      const socket = request.socket()
      if (!socket || socket.destroyed || isShared(socket)) continue
      this.#parting.add(request)
      void this.#endPoll(request, socket)
    }
  }

  async #endPoll(request: InFlight, socket: Socket): Promise<void> {
    request.retire(socket)
    const giveUp = () => {
      if (request.isOver()) return
      request.silence()
      request.giveUp()
    }
    // Without a length, the end of the connection is the end of the answer.
    beforeEnd(socket, isEnd => {
      if (!isEnd || !request.isAnswered()) giveUp()
    })
    await part(socket)
    giveUp()
    if (request.isAnswered()) this.#work.prolong()
    this.#parting.delete(request)
    this.#work.moved()
  }

  /** Ends the requests of replaced evaluations. Resolves when the other sides have seen the end. */
  async endReplaced(): Promise<void> {
    const open = this.#inFlight.filter(request => !request.isOver())
    this.#inFlight = open.filter(({ opener }) => !opener.disposed)
    await Promise.all(open.filter(({ opener }) => opener.disposed).map(end))
  }

  /** What was asked long ago waits for something to happen. */
  #isPoll({ asksForWork, loop, began }: InFlight): boolean {
    return (asksForWork && !(loop && this.#work.hasAskedBefore(loop))) || began <= clock() - drainTime
  }

  #ofReplaced(): InFlight[] {
    return this.#inFlight.filter(({ opener, isOver }) => opener.disposed && !isOver())
  }

  #ofHttp(request: ClientRequest): void {
    const answer = () => (request as { res?: IncomingMessage | null }).res
    const isOver = () => request.destroyed || request.closed || answer()?.complete === true
    this.#add({
      isOver,
      isAnswered: () => Boolean(answer()),
      silence: () => silenceHttp(request),
      giveUp: () => request.destroy(),
      socket: () => request.socket,
      retire: () => {}, // an agent takes no socket back that cannot be written to
    })
  }

  #ofUndici(request: UndiciRequest): void {
    // Once it is sent, an upgrade is handled with its socket.
    const isOver = () => request.completed || request.aborted || (Boolean(request.upgrade) && request.abort !== null)
    this.#add({
      isOver,
      isAnswered: () => this.#answered.has(request),
      silence: () => silenceUndici(request),
      giveUp: () => giveUpUndici(request),
      socket: () => this.#sockets.get(request),
      retire: retireUndici,
    })
  }

  /** A replaced evaluation may send no request, except for the work that it is at: its answer never comes. */
  #add(request: Omit<InFlight, 'opener' | 'began' | 'loop' | 'asksForWork'>): void {
    const { opener, superseded, sites } = this.#call()
    if (!opener) return
    if (superseded || (opener.disposed && !this.#work.mayRequest(opener, sites()))) {
      request.silence()
      request.giveUp()
      return
    }
    const { loop, begins = false } = this.#work.noteRequest(opener, sites()) ?? {}
    this.#inFlight.push({ ...request, opener, began: clock(), loop, asksForWork: begins })
    if (this.#inFlight.length < this.#sweepAt) return
    this.#inFlight = this.#inFlight.filter(it => !it.isOver())
    this.#sweepAt = Math.max(sweepAt, this.#inFlight.length * 2)
  }
}

/** On HTTP/2, other requests are on the same connection. */
function isShared(socket: Socket): boolean {
  return (socket as TLSSocket).alpnProtocol === 'h2'
}

async function end(request: InFlight): Promise<void> {
  if (request.isOver()) return
  const socket = request.socket()
  request.silence()
  // The other side must see the end first: a bot's API refuses a second poll until then.
  if (socket && !socket.destroyed && !isShared(socket)) await part(socket)
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

/** Undici sends no further request on a connection that is to be reset, and closes it after the answer. */
function retireUndici(socket: Socket): void {
  const reset = Object.getOwnPropertySymbols(socket).find(({ description }) => description === 'reset')
  if (reset) Object.assign(socket, { [reset]: true })
}

/** Aborts a request; undici then cleans up behind it. */
function giveUpUndici(request: UndiciRequest): void {
  if (request.completed || request.aborted) return
  const error = new Error('The module that made this request was replaced')
  if (request.abort) request.abort(error)
  else if (request.onError) request.onError(error)
  else request.onResponseError?.(error)
}
