/** One process of an application under one tool: started, asked, measured, and ended. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Ask, Place, Recipe } from './recipe.ts'

export type Tool = 'immaculata' | 'watch' | 'plain'

/** How long an application may take to answer for the first time, in ms. */
const startTime = 40_000

/** How long one answer may take, in ms. */
const answerTime = 4_000

const command = fileURLToPath(new URL('../../packages/immaculata/immaculata.js', import.meta.url))
const probe = fileURLToPath(new URL('./probe.cjs', import.meta.url))

export interface Counts {
  readonly descriptors: number
  readonly sockets: number
  readonly timers: number
  readonly listeners: number
  readonly rss: number
  readonly heap: number
}

/** Those that run: they must not outlive this process. */
const running = new Set<AppProcess>()
process.on('exit', () => {
  for (const app of running) app.kill()
})
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))

export class AppProcess {
  readonly place: Place
  output = ''
  /** How long it may take, in ms, until what it answers is right. */
  patience = 0
  /** How many ms lie between two rounds of questions. */
  readonly pace: number
  readonly #recipe: Recipe
  readonly #child: ChildProcess
  readonly #ended: Promise<string>
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })
  #isOver = false

  constructor(recipe: Recipe, clone: string, tool: Tool, node: string, place: Place) {
    this.#recipe = recipe
    this.place = place
    this.pace = recipe.pace ?? 3
    running.add(this)
    mkdirSync(place.folder, { recursive: true })
    const flags = { immaculata: [command], watch: ['--watch'], plain: [] }[tool]
    this.#child = spawn(node, [...flags, '--require', probe, ...recipe.start, ...(recipe.args?.(place) ?? [])], {
      cwd: join(clone, recipe.cwd ?? ''),
      detached: true,
      env: {
        ...process.env,
        HOST: '127.0.0.1',
        PORT: String(place.port),
        APPS_PROBE: this.#probe,
        ...recipe.env?.(place),
      },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.output = (this.output + text).slice(-200_000)
      })
    }
    this.#ended = new Promise(resolve =>
      this.#child.on('exit', (code, signal) => {
        this.#isOver = true
        running.delete(this)
        resolve(signal ?? String(code))
      }),
    )
  }

  get #probe(): string {
    return join(this.place.folder, 'probe.sock')
  }

  /** Resolves when all is answered for the first time. Says whether that happened. */
  async starts(): Promise<boolean> {
    const end = performance.now() + startTime
    while (performance.now() < end && !this.#isOver) {
      if (!(await this.answers()).includes('no answer')) return true
      await new Promise(resolve => setTimeout(resolve, 50))
    }
    return false
  }

  /** What it answers to all questions, as one text. */
  async answers(): Promise<string> {
    const answers: string[] = []
    for (const ask of this.#recipe.asks) answers.push(await this.#answer(ask))
    const text = answers.join('\n')
    return this.#recipe.ignore ? text.replace(this.#recipe.ignore, '·') : text
  }

  async #answer(ask: Ask): Promise<string> {
    try {
      const answer = typeof ask === 'function' ? await within(ask(this.place)) : await this.#request(ask)
      return typeof answer === 'string' ? answer : JSON.stringify(answer)
    } catch (error) {
      return `no answer: ${(error as Error).message}`
    }
  }

  #request(ask: Exclude<Ask, (place: Place) => Promise<unknown>>): Promise<string> {
    const { path, method = 'GET', headers = {}, body } = typeof ask === 'string' ? { path: ask } : ask
    return new Promise((resolve, reject) => {
      const asked = request(
        { host: '127.0.0.1', port: this.place.port, path, method, headers, agent: this.#agent, timeout: answerTime },
        response => {
          let text = ''
          response.setEncoding('utf8').on('data', part => {
            text += part
          })
          response.on('end', () => resolve(`${response.statusCode} ${text}`)).on('error', reject)
        },
      )
      asked.on('error', reject)
      asked.on('timeout', () => asked.destroy(new Error('it takes too long')))
      asked.end(body)
    })
  }

  /** The process that runs the program: under a tool, the child of the tool's. */
  get program(): number {
    return children(this.#child.pid!)[0] ?? this.#child.pid!
  }

  async counts(): Promise<Counts> {
    const { program } = this
    const names = readdirSync(`/proc/${program}/fd`).map(fd => {
      try {
        return readlinkSync(`/proc/${program}/fd/${fd}`)
      } catch {
        return '' // it was closed in the meantime
      }
    })
    const { counts, listeners, rss, heapUsed } = JSON.parse(await this.#ask()) as {
      counts: Record<string, number>
      listeners: number
      rss: number
      heapUsed: number
    }
    const timers = (counts.Timeout ?? 0) + (counts.Immediate ?? 0)
    const sockets = names.filter(name => name.startsWith('socket:')).length
    return { descriptors: names.length, sockets, timers, listeners, rss: rss / 2 ** 20, heap: heapUsed / 2 ** 20 }
  }

  #ask(): Promise<string> {
    return new Promise((resolve, reject) => {
      let text = ''
      const socket = connect(this.#probe).setEncoding('utf8').on('error', reject)
      socket.on('data', part => {
        text += part
      })
      socket.on('end', () => resolve(text))
    })
  }

  /** Ctrl-C, as a terminal sends it to all processes of its foreground. Resolves with how it ended. */
  async interrupt(): Promise<string> {
    if (!this.#isOver) process.kill(-this.#child.pid!, 'SIGINT')
    const patience = new Promise<string>(resolve => setTimeout(() => resolve('does not end'), 12_000).unref())
    const end = await Promise.race([this.#ended, patience])
    this.kill()
    return end
  }

  kill(): void {
    this.#agent.destroy()
    try {
      process.kill(-this.#child.pid!, 'SIGKILL')
    } catch {} // all of its processes are gone
  }
}

function within<T>(answer: Promise<T>): Promise<T> {
  return Promise.race([
    answer,
    new Promise<never>((_resolve, reject) =>
      setTimeout(() => reject(new Error('it takes too long')), answerTime).unref(),
    ),
  ])
}

function children(pid: number): number[] {
  const file = `/proc/${pid}/task/${pid}/children`
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split(' ').filter(Boolean).map(Number) : []
}
