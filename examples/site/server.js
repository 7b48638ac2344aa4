/** A server for this machine only. It serves what the site answers, and tells the browsers that show it to reload. */
import { createServer } from 'node:http'

/**
 * @typedef {{ type: string, body: string | Uint8Array }} Answer
 * @typedef {Answer & { status: number }} Reply
 */

/** Server-sent events come in one long response. The browser keeps it open, and reopens it by itself if it breaks. */
const listen = `<script>new EventSource('/events').onmessage = () => location.reload()</script>`

/**
 * Resolves once the server listens. Port 0 is any free port.
 * @param {(path: string) => Promise<Answer | undefined>} answer
 * @param {number} port
 */
export async function serve(answer, port) {
  /** @type {Set<import('node:http').ServerResponse>} */
  const browsers = new Set()

  const server = createServer(async (request, response) => {
    const path = (request.url ?? '/').replace(/[?#].*$/s, '')
    if (path === '/events') {
      response
        .writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
        .write('retry: 500\n\n')
      browsers.add(response)
      response.on('close', () => browsers.delete(response))
      return
    }
    const { status, type, body } = await reply(path)
    response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' })
    response.end(type.startsWith('text/html') ? body + listen : body)
  })

  /** @param {string} path @returns {Promise<Reply>} */
  async function reply(path) {
    try {
      const found = await answer(path)
      return found ? { status: 200, ...found } : { status: 404, ...message(`There is nothing at ${path}`) }
    } catch (error) {
      return { status: 500, ...message(error instanceof Error ? error.message : String(error)) }
    }
  }

  await new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve(undefined))
  })
  const address = /** @type {import('node:net').AddressInfo} */ (server.address())

  return {
    url: `http://localhost:${address.port}/`,
    refresh() {
      for (const browser of browsers) browser.write('data: updated\n\n')
    },
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** @param {string} text @returns {Answer} */
function message(text) {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  return { type: 'text/html; charset=utf-8', body: `<!doctype html><meta charset="utf-8"><pre>${escaped}</pre>` }
}
