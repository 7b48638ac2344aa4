/** The queues that the soak fills: each gives the text of a worker, and takes jobs. */
import { createRequire } from 'node:module'
import { type AddressInfo, createServer, type Socket } from 'node:net'

export interface Producer {
  /** The worker's module. It imports `handle` from `./handle.js`. */
  readonly worker: string
  readonly env: Readonly<Record<string, string>>
  /** How many connections of the worker are fair at a time. */
  readonly expected: number
  send(job: string): unknown
  /** How many connections the worker has now. */
  connections(): number
  end(): Promise<void>
}

const name = `soak${process.pid}`
const most = 20

export const producers: Record<string, (packages: string) => Promise<Producer>> = {
  async tcp() {
    const waiting: string[] = []
    const consumers = new Map<Socket, Set<string>>()
    const give = () => {
      for (const [socket, jobs] of consumers) {
        while (jobs.size < most && waiting.length > 0) {
          const job = waiting.shift()!
          jobs.add(job)
          socket.write(`${job}\n`)
        }
      }
    }
    const server = createServer(socket => {
      consumers.set(socket, new Set())
      let rest = ''
      socket.setEncoding('utf8').on('error', () => {})
      socket.on('data', (text: string) => {
        const lines = `${rest}${text}`.split('\n')
        rest = lines.pop()!
        for (const job of lines) consumers.get(socket)?.delete(job)
        give()
      })
      socket.on('close', () => {
        waiting.unshift(...(consumers.get(socket) ?? []))
        consumers.delete(socket)
        give()
      })
      give()
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    return {
      worker: `import { connect } from 'node:net'
import { handle } from './handle.js'
const socket = connect(process.env.QUEUE, '127.0.0.1')
let rest = ''
socket.setEncoding('utf8').on('data', text => {
  const jobs = (rest + text).split('\\n')
  rest = jobs.pop()
  for (const job of jobs) handle(job).then(() => socket.write(job + '\\n'))
})
`,
      env: { QUEUE: String((server.address() as AddressInfo).port) },
      expected: 1,
      send(job) {
        waiting.push(job)
        give()
      },
      connections: () => consumers.size,
      async end() {
        for (const socket of consumers.keys()) socket.destroy()
        await new Promise(resolve => server.close(resolve))
      },
    }
  },
  async amqplib(folder) {
    const packages = createRequire(`${folder}/package.json`)
    const connection = await packages('amqplib').connect(process.env.AMQP)
    const channel = await connection.createChannel()
    await channel.assertQueue(name)
    let consumers = 0
    const timer = setInterval(async () => {
      consumers = (await channel.checkQueue(name)).consumerCount
    }, 100)
    return {
      worker: `import amqp from 'amqplib'
import { handle } from './handle.js'
const connection = await amqp.connect(process.env.AMQP)
const channel = await connection.createChannel()
await channel.prefetch(${most})
await channel.consume('${name}', async job => { await handle(job.content.toString()); channel.ack(job) })
`,
      env: {},
      expected: 1,
      send: job => channel.sendToQueue(name, Buffer.from(job)),
      connections: () => consumers,
      async end() {
        clearInterval(timer)
        await channel.deleteQueue(name)
        await connection.close()
      },
    }
  },
  async bullmq(folder) {
    const packages = createRequire(`${folder}/package.json`)
    const queue = new (packages('bullmq').Queue)(name, { connection: { url: process.env.REDIS } })
    let workers = 0
    const timer = setInterval(async () => {
      workers = await queue.getWorkersCount()
    }, 100)
    return {
      worker: `import { Worker } from 'bullmq'
import { handle } from './handle.js'
const connection = { url: process.env.REDIS, maxRetriesPerRequest: null }
const worker = new Worker('${name}', job => handle(job.data), { connection, concurrency: ${most} })
await worker.waitUntilReady()
import.meta.hot?.dispose(() => worker.close())
`,
      env: {},
      expected: 1,
      send: job => queue.add('job', job, { removeOnComplete: true }),
      connections: () => workers,
      async end() {
        clearInterval(timer)
        await queue.obliterate({ force: true })
        await queue.close()
      },
    }
  },
}
