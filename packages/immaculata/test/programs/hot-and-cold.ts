/**
 * Runs a program under a tool while its files are edited, and a fresh `node` process after each edit. What the fresh process
 * answers is right.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort, request } from '../asking.ts'
import { type Edit, keptModule, type Program, type Text } from './program.ts'

/** How a program is run: `arguments` of Node in front of the program's own flags. */
export interface Tool {
  readonly name: string
  readonly node: string
  readonly arguments: readonly string[]
}

export interface Verdict {
  /** The first answer that differed from a fresh process's, with both; `undefined` if none did. */
  readonly wrong: string | undefined
  /** Whether the module that nothing touched was evaluated once. */
  readonly kept: boolean
  /** What the tool and the program printed. */
  readonly output: string
}

/** How long an edit may take to be live, in ms. */
const patience = 10_000
/** An answer that is right has to stay right for this long, in ms. */
const stays = 150

const ownPackages = fileURLToPath(new URL('../../node_modules/', import.meta.url))

/** Edits a program from its first state to its last; stops at the first answer that is wrong. `packages` is a `node_modules`. */
export async function judge(program: Program, tool: Tool, packages = ownPackages): Promise<Verdict> {
  const folder = new Folder(program, packages)
  const paths = program.paths ?? ['/']
  const run = await Run.start(tool, program, folder.path)
  try {
    const first = await run.answers(paths, await fresh(tool.node, program, folder.path))
    if (first !== undefined) return { wrong: `at first: ${first}`, kept: false, output: run.output }
    const kept = await run.ask('/kept')
    for (const edit of program.edits) {
      folder.edit(edit)
      const wrong = await run.answers(paths, await fresh(tool.node, program, folder.path))
      if (wrong !== undefined) return { wrong: `after ${edit.file}: ${wrong}`, kept: false, output: run.output }
    }
    return { wrong: undefined, kept: (await run.ask('/kept')) === kept, output: run.output }
  } finally {
    await run.end()
    folder.remove()
  }
}

/** What a fresh process answers. */
async function fresh(node: string, program: Program, folder: string): Promise<string> {
  const run = await Run.start({ name: 'node', node, arguments: [] }, program, folder)
  try {
    return await run.firstAnswer(program.paths ?? ['/'])
  } finally {
    await run.end()
  }
}

/** A program's files in a folder of their own, with this package's dependencies. */
class Folder {
  readonly path = realpathSync(mkdtempSync(join(tmpdir(), 'immaculata-program-')))
  readonly #files: Readonly<Record<string, Text>>
  readonly #versions = new Map<string, number>()
  #saves = 0

  constructor(program: Program, packages = ownPackages) {
    this.#files = { 'package.json': '{ "type": "module" }', 'kept.js': keptModule, ...program.files }
    for (const file of Object.keys(this.#files)) this.edit({ file })
    this.#linkPackages(packages)
  }

  edit({ file, text, times = 1 }: Edit): void {
    for (let i = 0; i < times; i++) this.#save(file, text)
  }

  #save(file: string, text: string | null | undefined): void {
    const path = join(this.path, file)
    if (text === null) {
      rmSync(path)
      return
    }
    mkdirSync(dirname(path), { recursive: true })
    const content = text ?? this.#nextText(file)
    // Editors save in two ways; both are tried in turn.
    const isAtomic = this.#saves++ % 2 === 1
    writeFileSync(isAtomic ? `${path}.tmp` : path, content)
    if (isAtomic) renameSync(`${path}.tmp`, path)
  }

  #nextText(file: string): string {
    const version = (this.#versions.get(file) ?? 0) + 1
    this.#versions.set(file, version)
    const text = this.#files[file]
    if (text === undefined) throw new Error(`the program has no ${file}`)
    return typeof text === 'function' ? text(version) : text
  }

  #linkPackages(packages: string): void {
    const modules = join(this.path, 'node_modules')
    mkdirSync(modules)
    for (const name of readdirSync(packages)) {
      if (!name.startsWith('.')) symlinkSync(join(packages, name), join(modules, name), 'junction')
    }
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}

/** One process of a program. */
export class Run {
  readonly #child: ChildProcess
  readonly #port: number
  readonly #ended: Promise<unknown>
  output = ''

  static async start(tool: Tool, program: Pick<Program, 'flags' | 'entry'>, folder: string): Promise<Run> {
    return new Run(tool, program, folder, await freePort())
  }

  private constructor(tool: Tool, program: Pick<Program, 'flags' | 'entry'>, folder: string, port: number) {
    if (!existsSync(tool.node)) throw new Error(`there is no ${tool.node}`)
    this.#port = port
    const { flags = [], entry = 'server.js' } = program
    this.#child = spawn(tool.node, [...tool.arguments, ...flags, entry], {
      cwd: folder,
      env: { ...process.env, PORT: String(port), NODE_NO_WARNINGS: '1', NODE_OPTIONS: '' },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
    })
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      stream.setEncoding('utf8').on('data', text => {
        this.output += text
      })
    }
    this.#ended = new Promise(resolve => this.#child.once('close', resolve))
  }

  /** The first complete answer. Throws if the process ends before. */
  async firstAnswer(paths: readonly string[]): Promise<string> {
    const end = Date.now() + patience * 2
    while (Date.now() < end && this.#child.exitCode === null) {
      const answer = await this.#askAll(paths)
      if (answer !== undefined) return answer
      await pause(15)
    }
    throw new Error(`plain node does not answer: ${this.output}`)
  }

  /** Waits until requests are answered with an error, or not at all; no longer than an edit may take. */
  async isRefused(): Promise<void> {
    const end = Date.now() + patience
    for (;;) {
      const answer = await this.ask('/')
      if (answer === undefined || answer.startsWith('status 5') || Date.now() > end) return
      await pause(15)
    }
  }

  /** Waits until the answer is `right`, and stays so. Says what it was if that never comes. */
  async answers(paths: readonly string[], right: string): Promise<string | undefined> {
    const end = Date.now() + patience
    for (;;) {
      const answer = await this.#askAll(paths)
      if (answer === right) break
      if (Date.now() > end) return `a fresh process says ${right}, this one ${answer}`
      await pause(15)
    }
    await pause(stays)
    const answer = await this.#askAll(paths)
    return answer === right ? undefined : `right at first (${right}), then ${answer}`
  }

  async #askAll(paths: readonly string[]): Promise<string | undefined> {
    const texts: string[] = []
    for (const path of paths) {
      const text = await this.ask(path)
      if (text === undefined) return undefined
      texts.push(text)
    }
    return texts.join(' | ')
  }

  async ask(path: string): Promise<string | undefined> {
    try {
      const { status, text } = await request(this.#port, path)
      return status >= 500 ? `status ${status}` : text
    } catch {
      return undefined // it does not listen at the moment
    }
  }

  /** Ends the process with all that it started. */
  async end(): Promise<void> {
    this.#signal('SIGTERM')
    const timer = setTimeout(() => this.#signal('SIGKILL'), 2_000)
    await this.#ended
    clearTimeout(timer)
    this.#signal('SIGKILL')
  }

  #signal(signal: NodeJS.Signals): void {
    try {
      if (process.platform === 'win32') this.#child.kill(signal)
      else process.kill(-this.#child.pid!, signal)
    } catch {
      // It has ended by itself.
    }
  }
}

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))
