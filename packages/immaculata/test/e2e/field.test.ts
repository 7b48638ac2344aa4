import { describe, expect, it } from 'vitest'
import { folder, freePort, immaculata, nodes, type Running, write } from './running.ts'

const type = { 'package.json': '{ "type": "module" }' }

/**
 * What people report of hot reloading everywhere: it listens twice, it ticks twice, it consumes twice. Each says its version
 * again and again, or fails to start.
 */
const programs: Record<string, (version: number, port: number) => string> = {
  'an interval': version => `setInterval(() => console.log('says ${version}'), 20)`,
  'an interval that is waited for': version => `import { setInterval } from 'node:timers/promises'
    async function work() { for await (const _ of setInterval(20)) console.log('says ${version}') }
    work()`,
  'an interval in a helper': version => `import { every } from './every.js'
    every(20, () => console.log('says ${version}'))`,
  'a listener of the process': version => `process.on('beat', () => console.log('says ${version}'))`,
  'a child process': version => `import { spawn } from 'node:child_process'
    spawn(process.execPath, ['-e', 'setInterval(() => console.log("says ${version}"), 20)'], { stdio: 'inherit' })`,
  'a worker': version => `import { Worker } from 'node:worker_threads'
    new Worker('setInterval(() => console.log("says ${version}"), 20)', { eval: true })`,
  'an HTTP server': (version, port) => `import { createServer, get } from 'node:http'
    createServer((_, response) => response.end('says ${version}')).listen(${port})
    setInterval(() => get('http://127.0.0.1:${port}', { agent: false }, response => response.on('data', data => console.log(String(data)))), 20)`,
  'a TCP server': (version, port) => `import { connect, createServer } from 'node:net'
    createServer(socket => socket.end('says ${version}')).listen(${port})
    setInterval(() => connect(${port}, '127.0.0.1').on('data', data => console.log(String(data))).on('error', () => {}), 20)`,
  'a UDP socket': (version, port) => `import { createSocket } from 'node:dgram'
    const socket = createSocket('udp4').bind(${port}, '127.0.0.1', () => {
      const sender = createSocket('udp4').unref()
      sender.send('ready', ${port}, '127.0.0.1', () => sender.close())
    })
    socket.on('message', () => setTimeout(() => { console.log('says ${version}'); try { socket.send('again', ${port}, '127.0.0.1') } catch {} }, 20))`,
}

describe.each(nodes)('after five saves on $name', ({ node }) => {
  it.each(Object.keys(programs))('%s runs once, in its newest version', async name => {
    const program = programs[name]!
    const port = await freePort()
    const cwd = folder({
      ...type,
      'main.js': `import './part.js'; setInterval(() => process.emit('beat'), 20)`,
      'part.js': program(1, port),
      'every.js': `export const every = (ms, fn) => setInterval(fn, ms)`,
    })
    const running = immaculata({ node, cwd }, 'main.js')
    await running.prints('says 1')
    for (const version of [2, 3, 4, 5, 6]) {
      write(cwd, { 'part.js': program(version, port) })
      await running.prints(`says ${version}`)
    }
    await onlyNewest(running)
    expect(running.stderr).not.toMatch(/EADDRINUSE|Error|Warning|crashed/)
  })

  it('cleanups that throw, hang, wait or start new work stop no other, and the message names the module', async () => {
    const part = (name: string, cleanup: string) => `
      import.meta.hot.dispose(() => console.log('${name} disposed'))
      import.meta.hot.dispose(${cleanup})
      import './last.js'`
    const cwd = folder({
      ...type,
      'main.js': `import './throws.js'; import './hangs.js'; import './waits.js'; import './starts.js'
        console.log('up'); setInterval(() => {}, 1e6)`,
      'throws.js': part('throws', `() => { throw new Error('cleanup failed') }`),
      'hangs.js': part('hangs', `() => new Promise(() => {})`),
      'waits.js': part('waits', `() => new Promise(resolve => setTimeout(resolve, 50))`),
      'starts.js': part(
        'starts',
        `() => { setInterval(() => {}, 1e6); import.meta.hot.dispose(() => console.log('late disposed')) }`,
      ),
      'last.js': `import.meta.hot.dispose(() => console.log('last disposed'))`,
    })
    const running = immaculata({ node, cwd }, 'main.js')
    await running.prints('up')
    write(cwd, { 'last.js': `import.meta.hot.dispose(() => console.log('next'))` })
    await running.prints('up', 2)
    for (const name of ['throws', 'hangs', 'waits', 'starts', 'late', 'last']) {
      expect(running.stdout.split(`${name} disposed`), name).toHaveLength(2)
    }
    expect(running.stdout.indexOf('last disposed')).toBeGreaterThan(running.stdout.indexOf('waits disposed'))
    await running.prints('cleanup failed')
    expect(running.stderr).toContain('throws.js')
    expect(running.stderr).toContain('hangs.js')
  })
})

/** From some moment on, only the newest version says anything. */
async function onlyNewest(running: Running): Promise<void> {
  const said = running.stdout.length
  await running.prints('says 6', running.stdout.split('says 6').length + 10)
  // What an older version had said before it was closed may have arrived late.
  const lines = running.stdout.slice(said).split('\n').slice(3)
  expect(lines.filter(line => line !== '' && !line.includes('says 6'))).toEqual([])
}
