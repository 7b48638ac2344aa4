/**
 * Consumers that are at work whenever they are edited: jobs come all the time, and each takes a while. No job is lost, none is done
 * twice, and the newest handler does the newest ones.
 */
import { answering, type Edit, saves } from '../programs/program.ts'
import { type BackendProgram, own, pause } from './backend-program.ts'

/** What happened to each job. Nothing edits this module, nor the one that adds the jobs. */
const jobs = `export const added = []
export const begun = []
export const ended = []
`

const load = `import { added } from './jobs.js'
import { add } from './queue.js'
setInterval(() => {
  added.push(added.length)
  add(String(added.length - 1))
}, 40)
`

const handle = (version: number) => `import { begun, ended } from './jobs.js'
export async function handle(job) {
  begun.push(job)
  ${pause(30)}
  ended.push(job + ' v${version}')
}
`

/** What became of all jobs that were added before the question, and who does those that are added now. */
const answer = `(async () => {
  const due = added.length
  for (let i = 0; i < 60 && (ended.length === 0 || new Set(ended.map(job => job.split(' ')[0])).size < due); i++) ${pause(50)}
  const done = ended.map(job => job.split(' ')[0])
  return {
    lost: added.slice(0, due).filter(job => !done.includes(String(job))).length,
    twice: done.length - new Set(done).size,
    by: ended.at(-1).split(' ')[1],
  }
})()`

const edits: Edit[] = [...saves('handle.js', 5), { file: 'handle.js', times: 5 }, ...saves('worker.js', 3)]

function atWork(
  name: string,
  needs: BackendProgram['needs'],
  queue: string,
  worker: string,
  statements = '',
): BackendProgram {
  return {
    name: `${name}: at work while it is edited`,
    ...(needs && { needs }),
    files: {
      'jobs.js': jobs,
      'load.js': load,
      'handle.js': handle,
      'queue.js': queue,
      'worker.js': version => `import { handle } from './handle.js'\n${worker}\n// version ${version}\n`,
      'server.js': answering(
        "import { added, ended } from './jobs.js'\nimport './worker.js'\nimport './load.js'",
        answer,
        statements,
      ),
    },
    edits,
  }
}

const redis = `import { Redis } from 'ioredis'
const redis = new Redis(process.env.REDIS)
export const list = 'list' + ${own}
await redis.del(list)
export const add = job => redis.lpush(list, job)
`

export const inFlight: BackendProgram[] = [
  atWork(
    'amqplib',
    'AMQP',
    `import amqp from 'amqplib'
export const name = 'flight' + ${own}
const channel = await (await amqp.connect(process.env.AMQP)).createChannel()
await channel.assertQueue(name, { autoDelete: false })
await channel.purgeQueue(name)
export const add = job => channel.sendToQueue(name, Buffer.from(job))
`,
    `import amqp from 'amqplib'
import { name } from './queue.js'
const channel = await (await amqp.connect(process.env.AMQP)).createChannel()
await channel.prefetch(2)
await channel.consume(name, async job => { await handle(job.content.toString()); channel.ack(job) })
`,
  ),
  atWork(
    'bullmq, which is told to close',
    'REDIS',
    `import { Queue } from 'bullmq'
export const connection = { url: process.env.REDIS, maxRetriesPerRequest: null }
export const name = 'flight' + ${own}
const queue = new Queue(name, { connection })
await queue.obliterate({ force: true })
export const add = job => queue.add('job', job)
`,
    `import { Worker } from 'bullmq'
import { connection, name } from './queue.js'
const worker = new Worker(name, job => handle(job.data), { connection, concurrency: 2 })
import.meta.hot?.dispose(() => worker.close())
`,
  ),
  atWork(
    'nats with JetStream, whose iteration is told to stop',
    'NATS',
    `import { AckPolicy, connect } from 'nats'
export const name = 'flight' + ${own}
export const nats = await connect({ servers: process.env.NATS })
const manager = await nats.jetstreamManager()
await manager.streams.delete(name).catch(() => {})
await manager.streams.add({ name, subjects: [name + '.jobs'], storage: 'memory' })
await manager.consumers.add(name, { durable_name: name, ack_policy: AckPolicy.Explicit, ack_wait: 1e9 })
const stream = nats.jetstream()
export const add = job => stream.publish(name + '.jobs', job)
`,
    `import { name, nats } from './queue.js'
const consumer = await nats.jetstream().consumers.get(name, name)
const messages = await consumer.consume({ max_messages: 2 })
async function work() {
  for await (const message of messages) {
    await handle(message.string())
    message.ack()
  }
}
const working = work()
import.meta.hot?.dispose(async () => { await messages.close(); await working })
`,
  ),
  atWork(
    'ioredis: a loop that blocks',
    'REDIS',
    redis,
    `import { Redis } from 'ioredis'
import { list } from './queue.js'
const redis = new Redis(process.env.REDIS)
async function work() {
  for (;;) {
    const [, job] = await redis.brpop(list, 0)
    await handle(job)
  }
}
work()
`,
  ),
  atWork(
    'redis: a loop that blocks',
    'REDIS',
    redis,
    `import { createClient } from 'redis'
import { list } from './queue.js'
const redis = await createClient({ url: process.env.REDIS }).connect()
async function work() {
  for (;;) {
    const { element } = await redis.brPop(list, 0)
    await handle(element)
  }
}
work()
`,
  ),
  atWork(
    'pg: a loop with a transaction for each job',
    'PG',
    `import pg from 'pg'
export const table = 'flight' + ${own}
const pool = new pg.Pool({ connectionString: process.env.PG })
await pool.query('drop table if exists ' + table)
await pool.query('create table ' + table + ' (id serial, job text)')
export const add = job => pool.query('insert into ' + table + ' (job) values ($1)', [job])
`,
    `import pg from 'pg'
import { table } from './queue.js'
const client = new pg.Client(process.env.PG)
await client.connect()
async function work() {
  for (;;) {
    await client.query('begin')
    const { rows } = await client.query('delete from ' + table + ' where id = (select id from ' + table + ' order by id limit 1 for update skip locked) returning job')
    if (rows.length > 0) await handle(rows[0].job)
    await client.query('commit')
    if (rows.length === 0) ${pause(10)}
  }
}
work()
`,
  ),
]
