// One server for each way in which programs answer with pages. Each says its name and port.
import { existsSync, readFileSync } from 'node:fs'
import http from 'node:http'
import http2 from 'node:http2'
import { serve } from '@hono/node-server'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import { createElement as h } from 'react'
import { renderToPipeableStream } from 'react-dom/server'
import { title } from './title.js'

const html = name =>
  `<!doctype html><html><head><title>${name}</title><link rel="stylesheet" href="/public/style.css"></head><body><h1>${name} ${title}</h1>${'<br>'.repeat(300)}</body></html>`

const says = name =>
  function () {
    const { port } = this.address()
    console.log(`${name} on ${port}`)
  }

const app = express()
app.use('/public', express.static('public'))
app.get('/', (_request, response) => response.send(html('express')))
app.get('/json', (_request, response) => response.json({ html: html('json') }))
app.get('/gone', (_request, response) => response.status(404).send(html('gone')))
app.listen(0, '127.0.0.1', says('express'))

const fast = fastify()
fast.get('/', (_request, reply) => reply.type('text/html').send(html('fastify')))
await fast.listen({ port: 0, host: '127.0.0.1' })
says('fastify').call(fast.server)

const koa = new Koa()
koa.use(context => {
  context.body = html('koa')
})
koa.listen(0, '127.0.0.1', says('koa'))

const hono = new Hono()
hono.get('/', context => context.html(html('hono')))
const server = serve({ fetch: hono.fetch, port: 0, hostname: '127.0.0.1' }, () => says('hono').call(server))

http
  .createServer((_request, response) => {
    const page = h(
      'html',
      null,
      h('head', null, h('title', null, 'react')),
      h('body', null, h('h1', null, `react ${title}`), h('div', { style: { height: 4000 } })),
    )
    const { pipe } = renderToPipeableStream(page, {
      onShellReady() {
        response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
        pipe(response)
      },
    })
  })
  .listen(0, '127.0.0.1', says('react'))

http
  .createServer((request, response) => {
    const policy = request.url === '/inline' ? "script-src 'unsafe-inline'; connect-src 'self'" : "default-src 'none'"
    const text = html('policy')
    const length = Buffer.byteLength(text)
    response.writeHead(
      200,
      [
        ['Content-Type', 'text/html'],
        ['Content-Length', length],
        ['ETag', '"1"'],
        ['Set-Cookie', 'a=1'],
        ['Set-Cookie', 'b=2'],
        ['Content-Security-Policy', policy],
      ].flat(),
    )
    response.write(text.slice(0, 100))
    setImmediate(() => response.end(text.slice(100), 'utf8'))
  })
  .listen(0, '127.0.0.1', says('policy'))

http2
  .createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html', 'content-length': Buffer.byteLength(html('http2')) })
    response.end(html('http2'))
  })
  .listen(0, '127.0.0.1', says('http2'))

http2
  .createServer()
  .on('stream', stream => {
    stream.respond({ ':status': 200, 'content-type': 'text/html; charset=utf-8' })
    stream.write(html('stream').slice(0, 50))
    stream.end(html('stream').slice(50))
  })
  .listen(0, '127.0.0.1', says('stream'))

// Browsers speak HTTP/2 with TLS only.
if (existsSync('cert.pem')) {
  http2
    .createSecureServer({ key: readFileSync('key.pem'), cert: readFileSync('cert.pem'), allowHTTP1: true })
    .on('request', (_request, response) => {
      response.setHeader('content-type', 'text/html')
      response.write(html('secure').slice(0, 30))
      response.end(html('secure').slice(30))
    })
    .listen(0, 'localhost', says('secure'))
}
