/**
 * Adds the script to the end of a page. The page's own bytes go through as they are written, so a page that is streamed stays so, and
 * a browser runs a script that comes after the end of the document.
 */
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { ServerHttp2Stream } from 'node:http2'
import { browserScript, places } from './browser-script.ts'
import { allowScript } from './content-security.ts'

/** The headers of an answer that is about to be sent. */
interface Headers {
  get(name: string): unknown
  set(name: string, value: string | number): void
  delete(name: string): void
}

type End = (chunk?: unknown, encoding?: unknown, done?: unknown) => unknown

/** Has an answer of HTTP/1 end with the script, if it turns out to be a page. */
export function addToResponse(response: ServerResponse, id: () => number): void {
  const { end, writeHead } = response as unknown as { end: End; writeHead: (...args: unknown[]) => unknown }
  let addition: Buffer | undefined
  let isDecided = false
  const headers: Headers = {
    get: name => response.getHeader(name),
    set: (name, value) => void response.setHeader(name, value),
    delete: name => response.removeHeader(name),
  }
  const decide = (status: number) => {
    if (isDecided) return
    isDecided = true
    addition = prepare(status, headers, id)
    // Some servers (Hono's) tell Node the length by this property, where it is sent from.
    const told = response as unknown as { _contentLength?: number | null }
    if (addition && typeof told._contentLength === 'number') told._contentLength += addition.length
  }
  const own = response as unknown as { end: End; writeHead: (...args: unknown[]) => unknown }
  own.writeHead = (...args) => {
    const [status] = args as [number]
    const given = args.find(arg => typeof arg === 'object' && arg !== null) as
      | OutgoingHttpHeaders
      | unknown[]
      | undefined
    if (!isDecided && !response.headersSent && isHtml(given, response)) {
      setAll(response, given)
      decide(status)
      const message = args.filter(arg => typeof arg === 'string')
      return Reflect.apply(writeHead, response, [status, ...message])
    }
    return Reflect.apply(writeHead, response, args)
  }
  own.end = (...args) => {
    if (!response.headersSent) decide(response.statusCode)
    own.end = end
    return endWith(response, end, addition, args)
  }
}

/** The same for a stream of HTTP/2, whichever of Node's two interfaces the program uses. */
export function addToStream(stream: ServerHttp2Stream, id: () => number): void {
  const { end, respond } = stream as unknown as { end: End; respond: (...args: unknown[]) => unknown }
  let addition: Buffer | undefined
  const own = stream as unknown as { end: End; respond: (...args: unknown[]) => unknown }
  own.respond = (...args) => {
    const [given, options] = args as [Record<string, string | number> | unknown[] | undefined, { endStream?: boolean }?]
    if (!given || Array.isArray(given) || options?.endStream) return Reflect.apply(respond, stream, args)
    // A copy without a prototype, as Node's own; symbols in it name headers that are not to be indexed.
    const sent = Object.assign(Object.create(null), given) as Record<string, string | number>
    const keyOf = (name: string) => Object.keys(sent).find(key => key.toLowerCase() === name) ?? name
    addition = prepare(
      Number(sent[':status'] ?? 200),
      {
        get: name => sent[keyOf(name)],
        set: (name, value) => {
          sent[keyOf(name)] = value
        },
        delete: name => delete sent[keyOf(name)],
      },
      id,
    )
    return Reflect.apply(respond, stream, [sent, ...args.slice(1)])
  }
  own.end = (...args) => {
    own.end = end
    return endWith(stream, end, addition, args)
  }
}

/** What is added, if this is a page: then its headers say so. */
function prepare(status: number, headers: Headers, id: () => number): Buffer | undefined {
  if (!isPage(status, headers)) return undefined
  const policy = headers.get('content-security-policy')
  const allowance = policy === undefined ? undefined : allowScript(String(policy))
  if (allowance) headers.set('content-security-policy', allowance.policy)
  const nonce = allowance?.nonce === undefined ? '' : ` nonce="${allowance.nonce.replaceAll('"', '')}"`
  const script = allowance?.inline
    ? `<script data-id="${id()}">${browserScript}</script>`
    : `<script src="${places.script}?id=${id()}"${nonce}></script>`
  const addition = Buffer.from(`\n${script}\n`)
  const length = Number(headers.get('content-length'))
  if (headers.get('content-length') !== undefined) headers.set('content-length', length + addition.length)
  // A browser that kept the page would come back to an old script.
  for (const name of ['etag', 'last-modified']) headers.delete(name)
  headers.set('cache-control', 'no-store')
  return addition
}

function isPage(status: number, headers: Headers): boolean {
  if (status < 200 || status === 204 || status === 205 || status === 206 || (status >= 300 && status < 400))
    return false
  const encoding = headers.get('content-encoding')
  if (encoding !== undefined && encoding !== 'identity') return false
  const [type, ...parameters] = String(headers.get('content-type') ?? '')
    .toLowerCase()
    .split(';')
  return type!.trim() === 'text/html' && !parameters.some(parameter => /charset="?utf-(?:16|32)/.test(parameter))
}

/** Whether the headers that `writeHead` was given, or those that were set, say that this is a page. */
function isHtml(given: OutgoingHttpHeaders | unknown[] | undefined, response: ServerResponse): boolean {
  for (const [name, value] of given ? entries(given) : []) {
    if (name.toLowerCase() === 'content-type') return String(value).toLowerCase().includes('text/html')
  }
  return String(response.getHeader('content-type') ?? '')
    .toLowerCase()
    .includes('text/html')
}

/** Sets the headers that `writeHead` was given, so that they can be read and changed. */
function setAll(response: ServerResponse, given: OutgoingHttpHeaders | unknown[] | undefined): void {
  if (!given) return
  const all = new Map<string, [name: string, values: string[]]>()
  for (const [name, value] of entries(given)) {
    if (value === undefined) continue
    const values = (Array.isArray(value) ? value : [value]).map(String)
    const known = all.get(name.toLowerCase())
    if (known) known[1].push(...values)
    else all.set(name.toLowerCase(), [name, values])
  }
  for (const [name, values] of all.values()) response.setHeader(name, values.length === 1 ? values[0]! : values)
}

function entries(given: OutgoingHttpHeaders | unknown[]): [string, unknown][] {
  if (!Array.isArray(given)) return Object.entries(given)
  if (Array.isArray(given[0])) return given as [string, unknown][]
  const pairs: [string, unknown][] = []
  for (let at = 0; at + 1 < given.length; at += 2) pairs.push([String(given[at]), given[at + 1]])
  return pairs
}

/** Ends an answer with what it was to end with, and the addition. */
function endWith(receiver: object, end: End, addition: Buffer | undefined, args: unknown[]): unknown {
  if (!addition) return Reflect.apply(end, receiver, args)
  const done = args.find(arg => typeof arg === 'function')
  const [chunk, encoding] = typeof args[0] === 'function' ? [] : args
  const last =
    chunk === undefined || chunk === null
      ? addition
      : Buffer.concat([
          typeof chunk === 'string'
            ? Buffer.from(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8')
            : (chunk as Uint8Array),
          addition,
        ])
  return Reflect.apply(end, receiver, done ? [last, done] : [last])
}
