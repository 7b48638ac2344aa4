/** The pages that are open, each with the event stream through which it hears of saves. */

const { setInterval, clearInterval } = globalThis

/** What the newest save came to. */
export type State =
  | { readonly kind: 'live'; readonly id: number; readonly styles?: readonly string[] }
  | {
      readonly kind: 'broken'
      readonly id: number
      readonly title: string
      readonly text: string
      readonly head: string
    }

/** A request for events. */
export interface Connection {
  readonly server: { readonly listening: boolean }
  respond(status: number, headers: Record<string, string>): void
  readonly stream: {
    write(text: string): unknown
    end(text?: string): unknown
    on(event: string, listener: () => void): unknown
  }
}

interface Page extends Connection {
  /** Whether the page is shown on this machine: then it may show sources. */
  readonly here: boolean
}

/** How often it is seen whether a server still listens, in ms. */
const pause = 250

export class EventStreams {
  readonly #pages = new Set<Page>()
  #timer: NodeJS.Timeout | undefined

  add(connection: Connection, here: boolean, state: State): void {
    const page = { ...connection, here }
    connection.respond(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    })
    this.#pages.add(page)
    const gone = () => {
      this.#pages.delete(page)
      if (this.#pages.size === 0) clearInterval(this.#timer)
    }
    connection.stream.on('close', gone)
    connection.stream.on('error', gone)
    connection.stream.write('retry: 300\n\n')
    this.#write(page, state)
    // A program that closes its server waits until its connections are closed: this one must not keep it.
    clearInterval(this.#timer)
    this.#timer = setInterval(() => {
      for (const page of this.#pages) if (!page.server.listening) page.stream.end()
    }, pause).unref()
  }

  tell(state: State): void {
    for (const page of this.#pages) this.#write(page, state)
  }

  #write({ stream, here }: Page, state: State): void {
    const data = state.kind === 'live' ? state : { ...state, text: here ? state.text : state.head, head: undefined }
    stream.write(`data: ${JSON.stringify(data)}\n\n`)
  }
}
