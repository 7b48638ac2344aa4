import { describe, expect, it } from 'vitest'
import { JobQueue } from './job-queue.ts'
import { folder, immaculata, nodes, type Running, write } from './running.ts'
import { until } from './wires.ts'

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
  async function handle(job) {
    console.log('v${version} began', job)
    await sleep(150)
    await sleep(50)
    console.log('v${version} ended', job)
  }
  import.meta.hot.dispose(() => console.log('v${version} is being replaced'))`

const byFetch = (port: number, version: number) => `
    async function work() {
      for (;;) {
        const job = await (await fetch('http://127.0.0.1:${port}/take/v${version}')).text()
        await handle(job)
        await (await fetch('http://127.0.0.1:${port}/done/v${version}/' + job)).text()
      }
    }
    work()`

/** A loop that asks for a job, handles it and says that it is done. */
const looping = (port: number, question: string) => `
    const client = open(${port})
    async function work() {
      for (;;) {
        const job = await client.ask('${question}')
        await handle(job)
        await client.ask('done ' + job)
      }
    }
    work()`

/** Consumers whose queue keeps nothing that it has given away. */
const polls: Record<string, (queue: JobQueue, version: number) => string> = {
  fetch: ({ httpPort }, version) => byFetch(httpPort, version),
  'http.get': ({ httpPort }, version) => `
    import { get } from 'node:http'
    const read = path => new Promise((resolve, reject) => {
      get('http://127.0.0.1:${httpPort}' + path, async response => {
        let text = ''
        for await (const chunk of response) text += chunk
        resolve(text)
      }).on('error', reject)
    })
    async function work() {
      for (;;) {
        const job = await read('/take/v${version}')
        await handle(job)
        await read('/done/v${version}/' + job)
      }
    }
    work()`,
  'a package that blocks': ({ port }, version) => looping(port, `pop v${version}`),
}

const consumers: Record<string, (queue: JobQueue, version: number) => string> = {
  'jobs are pushed': ({ port }, version) => `
    const client = open(${port})
    client.handle = async job => { await handle(job); client.say('done ' + job) }
    client.say('push v${version}')`,
  'a loop asks for jobs': ({ port }, version) => looping(port, `take v${version}`),
  'a loop polls by fetch': ({ httpPort }, version) => byFetch(httpPort, version),
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
      const client = (version: number) => `import { open } from 'jobs'\n${handle(version)}\n${consumer(queue, version)}`
      const files = (version: number) => ({ 'client.js': client(version) })
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

  for (const name of ['jobs are pushed', 'a loop asks for jobs']) {
    it(`is finished whatever it waits for, a timer, a child process or an answer: ${name}`, async () => {
      const queue = await JobQueue.open(1)
      const files = (version: number) => ({
        'client.js': `import { execFile } from 'node:child_process'
          import { get } from 'node:http'
          import { promisify } from 'node:util'
          import { open } from 'jobs'
          async function handle(job) {
            console.log(job, 'waits for the timer')
            await new Promise(resolve => setTimeout(() => resolve(), 60))
            console.log(job, 'waits for the child')
            await promisify(execFile)(process.execPath, ['-e', 'setTimeout(() => {}, 60)'])
            console.log(job, 'waits for the answer')
            await new Promise((resolve, reject) => {
              get('http://127.0.0.1:${queue.httpPort}/slow', async response => {
                for await (const _ of response);
                resolve()
              }).on('error', reject)
            })
            console.log(job, 'has all')
          }
          ${consumers[name]!(queue, version)}`,
      })
      const cwd = folder({
        'package.json': '{ "type": "module" }',
        ...clientPackage,
        'server.js': `import './client.js'\nsetInterval(() => {}, 1e6)`,
        ...files(1),
      })
      const running = immaculata({ node, cwd }, 'server.js')
      for (const [index, what] of ['timer', 'child', 'answer'].entries()) {
        queue.add(what)
        await running.prints(`${what} waits for the ${what}`)
        write(cwd, files(index + 2))
        await queue.has(`v${index + 1} did ${what}`, `+v${index + 2}`)
      }
      expect(queue.log.filter(entry => entry.includes(' got '))).toHaveLength(3)
      quiet(running)
    })
  }

  for (const [name, poll] of Object.entries(polls)) {
    it(`is done once, although it comes in the moment in which a save ends the poll for it: ${name}`, async () => {
      const queue = await JobQueue.open()
      const files = (version: number) => ({
        'client.js': `import { get as ask } from 'node:http'
          import { open } from 'jobs'
          const handle = job => new Promise(resolve => setTimeout(resolve, 20))
          ${poll(queue, version)}
          import.meta.hot.dispose(() => { ask('http://127.0.0.1:${queue.httpPort}/add/-/${version}').on('error', () => {}) })`,
      })
      const cwd = folder({
        'package.json': '{ "type": "module" }',
        ...clientPackage,
        'server.js': `import './client.js'\nsetInterval(() => {}, 1e6)`,
        ...files(1),
      })
      const running = immaculata({ node, cwd }, 'server.js')
      queue.add('first')
      await queue.has('v1 did first')
      const jobs = ['first']
      for (const version of [1, 2, 3, 4, 5, 6]) {
        write(cwd, files(version + 1))
        jobs.push(String(version))
        await until(
          () => queue.log.some(entry => entry.endsWith(` did ${version}`)),
          () => `${version} in ${queue.log}`,
        )
      }
      const done = queue.log.filter(entry => entry.includes(' did ')).map(entry => entry.split(' ')[2])
      expect(done).toEqual(jobs)
      quiet(running)
    })
  }
})
