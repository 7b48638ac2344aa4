import { cpSync, readFileSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { folder, freePort, immaculata, nodes, write } from './running.ts'

const examples = fileURLToPath(new URL('../../../../examples/', import.meta.url))

interface Edit {
  example: string
  args: string[]
  path?: string
  file: string
  before: string
  after: string
}

const trpc = '/greet'
const apollo = `/?query=${encodeURIComponent('{greeting}')}`

const edits: Edit[] = [
  {
    example: 'express-ts',
    args: ['server.ts'],
    path: '/users',
    file: 'routes/users.ts',
    before: 'user ',
    after: 'member ',
  },
  { example: 'koa', args: ['server.js'], file: 'middleware/greeting.js', before: 'hello', after: 'welcome' },
  { example: 'fastify-autoload', args: ['server.js'], file: 'routes/root.js', before: 'hello', after: 'welcome' },
  {
    example: 'hono-jsx',
    args: ['--import', 'tsx', 'server.tsx'],
    file: 'views/page.tsx',
    before: 'hello',
    after: 'welcome',
  },
  {
    example: 'react-ssr',
    args: ['--import', 'tsx', 'server.tsx'],
    file: 'greeting.tsx',
    before: 'hello',
    after: 'welcome',
  },
  {
    example: 'nest',
    args: ['-r', '@swc-node/register', 'src/main.ts'],
    file: 'src/app.service.ts',
    before: 'hello',
    after: 'welcome',
  },
  { example: 'trpc', args: ['server.ts'], path: trpc, file: 'greet.ts', before: 'hello', after: 'welcome' },
  { example: 'apollo', args: ['server.js'], path: apollo, file: 'resolvers.js', before: 'hello', after: 'welcome' },
  { example: 'socket-io', args: ['server.js'], file: 'answer.js', before: 'hello', after: 'welcome' },
]

/** A copy of an example, with the packages that are installed for it. */
function copy(example: string): string {
  const cwd = folder({})
  cpSync(join(examples, example), cwd, { recursive: true, filter: name => !name.includes('node_modules') })
  symlinkSync(join(examples, example, 'node_modules'), join(cwd, 'node_modules'), 'junction')
  return cwd
}

function edit(cwd: string, file: string, from: string, to: string): void {
  const text = readFileSync(join(cwd, file), 'utf8')
  if (!text.includes(from)) throw new Error(`${file} has no ${from}`)
  write(cwd, { [file]: text.replace(from, to) })
}

interface Answer {
  status: number
  text: string
}

/** Asks until the answer is as wanted. A slow machine compiles for a while before a server listens. */
async function answers(port: number, wanted: (answer: Answer) => boolean, path: string): Promise<Answer> {
  const end = Date.now() + 30_000
  // Without this header, Apollo takes the request for a forgery.
  const headers = { 'apollo-require-preflight': 'true' }
  let last: unknown
  while (Date.now() < end) {
    try {
      const response = await fetch(`http://localhost:${port}${path}`, { headers })
      const answer = { status: response.status, text: await response.text() }
      if (wanted(answer)) return answer
      last = answer
    } catch (error) {
      last = error
    }
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  throw new Error(`no such answer; the last: ${last instanceof Error ? last : JSON.stringify(last)}`)
}

describe('the example of a framework, unchanged', () => {
  // Each on one Node: what they show is tested on all of them elsewhere.
  it.each(edits.map((each, index) => ({ ...each, ...nodes[index % nodes.length]! })))(
    '$example answers with the new version after a save of $file, and never again with the old one, on $name',
    async ({ example, args, path = '/', file, before, after, node }) => {
      const cwd = copy(example)
      const port = await freePort()
      const running = immaculata({ node, cwd, env: { PORT: String(port) } }, ...args)
      const { text } = await answers(port, ({ text }) => text.includes(before), path)
      edit(cwd, file, before, after)
      const saved = await answers(port, ({ text }) => text.includes(after), path)
      expect(saved.status).toBe(200)
      expect(saved.text).not.toContain(before)
      for (let count = 0; count < 5; count++) {
        expect((await answers(port, () => true, path)).text).not.toContain(before)
      }
      await running.prints('re-evaluated')
      expect(running.output).not.toContain('restarting')
      // And back again.
      edit(cwd, file, after, before)
      const back = await answers(port, ({ text }) => text.includes(before), path)
      expect(back.text.replace(/\d+/g, '')).toBe(text.replace(/\d+/g, ''))
    },
  )

  it('bot asks on with its newest version only, and answers each message once', async () => {
    const { node } = nodes.at(-1)!
    const sent: string[] = []
    let polls = 0
    let deliver: ((text: string) => void) | undefined
    const next = { id: 0 }
    const service = createServer((request, response) => {
      if (request.url === '/send') {
        let text = ''
        request.on('data', part => {
          text += part
        })
        request.on('end', () => {
          sent.push(text)
          response.end()
        })
        return
      }
      polls++
      const answer = (text: string) => response.end(JSON.stringify([{ id: next.id++, text }]))
      deliver = answer
      response.on('close', () => {
        polls--
        if (deliver === answer) deliver = undefined
      })
    })
    const port = await freePort()
    await new Promise<void>(resolve => service.listen(port, '127.0.0.1', resolve))
    try {
      const cwd = copy('bot')
      const running = immaculata({ node, cwd, env: { SERVICE: `http://127.0.0.1:${port}` } }, 'bot.js')
      const say = async (text: string, count: number) => {
        await expect.poll(() => deliver !== undefined, { timeout: 8_000 }).toBe(true)
        deliver!(text)
        await expect.poll(() => sent.length, { timeout: 8_000 }).toBe(count)
      }
      await say('one', 1)
      await expect.poll(() => polls, { timeout: 8_000 }).toBe(1)
      edit(cwd, 'reply.js', 'you said', 'I heard')
      await running.prints('reply.js changed')
      await expect.poll(() => polls, { timeout: 8_000 }).toBe(1)
      await say('two', 2)
      expect(sent).toEqual(['you said one', 'I heard two'])
    } finally {
      service.closeAllConnections()
      service.close()
    }
  })
})
