/**
 * The browser follows: requests come in through the program's own servers, and the states of saves from the session. Pages that go out to
 * this machine's browser end with a small script, which reloads them when a save is live. The invariant: without `--reload` nothing of
 * this is loaded into a server, and with it no other answer is touched.
 *
 *     navigations.ts      which requests are for a page that somebody looks at
 *     additions.ts        adds the script to the end of such a page
 *     content-security.ts lets the page's own policy allow it
 *     event-streams.ts    tells the pages of saves
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ServerHttp2Stream } from 'node:http2'
import { isFromHere, type Page } from '@hot/dispose/auto'
import { addToResponse, addToStream } from './additions.ts'
import { browserScript, places } from './browser-script.ts'
import { type Connection, EventStreams, type State } from './event-streams.ts'
import { isNavigation, wantWhole } from './navigations.ts'

/** What a save changed, for browsers. */
export interface LiveSave {
  /** The changed files that nothing has imported or read: what the program only hands out. */
  readonly unused: readonly string[]
  /** Whether any module was re-evaluated. */
  readonly evaluated: boolean
}

/** Servers of our own, whose pages are left alone. */
export const exempt = new WeakSet<object>()

type Emit = (this: unknown, event: string | symbol, ...args: unknown[]) => boolean

export class Reload {
  readonly #streams = new EventStreams()
  #state: State = { kind: 'live', id: Date.now() }

  /** Begins to answer for pages. Call it before the program creates a server. */
  begin(): void {
    const { Server } = process.getBuiltinModule('node:net')
    const emit = Server.prototype.emit as Emit
    const reload = this
    const replaced: Emit = function (event, ...args) {
      if (exempt.has(this as object)) return Reflect.apply(emit, this, [event, ...args])
      if (event === 'request' && reload.#answers(this, args as [IncomingMessage, ServerResponse])) return true
      if (event === 'stream') {
        const [stream, headers, , raw] = args as [ServerHttp2Stream, Record<string, string>, number, string[]]
        if (reload.#answersStream(this, stream, headers, raw)) return true
      }
      return Reflect.apply(emit, this, [event, ...args])
    }
    Object.defineProperty(Server.prototype, 'emit', { configurable: true, writable: true, value: replaced })
  }

  /** A save is live. Style sheets that only a browser reads are exchanged in it. */
  live({ unused, evaluated }: LiveSave): void {
    const styles = !evaluated && unused.length > 0 && unused.every(path => path.endsWith('.css')) ? unused : undefined
    const id = Math.max(Date.now(), this.#state.id + 1)
    this.#streams.tell({ kind: 'live', id, ...(styles ? { styles } : {}) })
    this.#state = { kind: 'live', id }
  }

  /** A save is held, or has failed. `page` says what is known: to this machine with sources. */
  broken(title: string, page: (fromHere: boolean) => Page): void {
    const [text, head] = [page(true).text, page(false).text]
    this.#state = { kind: 'broken', id: this.#state.id, title, text, head }
    this.#streams.tell(this.#state)
  }

  /** What was held was taken back. */
  reverted(): void {
    this.#state = { kind: 'live', id: this.#state.id }
    this.#streams.tell(this.#state)
  }

  /** Answers the requests of our own script. Prepares the others. */
  #answers(server: unknown, [request, response]: [IncomingMessage, ServerResponse]): boolean {
    const { headers, method = '', url = '', socket } = request
    // The compatibility layer of HTTP/2: its stream was seen already.
    if (request.httpVersionMajor > 1) return false
    const here = isFromHere(socket.remoteAddress, headers)
    const connection: Connection = {
      server: server as Connection['server'],
      respond: (status, headers) => void response.writeHead(status, headers),
      stream: response,
    }
    if (this.#serves(method, url, here, connection)) return true
    if (here && isNavigation(method, headers)) {
      wantWhole(headers, request.rawHeaders)
      addToResponse(response, () => this.#state.id)
    }
    return false
  }

  #answersStream(
    server: unknown,
    stream: ServerHttp2Stream,
    headers: Record<string, string>,
    raw: readonly string[],
  ): boolean {
    const { ':method': method = '', ':path': path = '' } = headers
    const here = isFromHere(stream.session?.socket.remoteAddress, headers)
    const connection: Connection = {
      server: server as Connection['server'],
      respond: (status, headers) => stream.respond({ ':status': status, ...headers }),
      stream,
    }
    if (this.#serves(method, path, here, connection)) return true
    if (here && isNavigation(method, headers)) {
      wantWhole(headers, raw as string[])
      addToStream(stream, () => this.#state.id)
    }
    return false
  }

  #serves(method: string, url: string, here: boolean, connection: Connection): boolean {
    if (method !== 'GET' || !url.startsWith('/@immaculata/')) return false
    const path = url.replace(/[?#].*$/s, '')
    if (path === places.events) {
      this.#streams.add(connection, here, this.#state)
      return true
    }
    if (path !== places.script) return false
    connection.respond(200, {
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
    connection.stream.end(browserScript)
    return true
  }
}
