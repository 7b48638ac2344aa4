import { describe, expect, it } from 'vitest'
import { answers, folder, freePort, immaculata, nodes, request, write } from './running.ts'

const type = { 'package.json': '{ "type": "module" }' }
const server = `
import { createServer } from 'node:http'
import { text } from './text.js'
createServer((_, response) => response.end(text)).listen(process.env.PORT, () => console.log('listening'))
`

describe.each(nodes)('a server under immaculata on $name', ({ node }) => {
  async function start(files: Record<string, string>) {
    const cwd = folder({ ...type, ...files })
    const port = await freePort()
    const running = immaculata({ node, cwd, env: { PORT: String(port) } }, 'server.js')
    await running.prints('listening')
    return { cwd, port, running }
  }

  it('answers with status 503 and the error while its newest version fails, and with sources on this machine only', async () => {
    const { cwd, port } = await start({ 'server.js': server, 'text.js': `export const text = 'one'` })
    write(cwd, { 'text.js': `export const text = 'two'\nthrow new Error('not today') // secret` })
    const failed = await answers(port, ({ status }) => status === 503)
    expect(failed.text).toContain('Error: not today')
    expect(failed.text).toContain('// secret')
    write(cwd, { 'text.js': `export const text = 'three'` })
    await answers(port, ({ status, text }) => status === 200 && text === 'three')
  })

  it('ends the process when the program closes it, and not when a save replaces it', async () => {
    const ending = (text: string) => `
      import { createServer } from 'node:http'
      const server = createServer(({ url }, response) => {
        response.end('${text}')
        if (url === '/close') setTimeout(() => server.close().closeAllConnections(), 10)
      })
      server.listen(process.env.PORT, () => console.log('listening'))
      server.once('close', async () => {
        console.log('closed ${text}')
        await 'a moment'
        process.exit(3)
      })`
    const { cwd, port, running } = await start({ 'server.js': ending('one') })
    for (const text of ['two', 'three']) {
      write(cwd, { 'server.js': ending(text) })
      await answers(port, answer => answer.text === text)
    }
    expect(running.output).not.toContain('ended with code')
    await request(port, '/close')
    await running.prints('closed three')
    await running.prints('ended with code 3')
  })

  it('keeps requests waiting while the next version is being evaluated', async () => {
    const { cwd, port, running } = await start({
      'server.js': `import './slow.js'\n${server}`,
      'text.js': `export const text = 'one'`,
      'slow.js': '',
    })
    write(cwd, {
      'slow.js': `console.log('on its way'); await new Promise(resolve => setTimeout(resolve, 300))`,
      'text.js': `export const text = 'two'`,
    })
    await running.prints('on its way')
    expect(await request(port)).toEqual({ status: 200, text: 'two' })
  })

  it('answers in its newest version, though it listens at an event that an unchanged module raises once', async () => {
    const once = (text: string) => `
      import http from 'node:http'
      import { db } from './db.js'
      db.once('open', () => http.createServer((_, response) => response.end('${text}')).listen(process.env.PORT, () => console.log('listening')))`
    const { cwd, port } = await start({
      'server.js': once('one'),
      'db.js': `import { EventEmitter } from 'node:events'
        export const db = new EventEmitter()
        setTimeout(() => db.emit('open'), 10)`,
    })
    await answers(port, ({ text }) => text === 'one')
    write(cwd, { 'server.js': once('two') })
    await answers(port, ({ text }) => text === 'two')
  })

  it('listens once, in its newest version, however the saves fall into its start', async () => {
    const starting = (wait: string) => `
      import { createServer } from 'node:http'
      import { text } from './text.js'
      const connect = () => new Promise(resolve => setTimeout(resolve, 100))
      async function boot() {
        await connect()
        createServer((_, response) => response.end(text)).listen(process.env.PORT, () => console.log('listening'))
      }
      ${wait} boot()`
    for (const wait of ['await', '']) {
      const { cwd, port, running } = await start({ 'server.js': starting(wait), 'text.js': `export const text = '0'` })
      for (const [index, pause] of [10, 60, 150, 30].entries()) {
        write(cwd, { 'text.js': `export const text = '${index + 1}'` })
        await new Promise(resolve => setTimeout(resolve, pause))
      }
      await answers(port, ({ text }) => text === '4')
      expect(running.stderr).not.toMatch(/EADDRINUSE|restart|crash/)
    }
  })

  it('listens on another port when a save changes the port', async () => {
    const other = await freePort()
    const { cwd, port } = await start({ 'server.js': server, 'text.js': `export const text = 'one'` })
    write(cwd, { 'server.js': server.replace('process.env.PORT', String(other)) })
    await answers(other, ({ text }) => text === 'one')
    await expect(async () => {
      const end = Date.now() + 8_000
      while (Date.now() < end) await request(port)
    }).rejects.toThrow()
  })

  it('stops listening when a save removes it', async () => {
    const { cwd, port, running } = await start({ 'server.js': server, 'text.js': `export const text = 'one'` })
    write(cwd, { 'server.js': `console.log('no server'); setInterval(() => {}, 1e6)` })
    await running.prints('no server')
    await expect(async () => {
      const end = Date.now() + 8_000
      while (Date.now() < end) await request(port)
    }).rejects.toThrow()
  })

  it('is not closed with --no-auto', async () => {
    const cwd = folder({ ...type, 'server.js': server, 'text.js': `export const text = 'one'` })
    const port = await freePort()
    const running = immaculata({ node, cwd, env: { PORT: String(port) } }, '--no-auto', 'server.js')
    await running.prints('listening')
    write(cwd, { 'text.js': `export const text = 'two'` })
    await running.prints('EADDRINUSE')
  })

  it('keeps open what a module opened that opted out', async () => {
    const cwd = folder({
      ...type,
      'server.js': `import { name } from './name.js'\nimport './timer.js'\nsetInterval(() => console.log('closed', name), 30)`,
      'timer.js': `// immaculata: no-auto\nimport { name } from './name.js'\nsetInterval(() => console.log('open', name), 30)`,
      'name.js': `export const name = 'one'`,
    })
    const running = immaculata({ node, cwd }, 'server.js')
    await running.prints('open one')
    write(cwd, { 'name.js': `export const name = 'two'` })
    await running.prints('closed two')
    const before = running.stdout.split('closed one').length
    const opened = running.stdout.split('open one').length
    await running.prints('open one', opened + 3)
    expect(running.stdout.split('closed one')).toHaveLength(before)
  })
})
