/** Queues and brokers: each message is handled once, by the newest handler, and no consumer is left over. */
import { answering, saves } from '../programs/program.ts'
import { type BackendProgram, heardModule, hearing, own, pause } from './backend-program.ts'

const bullmq = {
  'queue.js': `import { Queue, QueueEvents } from 'bullmq'
export const connection = { url: process.env.REDIS, maxRetriesPerRequest: null }
export const name = 'jobs' + ${own}
export const queue = new Queue(name, { connection })
export const events = new QueueEvents(name, { connection })
await events.waitUntilReady()
`,
  'server.js': answering(
    "import { events, queue } from './queue.js'\nimport './worker.js'",
    `[await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(async n => (await queue.add('job', { n })).waitUntilFinished(events, 3000))), await queue.getWorkersCount()]`,
  ),
}

export const queues: BackendProgram[] = [
  {
    name: "bullmq: a worker, its jobs' handler in it",
    needs: 'REDIS',
    files: {
      ...bullmq,
      'worker.js': version => `import { Worker } from 'bullmq'
import { connection, name } from './queue.js'
const worker = new Worker(name, async () => { ${pause(30)}; return 'v${version}' }, { connection, concurrency: 2 })
await worker.waitUntilReady()
`,
    },
    edits: [...saves('worker.js', 3), { file: 'worker.js', times: 20 }],
  },
  {
    name: "bullmq: a worker, its jobs' handler in another module",
    needs: 'REDIS',
    files: {
      ...bullmq,
      'handle.js': version => `export const handle = async () => 'v${version}'`,
      'worker.js': `import { Worker } from 'bullmq'
import { handle } from './handle.js'
import { connection, name } from './queue.js'
export const worker = new Worker(name, handle, { connection, concurrency: 4 })
`,
    },
    edits: [...saves('handle.js', 3), { file: 'handle.js', times: 20 }],
  },
  {
    name: 'bull: a worker',
    needs: 'REDIS',
    files: {
      'queue.js': `import Bull from 'bull'\nexport const queue = new Bull('b' + ${own}, process.env.REDIS)`,
      'worker.js': version => `import Bull from 'bull'
const worker = new Bull('b' + ${own}, process.env.REDIS)
worker.process(async () => { ${pause(20)}; return 'v${version}' })
await worker.isReady()
`,
      'server.js': answering(
        "import { queue } from './queue.js'\nimport './worker.js'",
        'Promise.all([1, 2, 3, 4].map(async () => (await queue.add({})).finished()))',
      ),
    },
    edits: saves('worker.js', 3),
  },
  {
    name: 'bull: a processor in a file of its own, which runs in a process of its own',
    needs: 'REDIS',
    files: {
      'queue.js': `import Bull from 'bull'\nexport const queue = new Bull('s' + ${own}, process.env.REDIS)`,
      'word.cjs': version => `module.exports = 'w${version}'`,
      'processor.cjs': version =>
        `const word = require('./word.cjs')\nmodule.exports = async () => 'v${version} ' + word`,
      'worker.js': `import { fileURLToPath } from 'node:url'
import Bull from 'bull'
const worker = new Bull('s' + ${own}, process.env.REDIS)
worker.process(2, fileURLToPath(new URL('processor.cjs', import.meta.url)))
await worker.isReady()
`,
      'server.js': answering(
        "import { queue } from './queue.js'\nimport './worker.js'",
        'Promise.all([1, 2, 3, 4].map(async () => (await queue.add({})).finished()))',
      ),
    },
    edits: [...saves('processor.cjs', 2), ...saves('word.cjs', 2)],
  },
  {
    name: 'amqplib: an exclusive consumer',
    needs: 'AMQP',
    files: {
      'heard.js': heardModule,
      'consume.js': version => `import amqp from 'amqplib'
import { heard } from './heard.js'
const connection = await amqp.connect(process.env.AMQP)
export const channel = await connection.createChannel()
export const queue = 'x' + ${own}
await channel.assertQueue(queue)
await channel.consume(queue, message => { heard.push('v${version}'); channel.ack(message) }, { exclusive: true })
`,
      'server.js': answering(
        "import { channel, queue } from './consume.js'\nimport { heard } from './heard.js'",
        hearing(
          "for (let i = 0; i < 3; i++) channel.sendToQueue(queue, Buffer.from('hello'))",
          200,
          ', (await channel.checkQueue(queue)).consumerCount',
        ),
      ),
    },
    edits: saves('consume.js', 3),
  },
  {
    name: 'nats: one of a queue group',
    needs: 'NATS',
    files: {
      'nats.js': "import { connect } from 'nats'\nexport const nats = await connect({ servers: process.env.NATS })",
      'work.js': version => `import { connect } from 'nats'
const own = await connect({ servers: process.env.NATS })
own.subscribe('w' + ${own}, { queue: 'group', callback: (error, message) => message.respond('v${version}') })
await own.flush()
`,
      'server.js': answering(
        "import { nats } from './nats.js'\nimport './work.js'",
        `Promise.all(Array.from({ length: 8 }, async () => (await nats.request('w' + ${own}, '', { timeout: 2000 })).string()))`,
      ),
    },
    edits: saves('work.js', 3),
  },
  {
    name: 'nats: for await over a subscription',
    needs: 'NATS',
    files: {
      'heard.js': heardModule,
      'nats.js': "import { connect } from 'nats'\nexport const nats = await connect({ servers: process.env.NATS })",
      'work.js': version => `import { connect } from 'nats'
import { heard } from './heard.js'
const own = await connect({ servers: process.env.NATS })
const messages = own.subscribe('z' + ${own})
async function listen() { for await (const message of messages) heard.push('v${version} ' + message.string()) }
listen()
await own.flush()
`,
      'server.js': answering(
        "import { heard } from './heard.js'\nimport { nats } from './nats.js'\nimport './work.js'",
        hearing(`nats.publish('z' + ${own}, 'hello'); await nats.flush()`, 100),
      ),
    },
    edits: saves('work.js', 3),
  },
  {
    name: 'mqtt: a client with a fixed id',
    needs: 'MQTT',
    files: {
      'heard.js': heardModule,
      'device.js': version => `import mqtt from 'mqtt'
import { heard } from './heard.js'
export const client = await mqtt.connectAsync(process.env.MQTT, { clientId: 'device' + ${own}, reconnectPeriod: 50 })
export const count = { connects: 1 }
client.on('connect', () => { count.connects++ })
await client.subscribeAsync('f' + ${own})
client.on('message', (topic, message) => heard.push('v${version} ' + message))
`,
      'server.js': answering(
        "import { client, count } from './device.js'\nimport { heard } from './heard.js'",
        hearing(`${pause(150)}; await client.publishAsync('f' + ${own}, 'hello', { qos: 1 })`, 150, ', count.connects'),
      ),
    },
    edits: saves('device.js', 3),
  },
  {
    name: 'ioredis: a subscriber made with duplicate()',
    needs: 'REDIS',
    files: {
      'heard.js': heardModule,
      'redis.js': "import { Redis } from 'ioredis'\nexport const redis = new Redis(process.env.REDIS)",
      'hear.js': version => `import { heard } from './heard.js'
import { redis } from './redis.js'
const subscriber = redis.duplicate()
await subscriber.subscribe('d' + ${own})
subscriber.on('message', (channel, message) => heard.push('v${version} ' + message))
`,
      'server.js': answering(
        "import { heard } from './heard.js'\nimport './hear.js'\nimport { redis } from './redis.js'",
        hearing(`await redis.publish('d' + ${own}, 'hello')`, 100),
      ),
    },
    edits: [...saves('hear.js', 2), { file: 'hear.js', times: 20 }],
  },
  {
    name: 'redis: a subscriber',
    needs: 'REDIS',
    files: {
      'heard.js': heardModule,
      'redis.js':
        "import { createClient } from 'redis'\nexport const redis = await createClient({ url: process.env.REDIS }).connect()",
      'hear.js': version => `import { createClient } from 'redis'
import { heard } from './heard.js'
const subscriber = await createClient({ url: process.env.REDIS }).connect()
await subscriber.subscribe('r' + ${own}, message => heard.push('v${version} ' + message))
`,
      'server.js': answering(
        "import { heard } from './heard.js'\nimport './hear.js'\nimport { redis } from './redis.js'",
        hearing(`const receivers = await redis.publish('r' + ${own}, 'hello')`, 100, ', receivers'),
      ),
    },
    edits: saves('hear.js', 3),
  },
]
