/** Which requests are for a page that somebody looks at: not those of scripts, images or other programs. */
import type { IncomingHttpHeaders } from 'node:http'

/** Whether a browser asks for a page, to show it in a window or a frame. */
export function isNavigation(method: string, headers: IncomingHttpHeaders): boolean {
  if (method !== 'GET' || headers.range !== undefined || !headers.accept?.includes('text/html')) return false
  const destination = headers['sec-fetch-dest']
  // Older browsers send this header with navigations only.
  if (destination === undefined) return headers['upgrade-insecure-requests'] === '1'
  return destination === 'document' || destination === 'iframe' || destination === 'frame'
}

/** What would have the answer come compressed, or not at all because the browser has it already. */
const shortened = new Set(['accept-encoding', 'if-none-match', 'if-modified-since'])

/** Has the program answer with the whole page, as it is. */
export function wantWhole(headers: IncomingHttpHeaders, raw: string[] | undefined): void {
  for (const name of shortened) delete headers[name]
  if (!raw) return
  for (let at = raw.length - 2; at >= 0; at -= 2) if (shortened.has(raw[at]!.toLowerCase())) raw.splice(at, 2)
}
