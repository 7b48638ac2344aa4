/** Bots and gateways: one poll at a time, one session at a gateway. Their servers are stubs in the program itself. */
import { answering, saves } from '../programs/program.ts'
import { type BackendProgram, countingServer, heardModule, hearing, own, pause } from './backend-program.ts'

/** A bot's API as Telegram has it: a second poll is answered with 409. */
const botApi = `import { createServer } from 'node:http'

export const api = { conflicts: 0, sent: [] }
let waiting
let updates = 0

const server = createServer((request, response) => {
  let body = ''
  request.on('data', part => { body += part })
  request.on('end', () => {
    const answer = result => {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ ok: true, result }))
    }
    const method = request.url.split('/').pop()
    if (method === 'getMe') return answer({ id: 1, is_bot: true, first_name: 'bot', username: 'bot' })
    if (method === 'sendMessage') {
      api.sent.push(JSON.parse(body).text)
      return answer({ message_id: 1, date: 1, chat: { id: 1, type: 'private' }, text: '' })
    }
    if (method !== 'getUpdates') return answer(true)
    if (waiting) {
      api.conflicts++
      response.statusCode = 409
      return response.end(JSON.stringify({ ok: false, error_code: 409, description: 'Conflict' }))
    }
    waiting = { response, answer }
    response.on('close', () => { if (waiting?.response === response) waiting = undefined })
  })
})
await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
export const url = 'http://127.0.0.1:' + server.address().port

export function say(text) {
  const { answer } = waiting ?? { answer() {} }
  waiting = undefined
  const chat = { id: 1, type: 'private', first_name: 'somebody' }
  const from = { id: 2, is_bot: false, first_name: 'somebody' }
  answer([{ update_id: ++updates, message: { message_id: updates, date: 1, chat, from, text } }])
}
`

/** Discord's API and gateway, as far as a bot needs them to hear messages. */
const discordApi = `import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'

const user = { id: '1', username: 'bot', discriminator: '0', avatar: null, bot: true }
const server = createServer((request, response) => {
  response.setHeader('content-type', 'application/json')
  const limit = { total: 1000, remaining: 1000, reset_after: 0, max_concurrency: 1 }
  response.end(JSON.stringify(request.url.endsWith('/gateway/bot') ? { url: gateway, shards: 1, session_start_limit: limit } : {}))
})
export const sockets = new WebSocketServer({ server })
await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
export const url = 'http://127.0.0.1:' + server.address().port
const gateway = 'ws://127.0.0.1:' + server.address().port

sockets.on('connection', socket => {
  const send = (op, d, t) => socket.send(JSON.stringify({ op, d, t, s: t ? 1 : null }))
  socket.say = content => send(0, {
    id: String(Date.now()), channel_id: '5', author: { ...user, id: '2', bot: false }, content, timestamp: new Date().toISOString(),
    attachments: [], embeds: [], mentions: [], mention_roles: [], pinned: false, type: 0, tts: false,
  }, 'MESSAGE_CREATE')
  send(10, { heartbeat_interval: 45_000 })
  socket.on('message', text => {
    const { op } = JSON.parse(text)
    if (op === 1) send(11)
    if (op === 2) send(0, { v: 10, user, guilds: [], session_id: 's', resume_gateway_url: gateway, application: { id: '1', flags: 0 } }, 'READY')
  })
})
`

const talking = answering(
  "import { api, say } from './api.js'\nimport './bot.js'",
  `(async () => { ${pause(300)}; api.sent.length = 0; api.conflicts = 0; say('one'); ${pause(300)}; say('two'); ${pause(300)}; return [api.sent, api.conflicts] })()`,
)

