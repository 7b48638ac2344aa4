import { copyFileSync, symlinkSync } from 'node:fs'
import http from 'node:http'
import http2 from 'node:http2'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { folder, immaculata, nodes, type Running, write } from './running.ts'

const names = ['express', 'fastify', 'koa', 'hono', 'react', 'policy', 'http2', 'stream']
const title = (text: string) => `export const title = ${JSON.stringify(text)}`

/** What a browser sends when somebody opens a page. */
const navigation = {
  accept: 'text/html,application/xhtml+xml,*/*;q=0.8',
  'accept-encoding': 'gzip, br',
  'sec-fetch-dest': 'document',
  'if-none-match': '"1"',
}

interface Page {
  status: number
  headers: http.IncomingHttpHeaders
  text: string
}

function get(port: number, path = '/', headers: Record<string, string> = navigation, method = 'GET'): Promise<Page> {
  return new Promise((resolve, reject) => {
    const asked = http.request({ host: '127.0.0.1', port, path, headers, method, agent: false }, response => {
      let text = ''
      response.setEncoding('utf8').on('data', part => {
        text += part
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }))
      response.on('error', reject)
    })
    asked.on('error', reject).end()
  })
}

function get2(port: number): Promise<Page> {
  return new Promise((resolve, reject) => {
    const session = http2.connect(`http://127.0.0.1:${port}`).on('error', reject)
    const stream = session.request({ ':path': '/', ...navigation })
    let headers: http2.IncomingHttpHeaders = {}
    let text = ''
    stream.on('response', received => {
      headers = received
    })
    stream.setEncoding('utf8').on('data', part => {
      text += part
    })
    stream.on('error', reject).on('end', () => {
      session.close()
      resolve({ status: Number(headers[':status']), headers: headers as http.IncomingHttpHeaders, text })
    })
  })
}

type Message = { kind: string; id: number; styles?: string[]; title?: string; text?: string }

/** What an open page hears. */
class Listening {
  readonly messages: Message[] = []
  #heard: (() => void) | undefined
  readonly #request: http.ClientRequest

  constructor(port: number, headers: Record<string, string> = {}) {
    this.#request = http
      .get({ host: '127.0.0.1', port, path: '/@immaculata/events', agent: false, headers }, response => {
        let rest = ''
        response.setEncoding('utf8').on('data', (part: string) => {
          const lines = (rest + part).split('\n')
          rest = lines.pop()!
          for (const line of lines) if (line.startsWith('data: ')) this.messages.push(JSON.parse(line.slice(6)))
          this.#heard?.()
        })
      })
      .on('error', () => {})
  }

  async next(kind: string): Promise<Message> {
    const end = Date.now() + 10_000
    while (Date.now() < end) {
      const at = this.messages.findIndex(message => message.kind === kind)
      if (at >= 0) return this.messages.splice(0, at + 1).at(-1)!
      await new Promise<void>(resolve => {
        this.#heard = resolve
        setTimeout(resolve, 100)
      })
    }
    throw new Error(`not heard: ${kind}; but ${JSON.stringify(this.messages)}`)
  }

  close(): void {
    this.#request.destroy()
  }
}

/** A program that answers with one page, and starts at once. */
const small = `import { createServer } from 'node:http'
import { title } from './title.js'
createServer((request, response) => {
  if (request.url !== '/') return response.writeHead(404).end()
  response.setHeader('content-type', 'text/html')
  response.end('<link rel=stylesheet href=/public/style.css><h1>express ' + title + '</h1></html>')
}).listen(0, '127.0.0.1', function () { console.log('express on ' + this.address().port) })
`

function smallProgram(): string {
  return folder({
    'package.json': '{"type":"module"}',
    'title.js': title('one'),
    'public/style.css': 'h1 {}',
    'server.js': small,
  })
}

function program(): string {
  const cwd = folder({ 'package.json': '{"type":"module"}', 'title.js': title('one'), 'public/style.css': 'h1 {}' })
  copyFileSync(fileURLToPath(new URL('reload-servers.js', import.meta.url)), join(cwd, 'server.js'))
  symlinkSync(fileURLToPath(new URL('../../node_modules', import.meta.url)), join(cwd, 'node_modules'))
  return cwd
}

async function portsOf(running: Running, count = names.length): Promise<Record<string, number>> {
  const found = () => [...running.stdout.matchAll(/^(\w+) on (\d+)$/gm)]
  await running.until(() => found().length >= count, 'every server')
  return Object.fromEntries(found().map(([, name, port]) => [name!, Number(port)]))
}

const ofScript = /\n<script src="\/@immaculata\/reload\.js\?id=(\d+)"( nonce="([^"]+)")?><\/script>\n$/

