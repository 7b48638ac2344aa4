/** A copy of the site in a process of its own, seen from outside: its files, its pages, and its events. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { copySite, removeCopy } from '../demo/copy.js'

export interface Report {
  /** Modules that were evaluated since the last report, in order. */
  evaluated: string[]
  /** Titles of the pages that were rendered since the last report. */
  rendered: string[]
  /** How many highlighters were created and disposed since the start. */
  created: number
  disposed: number
}

const probe = pathToFileURL(join(import.meta.dirname, 'probe.js')).href
/** After how many ms of waiting a test fails. */
const patience = 15_000

export class RunningSite {
  readonly folder = copySite()
  url = ''
  /** What the process printed, both streams. */
  output = ''
  readonly #child: ChildProcess
  readonly #closed = new AbortController()
  #events = 0
  #seen = 0

  private constructor(node: string, main: (text: string) => string) {
    const file = join(this.folder, 'main.js')
    writeFileSync(file, main(readFileSync(file, 'utf8')))
    this.#child = spawn(node, ['--import', probe, 'main.js'], {
      cwd: this.folder,
      env: { ...process.env, PORT: '0' },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (data: Buffer) => {
        this.output += String(data)
      })
    }
  }

  /** `main`: changes the text of its main.js. */
  static async start(node: string, main = (text: string) => text): Promise<RunningSite> {
    const site = new RunningSite(node, main)
    await until(() => {
      if (!site.isAlive) throw new Error(site.output)
      return site.output.includes('http://')
    }, 'the site to start')
    site.url = /http:\S+/.exec(site.output)![0]
    await site.#listen()
    return site
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** A file of the tree, by its path: `pages/0-index.md`. */
  place(path: string): string {
    return join(this.folder, 'site', path)
  }

  edit(path: string, change: (text: string) => string): void {
    writeFileSync(this.place(path), change(readFileSync(this.place(path), 'utf8')))
  }

  /** Resolves when browsers were told to reload after the last call. */
  async refreshed(): Promise<void> {
    await until(() => this.#events > this.#seen, 'the event that reloads browsers')
    this.#seen = this.#events
  }

  async printed(text: string): Promise<void> {
    await until(() => this.output.includes(text), `'${text}' in the output`)
  }

  async get(path = ''): Promise<{ status: number; body: string }> {
    const response = await fetch(this.url + path)
    return { status: response.status, body: await response.text() }
  }

  async report(): Promise<Report> {
    const answer = once(this.#child, 'message', { signal: AbortSignal.timeout(patience) })
    this.#child.send('report')
    return (await answer)[0]
  }

  async close(): Promise<void> {
    this.#closed.abort()
    if (this.isAlive) {
      const exit = once(this.#child, 'exit')
      this.#child.kill()
      await exit
    }
    removeCopy(this.folder)
  }

  async #listen(): Promise<void> {
    const { body } = await fetch(`${this.url}events`, { signal: this.#closed.signal })
    const reader = body!.pipeThrough(new TextDecoderStream()).getReader()
    const read = async () => {
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        this.#events += part.value.split('data: updated\n\n').length - 1
      }
    }
    read().catch(error => {
      if (!this.#closed.signal.aborted) throw error
    })
  }
}

/** Asks until the answer is true; throws after {@link patience}. */
export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + patience
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`Waited ${patience} ms for ${what}`)
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}
