/** What an adapter says of its tool, and a running tool as the benchmarks see it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Values } from './project.ts'

/** One file in `adapters/`. Either `command`, or `open` for a tool that is called from within a process. */
export interface Adapter {
  /** The file's name, without its extension. */
  readonly id: string
  readonly name: string
  /** The package that has to be installed. */
  readonly needs?: string
  /** Files that the tool's program needs beside those of the project. */
  readonly program?: Record<string, string>
  command?(at: { node: string; peers: string }): string[]
  open?(at: { dir: string; peer(name: string): Promise<unknown> }): unknown
  /** Ends by itself: good for the cold start only. */
  readonly once?: boolean
  /** Has no watcher: saves are imported by hand. */
  readonly byHand?: boolean
}

const ids = [
  'plain',
  'ours',
  'ours-register',
  'bare',
  'vite',
  'vite-runner',
  'vite-node',
  'hot-hook',
  'dynohot',
  'tsx',
  'node-watch',
  'nodemon',
  'bun',
  'deno',
]

export async function adapters(): Promise<Adapter[]> {
  return Promise.all(ids.map(async id => ({ id, ...(await import(`./adapters/${id}.mjs`)) }) as Adapter))
}

export const here = fileURLToPath(new URL('.', import.meta.url)).replace(/\/$/, '')
export const cache = `${here}/.cache`
export const peers = `${cache}/peers`

/** The version of a tool, or why it cannot be run here. */
export function versionOf(adapter: Adapter): { version: string } | { missing: string } {
  if (!adapter.needs) return { version: '' }
  const place = `${peers}/node_modules/${adapter.needs}/package.json`
  if (!existsSync(place)) return { missing: `${adapter.needs} is not installed` }
  return { version: (JSON.parse(readFileSync(place, 'utf8')) as { version: string }).version }
}

export interface Message {
  /** When it was received, by `performance.now()` of this process. */
  readonly at: number
  readonly values?: Values
  /** Live bytes, if that was asked for. */
  readonly memory?: number
  readonly error?: string
}

/** A tool that runs the program in a folder. */
export class Tool<Program extends { readonly dir: string } = { readonly dir: string }> {
  readonly adapter: Adapter
  readonly project: Program
  /** When the process was started. */
  readonly started = performance.now()
  readonly #child: ChildProcess
  readonly #ended: Promise<unknown>
  #messages: Message[] = []
  #wake: (() => void) | undefined
  #output = ''

  /**
   * `steered`: a tool that runs in our host can be asked. The channel for it takes a process a twelfth of its cold start
   * (Node 22, 1,000 modules), and those that are started as commands have none.
   */
  constructor(adapter: Adapter, project: Program, node: string, steered = true) {
    this.adapter = adapter
    this.project = project
    for (const [name, text] of Object.entries(adapter.program ?? {})) writeFileSync(`${project.dir}/${name}`, text)
    const host = [`${here}/programs/host.mjs`, `${here}/adapters/${adapter.id}.mjs`, project.dir, peers]
    const [command, ...args] = adapter.command?.({ node, peers }) ?? [node, ...host]
    const { NODE_OPTIONS, FORCE_COLOR, ...env } = process.env
    this.#child = spawn(command!, args, {
      cwd: project.dir,
      // Its own group, so that what it started ends with it.
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe', 'ipc'].slice(0, adapter.command || !steered ? 3 : 4) as 'pipe'[],
      env: { ...env, NO_COLOR: '1' },
    })
    this.#ended = once(this.#child, 'close').catch(error => this.#told({ at: performance.now(), error: String(error) }))
    let rest = ''
    this.#child.stdout!.setEncoding('utf8').on('data', (data: string) => {
      const at = performance.now()
      const lines = (rest + data).split('\n')
      rest = lines.pop()!
      for (const line of lines) {
        if (!line.startsWith('@@')) this.#output += `${line}\n`
        else this.#told({ at, ...read(line) })
      }
    })
    this.#child.stderr!.setEncoding('utf8').on('data', (data: string) => {
      this.#output += data
    })
  }

  /** The last of what the tool itself wrote: for whoever wants to know why it failed. */
  get output(): string {
    return this.#output.slice(-2_000)
  }

  #told(message: Message): void {
    this.#messages.push(message)
    this.#wake?.()
  }

  /** Forgets what was printed up to now. */
  clear(): void {
    this.#messages = []
  }

  /** What is printed from now on, until `ms` have passed or the process has ended. */
  async *messages(ms: number): AsyncIterable<Message> {
    const end = performance.now() + ms
    let ended = false
    void this.#ended.then(() => {
      ended = true
      this.#wake?.()
    })
    for (;;) {
      const message = this.#messages.shift()
      if (message) {
        yield message
        continue
      }
      const left = end - performance.now()
      if (left <= 0 || ended) return
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, left)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  /** Asks a tool that runs in our host. */
  async ask<T>(question: { ask: string; specifier?: string }): Promise<T> {
    this.#child.send(question)
    const [answer] = (await once(this.#child, 'message')) as [T]
    return answer
  }

  /** How many bytes are live, of a program that tells it when it is spoken to. */
  async memory(): Promise<number> {
    this.clear()
    this.#child.stdin!.write('?\n')
    for await (const { memory } of this.messages(30_000)) if (memory !== undefined) return memory
    throw new Error(`${this.adapter.name} does not tell how much memory it holds: ${this.output}`)
  }

  /** A sample begins: a tool that runs in our host is asked from the next event on. */
  async begin(): Promise<void> {
    this.clear()
    if (this.#child.connected) await this.ask({ ask: 'begin' })
  }

  /** The sample is over: a tool that runs in our host need not be asked any more. */
  enough(): void {
    if (this.#child.connected) this.#child.send({ ask: 'enough' })
  }

  async close(): Promise<void> {
    if (this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null) {
      try {
        process.kill(-this.#child.pid, 'SIGKILL')
      } catch {
        // It has ended in the meantime.
      }
    }
    await this.#ended
  }
}

function read(line: string): Omit<Message, 'at'> {
  const { error, memory, ...values } = JSON.parse(line.slice(2)) as Values & { error?: string; memory?: number }
  if (error !== undefined) return { error }
  return memory === undefined ? { values } : { memory }
}

/** Whether two sets of values are the same. */
export function same(a: Values, b: Values): boolean {
  return a.few === b.few && a.all === b.all
}
