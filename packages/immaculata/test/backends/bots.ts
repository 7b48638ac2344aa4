/** Bots and gateways: one poll at a time, one session at a gateway. Their servers are stubs in the program itself. */
import { answering, saves } from '../programs/program.ts'
import { type BackendProgram, countingServer, heardModule, hearing, pause } from './backend-program.ts'

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
