/**
 * Tells other programs what happens to this one: each event as a line of JSON, and the status through a socket. The invariant: only this
 * user can open the socket, and without it everything else goes on.
 */
import { appendFileSync, chmodSync, writeSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import type { Event } from '../messages/events.ts'
import { lines, parse } from '../shared/channel.ts'
import { after, isDecided, isLive, type Known, type Status } from '../shared/status.ts'
import { type Asked, removeSocket, socketFolder, socketName } from '../shared/status-sockets.ts'

/** Asks the program to notice what was saved. Says whether its first evaluation still waits. */
export type Settle = (isFirst: boolean) => Promise<boolean>

/** If the program does not answer within so many ms, its thread is busy: that is the answer, unless somebody waits. */
const busy = 1_000

/** How often it is asked again whether a first evaluation still waits, in ms. */
const lookAgain = 100

export class StatusServer {
  #status: Known
  readonly #settle: Settle
  /** Where the lines of JSON go: a file, or stderr; `undefined` for nowhere. */
  readonly #json: string | true | undefined
  readonly #subscribers = new Set<Socket>()
  #changed: (() => void)[] = []
  #socket: string | undefined

  constructor(entry: string, json: string | true | undefined, settle: Settle) {
    const cwd = process.cwd()
    this.#status = { state: 'starting', entry, root: cwd, cwd, command: process.pid }
    this.#json = json
    this.#settle = settle
  }

  /** Takes an event. */
  tell(event: Event): void {
    this.#status = after(this.#status, event)
    const line = `${JSON.stringify(event)}\n`
    this.#write(line)
    for (const subscriber of this.#subscribers) subscriber.write(line)
    for (const changed of this.#changed.splice(0)) changed()
  }

  /** A process of the program begins. */
  starting(root: string): void {
    const { pid: _, ...status } = this.#status
    this.#status = { ...status, root, state: 'starting' }
    for (const changed of this.#changed.splice(0)) changed()
  }

  /** Opens the socket. */
  listen(): void {
    try {
      const socket = socketName(socketFolder())
      const server = createServer(client => this.#serve(client))
      server.on('error', () => {}) // nobody can ask, and the program runs all the same
      server.listen(socket, () => chmodSync(socket, 0o600)).unref()
      process.on('exit', () => removeSocket(socket))
      this.#socket = socket
    } catch {
      // The folder for temporary files cannot be written.
    }
  }

  /** Removes the socket: a signal may end this process without a word. */
  close(): void {
    if (this.#socket !== undefined) removeSocket(this.#socket)
  }

  #write(line: string): void {
    if (this.#json === undefined) return
    try {
      if (this.#json === true) writeSync(2, line)
      else appendFileSync(this.#json, line)
    } catch {
      // Nobody reads it.
    }
  }

  #serve(client: Socket): void {
    client.unref()
    client.on('error', () => client.destroy())
    const end = () => void this.#subscribers.delete(client)
    client.on('close', end)
    const read = lines(line => {
      const asked = parse<Asked>(line)
      if (asked?.ask === 'events') {
        client.write(`${JSON.stringify(this.#now())}\n`)
        this.#subscribers.add(client)
      } else if (asked?.ask === 'status') {
        const status = asked.atOnce ? Promise.resolve(this.#now()) : this.#answer(asked.wait === true, client)
        void status.then(status => client.end(`${JSON.stringify(status)}\n`))
      } else client.destroy()
    })
    client.setEncoding('utf8').on('data', read)
  }

  #now(): Status {
    return { ...this.#status, live: isLive(this.#status) }
  }

  /** The status when everything that was saved before was noticed. */
  async #answer(wait: boolean, client: Socket): Promise<Status> {
    for (;;) {
      const isFirst = this.#status.last?.event === 'started'
      const settled = this.#settle(isFirst)
      const waiting = wait ? await settled : await Promise.race([settled, soon(busy)])
      const status = this.#now()
      if (waiting === undefined && status.state === 'live') return { ...status, state: 'saving', live: false }
      if (waiting && status.state === 'live') {
        if (!wait || client.destroyed) return { ...status, state: 'starting', live: false }
        await soon(lookAgain)
      } else if (!wait || client.destroyed || isDecided(status)) return status
      else await new Promise<void>(resolve => this.#changed.push(resolve))
    }
  }
}

function soon(ms: number): Promise<undefined> {
  return new Promise(resolve => void setTimeout(resolve, ms, undefined).unref())
}
