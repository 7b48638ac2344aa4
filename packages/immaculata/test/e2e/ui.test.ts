import http from 'node:http'
import { describe, expect, it } from 'vitest'
import { folder, immaculata, nodes, write } from './running.ts'

const files = {
  'package.json': '{"type":"module"}',
  'server.js': `import { createServer } from 'node:http'
import { greet } from './greeting.js'
createServer((_request, response) => response.end(greet())).listen(0)
process.on('SIGTERM', () => process.exit(7))`,
  'greeting.js': `import { readFileSync } from 'node:fs'
const text = readFileSync(new URL('./text.html', import.meta.url), 'utf8')
export const greet = () => text`,
  'text.html': 'hello',
}

interface Answer {
  status: number
  headers: http.IncomingHttpHeaders
  text: string
}

function ask(port: string, path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    http
      .request({ host: '127.0.0.1', port, path, headers, method, agent: false }, response => {
        let text = ''
        response.setEncoding('utf8').on('data', part => {
          text += part
        })
        response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, text }))
      })
      .on('error', reject)
      .end()
  })
}

describe.each(nodes)('The live page on $name', ({ node }) => {
  it('is for this machine, this run and its own page only, tells what saves did, and keeps nothing running', async () => {
    const cwd = folder(files)
    const running = immaculata({ node, cwd }, '--ui', '--reload', 'server.js')
    await running.prints('live page: ')
    const [, port, token] = /http:\/\/localhost:(\d+)\/\?token=([\w-]+)/.exec(running.output) as unknown as [
      string,
      string,
      string,
    ]
    const known = `?token=${token}`
    const navigation = { accept: 'text/html', 'sec-fetch-dest': 'document' }
    const page = await ask(port, `/${known}`, navigation)
    expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
    expect(page.text).not.toContain('@immaculata')
    expect(page.headers['content-security-policy']).toContain("default-src 'none'")
    for (const name of ['app.js', 'layout.js', 'style.css']) {
      expect((await ask(port, `/${name}`)).text.length).toBeGreaterThan(1000)
    }
    const refused = async (path: string, headers: Record<string, string> = {}, method = 'GET') =>
      (await ask(port, path, headers, method)).status
    expect(await refused('/')).toBe(403)
    expect(await refused('/state')).toBe(403)
    expect(await refused(`/state${known.slice(0, -1)}x`)).toBe(403)
    expect(await refused(`/state${known}`, { host: 'example.com' })).toBe(403)
    expect(await refused(`/state${known}`, { origin: 'http://example.com' })).toBe(403)
    expect(await refused(`/state${known}`, { 'x-forwarded-for': '10.0.0.1' })).toBe(403)
    expect(await refused(`/state${known}`, {}, 'POST')).toBe(405)
    expect(await refused(`/../../package.json${known}`)).toBe(404)

    const state = async () => JSON.parse((await ask(port, `/state${known}`)).text)
    const { modules, saves, entry, error } = await state()
    const paths = modules.map(({ path }: { path: string }) => path)
    expect(paths.toSorted()).toEqual(['/greeting.js', '/server.js', '/text.html'])
    expect(modules[paths.indexOf('/server.js')].dependencies).toEqual([paths.indexOf('/greeting.js')])
    expect([saves, error, entry.endsWith('/server.js')]).toEqual([[], null, true])
    const id = encodeURIComponent(modules[paths.indexOf('/server.js')].id)
    const server = JSON.parse((await ask(port, `/module${known}&id=${id}`)).text)
    expect(server).toMatchObject({ path: '/server.js', open: { servers: 1, listeners: 1 }, importers: [], reads: [] })
    const greeting = encodeURIComponent(modules[paths.indexOf('/greeting.js')].id)
    expect(JSON.parse((await ask(port, `/module${known}&id=${greeting}`)).text).reads).toEqual(['/text.html'])
    expect(await refused(`/module${known}&id=nothing`)).toBe(404)

    write(cwd, { 'text.html': 'good evening' })
    await running.prints('re-evaluated')
    write(cwd, { 'greeting.js': 'export const greet = (' })
    await running.prints('Not live')
    const results = async () =>
      (await state()).saves.map(({ result, changes }: { result: string; changes: unknown }) => [result, changes])
    await expect.poll(results).toEqual([
      ['live', [{ path: '/text.html', kind: 'changed' }]],
      ['held', [{ path: '/greeting.js', kind: 'changed' }]],
    ])
    expect((await state()).error.text).toContain('greeting.js:1:')
    running.child.kill('SIGTERM')
    expect((await running.ended).code).toBe(7)
  })

  it('does not keep a program running that has ended', async () => {
    const cwd = folder({ 'main.js': "console.log('done')" })
    const running = immaculata({ node, cwd }, '--ui', 'main.js')
    expect((await running.ended).code).toBe(0)
    expect(running.stdout).toBe('done\n')
  })
})
