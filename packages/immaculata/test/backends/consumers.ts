/** Consumers on a connection that another module holds: the old one is gone with its version, and the connection stays usable. */
import { answering, type Edit, saves } from '../programs/program.ts'
import { type BackendProgram, heardModule, hearing, own } from './backend-program.ts'

const edits: Edit[] = [...saves('hear.js', 3), { file: 'hear.js', times: 20 }]

function consumer(
  name: string,
  needs: NonNullable<BackendProgram['needs']>,
  connection: string,
  hear: (said: string) => string,
  send: { readonly imports: string; readonly call: string },
): BackendProgram {
  return {
    name: `${name}: a consumer on the connection of another module`,
    needs,
    files: {
      'heard.js': heardModule,
      'connection.js': connection,
      'hear.js': version => hear(`'v${version} '`),
      'server.js': answering(
        `import { heard } from './heard.js'\nimport './hear.js'\n${send.imports}`,
        hearing(send.call, 150),
      ),
    },
    edits,
  }
}

const both = "import { connection } from './connection.js'\nimport { heard } from './heard.js'\n"

export const consumers: BackendProgram[] = [
  consumer(
    'amqplib',
    'AMQP',
    `import amqp from 'amqplib'
export const connection = await (await amqp.connect(process.env.AMQP)).createChannel()
await connection.assertQueue('c' + ${own})`,
    said =>
      `${both}await connection.consume('c' + ${own}, message => { heard.push(${said} + message.content); connection.ack(message) })`,
    {
      imports: "import { connection } from './connection.js'",
      call: `for (let i = 0; i < 4; i++) connection.sendToQueue('c' + ${own}, Buffer.from('hello'))`,
    },
  ),
  consumer(
    'nats',
    'NATS',
    "import { connect } from 'nats'\nexport const connection = await connect({ servers: process.env.NATS })",
    said =>
      `${both}connection.subscribe('c' + ${own}, { callback: (error, message) => heard.push(${said} + message.string()) })`,
    {
      imports: "import { connection } from './connection.js'",
      call: `connection.publish('c' + ${own}, 'hello'); await connection.flush()`,
    },
  ),
  consumer(
    'nats, for await',
    'NATS',
    "import { connect } from 'nats'\nexport const connection = await connect({ servers: process.env.NATS })",
    said =>
      `${both}const messages = connection.subscribe('c' + ${own})
async function listen() { for await (const message of messages) heard.push(${said} + message.string()) }
listen()`,
    {
      imports: "import { connection } from './connection.js'",
      call: `connection.publish('c' + ${own}, 'hello'); await connection.flush()`,
    },
  ),
  consumer(
    'ioredis',
    'REDIS',
    `import { Redis } from 'ioredis'
export const connection = new Redis(process.env.REDIS)
export const publisher = new Redis(process.env.REDIS)`,
    said =>
      `${both}await connection.subscribe('c' + ${own})\nconnection.on('message', (channel, message) => heard.push(${said} + message))`,
    {
      imports: "import { publisher } from './connection.js'",
      call: `await publisher.publish('c' + ${own}, 'hello')`,
    },
  ),
  consumer(
    'redis',
    'REDIS',
    `import { createClient } from 'redis'
export const connection = await createClient({ url: process.env.REDIS }).connect()
export const publisher = await createClient({ url: process.env.REDIS }).connect()`,
    said => `${both}await connection.subscribe('c' + ${own}, message => heard.push(${said} + message))`,
    {
      imports: "import { publisher } from './connection.js'",
      call: `await publisher.publish('c' + ${own}, 'hello')`,
    },
  ),
  consumer(
    'pg',
    'PG',
    "import pg from 'pg'\nexport const connection = new pg.Client(process.env.PG)\nawait connection.connect()",
    said =>
      `${both}connection.on('notification', message => heard.push(${said} + message.payload))\nawait connection.query('listen c' + ${own})`,
    {
      imports: "import { connection } from './connection.js'",
      call: `await connection.query("notify c" + ${own} + ", 'hello'")`,
    },
  ),
  consumer(
    'postgres.js',
    'PG',
    "import postgres from 'postgres'\nexport const connection = postgres(process.env.PG, { onnotice() {} })",
    said => `${both}await connection.listen('c' + ${own}, text => heard.push(${said} + text))`,
    {
      imports: "import { connection } from './connection.js'",
      call: `await connection.notify('c' + ${own}, 'hello')`,
    },
  ),
  consumer(
    'mqtt',
    'MQTT',
    "import mqtt from 'mqtt'\nexport const connection = await mqtt.connectAsync(process.env.MQTT)",
    said =>
      `${both}await connection.subscribeAsync('c' + ${own})\nconnection.on('message', (topic, message) => heard.push(${said} + message))`,
    {
      imports: "import { connection } from './connection.js'",
      call: `await connection.publishAsync('c' + ${own}, 'hello', { qos: 1 })`,
    },
  ),
]
