/**
 * The live page: what the program's modules are and what each save did come in from the hooks; a page for one browser goes out. The
 * invariant: it only reads. It listens on this machine alone, answers nobody without the token of this run, and keeps no process alive.
 *
 *     facts.ts   what is told of the program, of a module, of a save
 *     page/      the page's own code: built into static files, which are read when somebody asks for them
 */
import { readFileSync } from 'node:fs'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { isFromHere } from '@hot/dispose/auto'
import { exempt } from '../reload/reload.ts'
import type { Facts } from './facts.ts'

/** From here on a port is looked for: the same one for all processes of a command, as long as nobody else has it. */
const firstPort = 4800
const ports = 200

const types: Record<string, string> = {
  'index.html': 'text/html; charset=utf-8',
  'style.css': 'text/css; charset=utf-8',
  'app.js': 'text/javascript; charset=utf-8',
  'layout.js': 'text/javascript; charset=utf-8',
}

export class Ui {
  readonly #facts: Facts
  readonly #token: Buffer
  readonly #listeners = new Set<ServerResponse>()
  #server: Server | undefined

  constructor(facts: Facts, token: string) {
    this.#facts = facts
    this.#token = Buffer.from(token)
    facts.changed = (event, data) => this.#tell(event, data)
  }

  /** Listens, and says where. */
  begin(listening: (url: string) => void): void {
    const { createServer } = process.getBuiltinModule('node:http')
    const server = createServer((request, response) => this.#answer(request, response))
    this.#server = server
    exempt.add(server)
    server.on('connection', socket => socket.unref())
    const wanted = firstPort + (process.ppid % ports)
    server.once('error', () => server.listen(0, '127.0.0.1'))
    server.on('listening', () => {
      const { port } = server.address() as { port: number }
      server.unref()
      server.on('error', () => {})
      listening(`http://localhost:${port}/?token=${this.#token}`)
    })
    server.listen(wanted, '127.0.0.1')
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const name = url.pathname.slice(1) || 'index.html'
    const isStatic = Object.hasOwn(types, name)
    if (!this.#isOwn(request)) refuse(response, 403)
    else if (request.method !== 'GET') refuse(response, 405)
    else if (isStatic && name !== 'index.html') sendFile(response, name)
    else if (!this.#isKnown(url)) refuse(response, 403)
    else if (isStatic) sendFile(response, name)
    else if (name === 'state') sendJson(response, this.#facts.state())
    else if (name === 'module') sendJson(response, this.#facts.module(url.searchParams.get('id') ?? ''))
    else if (name === 'events') this.#listen(response)
    else refuse(response, 404)
  }

  /** Whether a request comes from this machine, to a name of this machine, and from no page but our own. */
  #isOwn({ headers, socket }: IncomingMessage): boolean {
    const { port } = this.#server!.address() as { port: number }
    const own = [`localhost:${port}`, `127.0.0.1:${port}`]
    if (!own.includes(headers.host ?? '') || !isFromHere(socket.remoteAddress, headers)) return false
    return headers.origin === undefined || own.some(host => headers.origin === `http://${host}`)
  }

  #isKnown(url: URL): boolean {
    const given = Buffer.from(url.searchParams.get('token') ?? '')
    return (
      given.length === this.#token.length && process.getBuiltinModule('node:crypto').timingSafeEqual(given, this.#token)
    )
  }

  #listen(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' })
    response.write('retry: 500\n\n')
    this.#listeners.add(response)
    response.on('close', () => this.#listeners.delete(response))
    response.on('error', () => this.#listeners.delete(response))
  }

  #tell(event: string, data: unknown): void {
    if (this.#listeners.size === 0) return
    const text = `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
    for (const listener of this.#listeners) listener.write(text)
  }
}

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

function sendFile(response: ServerResponse, name: string): void {
  send(response, types[name]!, readFileSync(new URL(`ui/${name}`, import.meta.url)))
}

function sendJson(response: ServerResponse, value: object | undefined): void {
  if (value) send(response, 'application/json', JSON.stringify(value))
  else refuse(response, 404)
}

function send(response: ServerResponse, type: string, body: string | Buffer): void {
  response.writeHead(200, {
    'content-type': type,
    'content-security-policy': policy,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    // The address holds the token.
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
  })
  response.end(body)
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' })
  response.end(status === 403 ? 'Open the address that the command printed.\n' : 'Nothing is here.\n')
}