describe.each(nodes)('--reload on $name', ({ node }) => {
  it('adds a script to the end of pages for a browser on this machine, and to nothing else', async () => {
    const running = immaculata({ node, cwd: program() }, '--reload', 'server.js')
    const ports = await portsOf(running)
    for (const name of names) {
      const page = name === 'http2' || name === 'stream' ? await get2(ports[name]!) : await get(ports[name]!)
      expect(page.status).toBe(200)
      expect(page.text).toContain(`${name} one`)
      expect(page.text.match(ofScript), `${name}: ${page.text}`).not.toBe(null)
      expect(page.text.split('@immaculata').length).toBe(2)
      if (page.headers['content-length']) {
        expect(page.headers['content-length']).toBe(String(Buffer.byteLength(page.text)))
      }
      expect([page.headers['content-encoding'], page.headers.etag]).toEqual([undefined, undefined])
      expect(page.headers['cache-control']).toBe('no-store')
    }
    const { express, policy } = ports as { express: number; policy: number }
    expect((await get(express, '/gone')).text).toMatch(ofScript)

    // A policy of the page's own allows the script by a nonce, and its events, and nothing else. Other headers stay.
    const strict = await get(policy)
    const nonce = strict.text.match(ofScript)![3]
    expect(strict.headers['content-security-policy']).toBe(
      `default-src 'none'; script-src 'nonce-${nonce}'; connect-src 'self'`,
    )
    expect(strict.headers['set-cookie']).toEqual(['a=1', 'b=2'])
    const inline = await get(policy, '/inline')
    expect(inline.text).toMatch(/\n<script data-id="\d+">\(\(\) => \{.+<\/script>\n$/s)
    expect(inline.headers['content-security-policy']).toBe("script-src 'unsafe-inline'; connect-src 'self'")

    const bare = async (path: string, headers: Record<string, string>, method = 'GET') => {
      const page = await get(express, path, headers, method)
      expect(page.text).not.toContain('@immaculata')
      return page
    }
    expect((await bare('/', navigation, 'HEAD')).headers['content-length']).toBe(
      String(Buffer.byteLength((await bare('/', {})).text)),
    )
    await bare('/json', navigation)
    await bare('/public/style.css', navigation)
    await bare('/', { ...navigation, 'sec-fetch-dest': 'empty' })
    await bare('/', { ...navigation, range: 'bytes=0-3' })
    await bare('/', { ...navigation, host: 'example.com' })
    await bare('/', { ...navigation, 'x-forwarded-for': '10.0.0.1' })
    expect((await bare('/', { accept: 'text/html' })).headers.etag).toBeDefined()
    const script = await get(express, '/@immaculata/reload.js')
    expect(script.headers['content-type']).toBe('text/javascript; charset=utf-8')
    new Function(script.text)
  })

  it('tells open pages of saves that are live, held, failed, mended, taken back, or only for the browser', async () => {
    const cwd = smallProgram()
    const running = immaculata({ node, cwd }, '--reload', '--include', 'public', 'server.js')
    const { express } = (await portsOf(running, 1)) as { express: number }
    const id = Number((await get(express)).text.match(ofScript)![1])
    const here = new Listening(express)
    const elsewhere = new Listening(express, { host: 'example.com' })
    expect((await here.next('live')).id).toBe(id)

    write(cwd, { 'title.js': 'export const title = (secret' })
    const held = await here.next('broken')
    expect(held.title).toBe('This save is not live: the old version is still running')
    expect(held.text).toContain('title.js:1:')
    expect(held.text).toContain('(secret')
    expect((await elsewhere.next('broken')).text).not.toContain('(secret')
    expect((await get(express)).text).toContain('express one')
    write(cwd, { 'title.js': title('one') })
    expect((await here.next('live')).id).toBe(id)
    elsewhere.close()

    write(cwd, { 'public/style.css': 'h1 { color: red }' })
    const styles = await here.next('live')
    expect(styles.styles).toEqual(['/public/style.css'])
    expect(styles.id).toBeGreaterThan(id)
    here.close()

    write(cwd, { 'title.js': `${title('bad')}; throw new Error('boom')` })
    await running.prints('boom')
    write(cwd, { 'title.js': title('two') })
    await running.prints('re-evaluated')
    const again = new Listening(express)
    const live = await again.next('live')
    expect(live.id).toBeGreaterThan(styles.id)
    expect(Number((await get(express)).text.match(ofScript)![1])).toBe(live.id)
    write(cwd, { 'title.js': `${title('bad')}; throw new Error('once more')` })
    const failed = await again.next('broken')
    expect([failed.title, failed.text]).toEqual([
      'This version failed while it was evaluated',
      expect.stringContaining('once more'),
    ])
    again.close()
  })

  it('without it, no answer is touched', async () => {
    const running = immaculata({ node, cwd: smallProgram() }, 'server.js')
    const ports = await portsOf(running, 1)
    const page = await get(ports.express!, '/', { ...navigation, 'if-none-match': '' })
    expect(page.text.endsWith('</html>')).toBe(true)
    expect((await get(ports.express!, '/@immaculata/events')).status).toBe(404)
  })
})
