import { describe, expect, it } from 'vitest'
import { JobQueue } from './job-queue.ts'
import { folder, immaculata, nodes, type Running, write } from './running.ts'

/** A client as packages have it: it reads lines, and answers questions in their order. */
const clientPackage = {
  'node_modules/jobs/package.json': '{ "main": "index.js" }',
  'node_modules/jobs/index.js': `
    const { connect } = require('node:net')
    exports.open = port => {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', error => console.log('noticed', error.message)).on('close', () => console.log('noticed the end'))
      const waiting = []
      let rest = ''
      const client = { handle: line => waiting.shift()(line), say: text => socket.write(text + '\\n') }
      client.ask = text => new Promise(resolve => { waiting.push(resolve); client.say(text) })
      client.work = async (name, handle) => {
        for (;;) {
          const job = await client.ask('take ' + name)
          await handle(job)
          await client.ask('done ' + job)
        }
      }
      socket.setEncoding('utf8').on('data', text => {
        const lines = (rest + text).split('\\n')
        rest = lines.pop()
        for (const line of lines) client.handle(line)
      })
      return client
    }`,
}

const handle = (version: number) => `
  const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))
  export async function handle(job) {
    console.log('v${version} began', job)
    await sleep(150)
    await sleep(50)
    console.log('v${version} ended', job)
  }
  import.meta.hot.dispose(() => console.log('v${version} is being replaced'))`

const consumers: Record<string, (queue: JobQueue, version: number) => string> = {
  'jobs are pushed': ({ port }, version) => `
    const client = open(${port})
    client.handle = async job => { await handle(job); client.say('done ' + job) }
    client.say('push v${version}')`,
  'a loop asks for jobs': ({ port }, version) => `
    const client = open(${port})
    async function work() {
      for (;;) {
        const job = await client.ask('take v${version}')
        await handle(job)
        await client.ask('done ' + job)
      }
    }
    work()`,
  'a package asks for jobs': ({ port }, version) => `open(${port}).work('v${version}', job => handle(job))`,
}

function quiet(running: Running): void {
  expect(running.output).not.toContain('noticed')
  expect(running.stderr).not.toMatch(/Error|rejection/i)
}

describe.each(nodes)('work in flight, on $name', ({ node }) => {
  for (const [name, consumer] of Object.entries(consumers)) {
    it(`is finished by the version that began it, and no further job gets to that version: ${name}`, async () => {
      const queue = await JobQueue.open(2)
      const client = (version: number) =>
        `import { open } from 'jobs'\nimport { handle } from './handle.js'\n${consumer(queue, version)}`
      const files = (version: number) => ({ 'handle.js': handle(version), 'client.js': client(version) })
      const cwd = folder({
        'package.json': '{ "type": "module" }',
        ...clientPackage,
        'server.js': `import './client.js'\nsetInterval(() => {}, 1e6)`,
        ...files(1),
      })
      const running = immaculata({ node, cwd }, 'server.js')
      queue.add('a')
      await running.prints('v1 ended a')
      for (const [version, job, next] of [
        [1, 'b', 'c'],
        [2, 'd', 'e'],
      ] as const) {
        queue.add(job)
        await running.prints(`v${version} began ${job}`)
        write(cwd, files(version + 1))
        await running.prints(`v${version} is being replaced`)
        queue.add(next)
        await queue.has(`v${version + 1} did ${next}`)
      }
      const [a, b, c, d, e] = [
        'v1 began a, v1 ended a',
        'v1 began b, v1 ended b',
        'v2 began c, v2 ended c',
        'v2 began d, v2 ended d',
        'v3 began e, v3 ended e',
      ]
      expect(running.stdout.match(/v\d (began|ended) \w/g)!.join(', ')).toBe([a, b, c, d, e].join(', '))
      expect(queue.log.filter(entry => entry.includes(' did '))).toEqual([
        'v1 did a',
        'v1 did b',
        'v2 did c',
        'v2 did d',
        'v3 did e',
      ])
      quiet(running)
    })
  }
})
