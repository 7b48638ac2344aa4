import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import type { Place, Recipe } from '../recipe.ts'

const stubPort = ({ port }: Place) => port + 1000

/** What is said to bots, and what they answer: one long poll at a time, as Telegram has it. */
interface Chat {
  say(text: string): Promise<string>
}
const chats = new Map<number, Chat>()

async function stub(place: Place): Promise<() => void> {
  let update = 100
  let poll: ((updates: object[]) => void) | undefined
  const waiting: object[] = []
  let heard: ((text: string) => void) | undefined
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const part of request) text += part
    const reply = (result: unknown, status = 200) => {
      response.writeHead(status, { 'content-type': 'application/json' })
      const body = status === 200 ? { ok: true, result } : { ok: false, error_code: status, description: result }
      response.end(JSON.stringify(body))
    }
    const method = request.url!.split('/').at(-1)!
    const asked = (text === '' ? {} : JSON.parse(text)) as { text?: string; offset?: number }
    if (method === 'getMe') return reply({ id: 1, is_bot: true, first_name: 'b', username: 'b' })
    if (method === 'sendMessage') heard?.(asked.text ?? '')
    if (method !== 'getUpdates') return reply(true)
    if (poll) return reply('Conflict: terminated by other getUpdates request', 409)
    if (waiting.length > 0) return reply(waiting.splice(0))
    const end = (updates: object[]) => {
      clearTimeout(timer)
      poll = undefined
      reply(updates)
    }
    const timer = setTimeout(() => end([]), 20_000)
    poll = end
    response.on('close', () => {
      clearTimeout(timer)
      if (poll === end) poll = undefined
    })
  })
  await new Promise<void>(resolve => server.listen(stubPort(place), '127.0.0.1', resolve))
  chats.set(place.port, {
    say: text =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.length = 0 // it is not asked any more
          reject(new Error('the bot says nothing'))
        }, 1_500)
        heard = answer => {
          clearTimeout(timer)
          resolve(answer)
        }
        const entities = text.startsWith('/') ? [{ type: 'bot_command', offset: 0, length: text.length }] : undefined
        const from = { id: 1, is_bot: false, first_name: 'u' }
        const said = {
          update_id: ++update,
          message: { message_id: update, date: 1, chat: { id: 1, type: 'private' }, from, text, entities },
        }
        if (poll) poll([said])
        else waiting.push(said)
      }),
  })
  return () => server.close().closeAllConnections()
}

export default {
  name: 'telegram-bot',
  kind: 'grammY bot with its runner; tsx, ES modules',
  repository: 'bot-base/telegram-bot-template',
  commit: '0de2bcd',
  start: [
    '--require',
    fileURLToPath(new URL('./telegram-redirect.cjs', import.meta.url)),
    '--import',
    'tsx',
    './src/main.ts',
  ],
  sources: ['src'],
  stub,
  env: place => ({ BOT_TOKEN: '1:a', BOT_MODE: 'polling', BOT_ADMINS: '[1]', TELEGRAM_STUB: `${stubPort(place)}` }),
  asks: [place => chats.get(place.port)!.say('/start'), place => chats.get(place.port)!.say('what')],
  edits: [
    ['src/bot/features/welcome.ts', "ctx.reply(ctx.t('welcome'))", "ctx.reply('a ' + ctx.t('welcome'))"],
    ['src/bot/features/welcome.ts', "'a '", "'b '"],
    ['src/bot/features/unhandled.ts', "ctx.reply(ctx.t('unhandled'))", "ctx.reply('what?')"],
    ['locales/en.ftl', 'welcome = Welcome!', 'welcome = Be welcome!'],
    ['src/bot/helpers/logging.ts', 'import', 'export const edited = 1\nimport'],
    ['src/bot/middlewares/session.ts', 'import', 'export const edited = 1\nimport'],
    ['src/bot/handlers/error.ts', 'import', 'export const edited = 1\nimport'],
    ['src/bot/i18n.ts', 'import', 'export const edited = 1\nimport'],
    ['src/bot/index.ts', 'protectedBot.use(i18n)', 'protectedBot.use(i18n) // edited'],
    ['src/logger.ts', 'import', 'export const edited = 1\nimport'],
    ['src/config.ts', "'Invalid token'", "'This is no token'"],
    ['src/main.ts', "'Shutdown'", "'It shuts down'"],
    {
      rename: 'src/bot/features/unhandled.ts',
      to: 'src/bot/features/rest.ts',
      and: [['src/bot/index.ts', 'features/unhandled.js', 'features/rest.js']],
    },
    {
      add: 'src/bot/word.ts',
      text: "export const word: string = 'a word'\n",
      and: [
        [
          'src/bot/features/rest.ts',
          'import { Composer }',
          "import { word } from '#root/bot/word.js'\nimport { Composer }",
        ],
        ['src/bot/features/rest.ts', "'what?'", 'word'],
      ],
    },
    ['src/bot/word.ts', 'a word', 'another word'],
  ],
} satisfies Recipe
