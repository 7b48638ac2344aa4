// A bot that asks its service for messages, one long poll after the other, and answers each.
import { reply } from './reply.js'

const service = process.env.SERVICE ?? 'http://localhost:3001'

async function run() {
  for (let offset = 0; ; ) {
    const messages = await (await fetch(`${service}/updates?offset=${offset}`)).json()
    for (const { id, text } of messages) {
      offset = id + 1
      await fetch(`${service}/send`, { method: 'POST', body: reply(text) })
    }
  }
}

run()
