import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { basename } from 'node:path'
import { isDeepStrictEqual } from 'node:util'

export type Resources = Record<string, number>

/** Runs in the program's process, and answers SIGUSR2 with what is open there. */
const probe = `
  process.on('SIGUSR2', () => {
    const counts = {}
    for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1
    for (const event of process.eventNames()) counts['on ' + String(event)] = process.listenerCount(event)
    console.log('resources ' + JSON.stringify(counts))
  })
`
const patience = 20_000

/** A server example under the command. */
export class Server {
  readonly #child: ChildProcess
  readonly #ended: Promise<unknown>
  #output = ''
  /** All that it said at the terminal. */
  transcript = ''
  #wake = () => {}

  constructor(node: string, command: string, cwd: string) {
    const preload = `data:text/javascript,${encodeURIComponent(probe)}`
    this.#child = spawn(node, [command, '--import', preload, 'server.js'], {
      cwd,
      env: { ...process.env, NODE_OPTIONS: '', PORT: '0' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      stream.setEncoding('utf8').on('data', text => {
        this.#output += text
        this.transcript += text
        this.#wake()
      })
    }
    this.#ended = new Promise(resolve => this.#child.on('close', resolve))
  }

  async listening(): Promise<number> {
    const [, port] = await this.#until(/http:\/\/[\w.[\]:]+:(\d+)/)
    return Number(port)
  }

  /** Saves, and resolves when the command says that a file is live. Files that are saved together may go live one by one. */
  async live(file: string, save: () => void): Promise<void> {
    await this.#after(save, new RegExp(`${basename(file)}.* re-evaluated`))
  }

  /** Saves, and resolves when the command says that it is not live. */
  async held(save: () => void): Promise<void> {
    await this.#after(save, /Not live/)
  }

  /** What keeps the program's process running, by kind, and its listeners. */
  async resources(): Promise<Resources> {
    const pid = execFileSync('ps', ['-o', 'pid=', '--ppid', String(this.#child.pid)])
      .toString()
      .trim()
    const [, counts] = await this.#after(() => process.kill(Number(pid), 'SIGUSR2'), /resources (.*)\n/)
    return JSON.parse(counts!)
  }

  /** As `resources`, as soon as they are as expected, or when there is no hope: connections take a while to close. */
  async resourcesOnce(expected: Resources): Promise<Resources> {
    for (let tries = 0; ; tries++) {
      const resources = await this.resources()
      if (isDeepStrictEqual(resources, expected) || tries === 30) return resources
      await new Promise(resolve => setTimeout(resolve, 200))
    }
  }

  async end(): Promise<void> {
    this.#child.kill('SIGTERM')
    await this.#ended
  }

  async #after(act: () => void, pattern: RegExp): Promise<RegExpExecArray> {
    this.#output = ''
    act()
    return await this.#until(pattern)
  }

  async #until(pattern: RegExp): Promise<RegExpExecArray> {
    const end = Date.now() + patience
    for (;;) {
      const match = pattern.exec(this.#output)
      if (match) return match
      if (Date.now() > end) throw new Error(`${pattern} was not printed within ${patience} ms, but:\n${this.#output}`)
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, 500)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }
}
