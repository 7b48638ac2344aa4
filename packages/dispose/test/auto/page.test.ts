import { describe, expect, it } from 'vitest'
import { isFromHere } from '../../src/auto/handover/local-requests.ts'
import { render } from '../../src/auto/handover/page.ts'

const page = { title: 'It <failed>', text: 'const a = "<script>alert(1)</script>" & b' }

describe('The page of a failed version', () => {
  it('is HTML for a browser, with everything escaped', () => {
    const { headers, body } = render(page, 'text/html,application/xhtml+xml,application/json;q=0.9')
    expect(headers['content-type']).toBe('text/html; charset=utf-8')
    expect(body).toContain('<title>It &lt;failed&gt;</title>')
    expect(body).toContain('<pre>const a = &quot;&lt;script&gt;alert(1)&lt;/script&gt;&quot; &amp; b</pre>')
    expect(body.match(/<script>/g)).toHaveLength(1)
  })

  it('runs no script but its own', () => {
    const { headers } = render(page, 'text/html')
    expect(headers['content-security-policy']).toMatch(
      /^default-src 'none'; script-src 'sha256-[\w+/]{43}='; style-src 'sha256-/,
    )
  })

  it('is JSON for a client that asks for JSON, and text for all others', () => {
    expect(JSON.parse(render(page, 'application/json').body)).toEqual({ error: page.title, message: page.text })
    expect(JSON.parse(render(page, 'application/problem+json, */*').body).error).toBe(page.title)
    for (const accept of ['*/*', 'text/plain', '', undefined]) {
      expect(render(page, accept)).toMatchObject({
        headers: { 'content-type': 'text/plain; charset=utf-8' },
        body: `${page.title}\n\n${page.text}\n`,
      })
    }
  })

  it('is never cached, and asks the client to retry in a second', () => {
    for (const accept of ['text/html', 'application/json', '']) {
      expect(render(page, accept).headers).toMatchObject({ 'cache-control': 'no-store', 'retry-after': '1' })
    }
  })
})

describe('A request from this machine', () => {
  it.each([
    'localhost',
    'localhost:3000',
    'api.localhost:3000',
    '127.0.0.1:3000',
    '127.1.2.3',
    '[::1]:3000',
    'LOCALHOST.',
  ])('names it: %s', host => {
    expect(isFromHere('127.0.0.1', { host })).toBe(true)
    expect(isFromHere('::ffff:127.0.0.1', { host })).toBe(true)
    expect(isFromHere('::1', { host })).toBe(true)
  })

  it.each([
    'example.com',
    'localhost.example.com',
    '127.0.0.1.nip.io',
    '192.168.0.2',
    '10.0.0.1:80',
    '',
    'notlocalhost',
  ])('does not name another machine: %s', host => {
    expect(isFromHere('127.0.0.1', { host })).toBe(false)
  })

  it('has an address of this machine', () => {
    for (const address of ['192.168.0.2', '::ffff:10.0.0.1', 'fe80::1', undefined, '127.0.0.1.example']) {
      expect(isFromHere(address, { host: 'localhost' })).toBe(false)
    }
    expect(isFromHere('127.0.0.1', {})).toBe(false)
  })

  it.each([
    'forwarded',
    'via',
    'x-forwarded-for',
    'x-forwarded-host',
    'x-forwarded-proto',
    'x-real-ip',
    'x-client-ip',
    'x-original-host',
    'cf-connecting-ip',
    'cf-ray',
    'true-client-ip',
    'fastly-client-ip',
    'fly-client-ip',
    'cdn-loop',
    'ngrok-trace-id',
    'tailscale-user-login',
  ])('has come through no proxy: %s', name => {
    expect(isFromHere('127.0.0.1', { host: 'localhost', [name]: 'x' })).toBe(false)
  })
})