export const bots: BackendProgram[] = [
  {
    name: 'grammy: a bot that polls',
    files: {
      'api.js': botApi,
      'bot.js': version => `import { Bot } from 'grammy'
import { url } from './api.js'
const bot = new Bot('1:token', { client: { apiRoot: url } })
bot.on('message:text', context => context.reply('v${version} ' + context.message.text))
bot.start()
`,
      'server.js': talking,
    },
    edits: saves('bot.js', 3),
  },
  {
    name: 'telegraf: a bot that polls',
    files: {
      'api.js': botApi,
      'bot.js': version => `import { Telegraf } from 'telegraf'
import { url } from './api.js'
const bot = new Telegraf('1:token', { telegram: { apiRoot: url } })
bot.on('text', context => context.reply('v${version} ' + context.message.text))
bot.launch()
`,
      'server.js': talking,
    },
    edits: saves('bot.js', 3),
  },
  {
    name: 'discord.js: a bot at a gateway',
    files: {
      'api.js': discordApi,
      'heard.js': heardModule,
      'bot.js': version => `import { Client, Events, GatewayIntentBits, Partials } from 'discord.js'
import { url } from './api.js'
import { heard } from './heard.js'
const client = new Client({
  intents: [GatewayIntentBits.DirectMessages],
  partials: [Partials.Channel],
  rest: { api: url },
})
client.on(Events.MessageCreate, message => heard.push('v${version} ' + message.content))
const ready = new Promise(resolve => client.once(Events.ClientReady, resolve))
await client.login('token')
await ready
`,
      'server.js': answering(
        "import { sockets } from './api.js'\nimport './bot.js'\nimport { heard } from './heard.js'",
        hearing("for (const socket of sockets.clients) socket.say('hello')", 100, ', sockets.clients.size'),
      ),
    },
    edits: saves('bot.js', 3),
  },
  {
    name: 'http2: a session, and a stream that waits',
    files: {
      'api.js': `import { createServer } from 'node:http2'
const server = createServer()
export const sessions = new Set()
export const streams = new Set()
server.on('session', session => {
  sessions.add(session)
  session.on('close', () => sessions.delete(session))
})
server.on('stream', stream => {
  stream.respond()
  stream.on('error', () => {})
  stream.on('close', () => streams.delete(stream))
  streams.add(stream)
})
await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
export const url = 'http://127.0.0.1:' + server.address().port
`,
      'heard.js': heardModule,
      'client.js': version => `import { connect } from 'node:http2'
import { url } from './api.js'
import { heard } from './heard.js'
function open() {
  const session = connect(url)
  session.on('error', () => {})
  session.on('close', () => setTimeout(open, 10))
  const stream = session.request({ ':path': '/' })
  stream.on('error', () => {})
  stream.setEncoding('utf8').on('data', text => heard.push('v${version} ' + text))
  stream.on('close', () => session.close())
}
open()
`,
      'server.js': answering(
        "import { sessions, streams } from './api.js'\nimport './client.js'\nimport { heard } from './heard.js'",
        `(async () => { ${pause(100)}; return ${hearing("for (const stream of streams) stream.write('hello')", 80, ', sessions.size, streams.size')} })()`,
      ),
    },
    edits: saves('client.js', 3),
  },
  {
    name: 'udp: a socket with a port of its own',
    files: {
      'heard.js': heardModule,
      'listen.js': version => `import { createSocket } from 'node:dgram'
import { heard } from './heard.js'
export const socket = createSocket('udp4')
socket.on('message', message => heard.push('v${version} ' + message))
await new Promise((resolve, reject) => socket.once('error', reject).bind(Number(${own}), '127.0.0.1', resolve))
`,
      'ask.js': version => `import { createSocket } from 'node:dgram'
const socket = createSocket('udp4').unref()
export const ask = () => new Promise(resolve => socket.send('v${version}', Number(${own}), '127.0.0.1', resolve))
`,
      'server.js': answering(
        "import { ask } from './ask.js'\nimport { heard } from './heard.js'\nimport './listen.js'",
        hearing('await ask()', 50),
      ),
    },
    edits: [...saves('listen.js', 3), ...saves('ask.js', 2), { file: 'listen.js', times: 20 }],
  },
  {
    name: 'ws: a client that reconnects',
    files: {
      'gateway.js': `import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'
const server = createServer()
export const sockets = new WebSocketServer({ server })
await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
export const url = 'ws://127.0.0.1:' + server.address().port
`,
      'heard.js': heardModule,
      'bot.js': version => `import WebSocket from 'ws'
import { url } from './gateway.js'
import { heard } from './heard.js'
function connect() {
  const socket = new WebSocket(url)
  socket.on('message', message => heard.push('v${version} ' + message))
  socket.on('close', () => setTimeout(connect, 30))
  socket.on('error', () => {})
}
connect()
`,
      'server.js': answering(
        "import './bot.js'\nimport { sockets } from './gateway.js'\nimport { heard } from './heard.js'",
        `(async () => { ${pause(150)}; return ${hearing("for (const socket of sockets.clients) socket.send('hello')", 80, ', sockets.clients.size')} })()`,
      ),
    },
    edits: saves('bot.js', 3),
  },
  {
    name: 'socket.io-client',
    files: {
      'gateway.js': `import { createServer } from 'node:http'
import { Server } from 'socket.io'
const server = createServer()
export const io = new Server(server)
await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
export const url = 'http://127.0.0.1:' + server.address().port
`,
      'heard.js': heardModule,
      'bot.js': version => `import { io } from 'socket.io-client'
import { url } from './gateway.js'
import { heard } from './heard.js'
const socket = io(url)
socket.on('say', message => heard.push('v${version} ' + message))
await new Promise(resolve => socket.on('connect', resolve))
`,
      'server.js': answering(
        "import './bot.js'\nimport { io } from './gateway.js'\nimport { heard } from './heard.js'",
        `(async () => { ${pause(150)}; return ${hearing("io.emit('say', 'hello')", 100, ', io.engine.clientsCount')} })()`,
      ),
    },
    edits: saves('bot.js', 3),
  },
  {
    name: "undici: a module's own pool",
    files: {
      'api.js': countingServer,
      'pool.js': version => `import { Pool } from 'undici'
import { url } from './api.js'
export const pool = new Pool(url, { keepAliveTimeout: 60_000, connections: 1 })
export const version = ${version}
`,
      'server.js': answering(
        "import { pool, version } from './pool.js'",
        "[version, await (await pool.request({ path: '/', method: 'GET' })).body.text()]",
      ),
    },
    edits: saves('pool.js', 4),
  },
]
