/** The command's file, and asking what a program serves. */
import { get } from 'node:http'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'

/** How long a request may stay without an answer, in ms. */
const timeout = 8_000

export const command = fileURLToPath(new URL('../immaculata.js', import.meta.url))

/** A port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}

export interface Answer {
  status: number
  text: string
}

export function request(port: number, path = '/', host = '127.0.0.1'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = get({ host, port, path, agent: false, timeout }, response => {
      let text = ''
      response.setEncoding('utf8').on('data', part => {
        text += part
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
    })
    asked.on('error', reject)
    asked.on('timeout', () => asked.destroy(new Error(`no answer within ${timeout} ms`)))
  })
}
