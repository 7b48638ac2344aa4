/** Real processes: the command, or `register` alone, with a program in a folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterEach } from 'vitest'
import { nodes as installed } from '../../../../.ci/nodes.ts'
import { type Answer, command, freePort, request } from '../asking.ts'

export { type Answer, command, freePort, request }

const built = fileURLToPath(new URL('../../', import.meta.url))
export const register = pathToFileURL(join(built, 'dist/register.js')).href

export const nodes = installed.map(({ version, binary }) => ({ name: `Node ${version}`, node: binary }))

const deadline = 10_000
/** A process that is started in a group of its own can be ended with all that it started: Windows has no such thing. */
const grouped = process.platform !== 'win32'
const groups = new Set<number>()
process.on('exit', () => {
  for (const group of groups) signalGroup(group, 'SIGKILL')
})

/** Says whether anybody was there. */
function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal)
  } catch {
    return false
  }
}

const ends: (() => unknown)[] = []

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

/** Writes files into a new folder, which is removed after the test. */
export function folder(files: Record<string, string>): string {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'immaculata-')))
  ends.push(() => rmSync(dir, { recursive: true, force: true }))
  write(dir, files)
  return dir
}

export function write(dir: string, files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true })
    writeFileSync(join(dir, name), text)
  }
}

export interface Settings {
  node: string
  cwd: string
  env?: NodeJS.ProcessEnv
}

export class Running {
  readonly child: ChildProcess
  stdout = ''
  stderr = ''
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  #heard: (() => void)[] = []
  #over = false

  constructor(args: readonly string[], { node, cwd, env }: Settings) {
    if (!existsSync(command)) throw new Error('build the packages first')
    const environment = { ...process.env, NODE_OPTIONS: '', ...env }
    this.child = spawn(node, args, { cwd, env: environment, stdio: 'pipe', detached: grouped })
    if (grouped && this.child.pid) groups.add(this.child.pid)
    this.child.stdout!.setEncoding('utf8').on('data', text => {
      this.stdout += text
      this.#wake()
    })
    this.child.stderr!.setEncoding('utf8').on('data', text => {
      this.stderr += text
      this.#wake()
    })
    this.ended = new Promise(resolve => {
      this.child.on('close', (code, signal) => {
        this.#over = true
        resolve({ code, signal })
        this.#wake()
      })
    })
    ends.push(() => this.end())
  }

  get output(): string {
    return `${this.stdout}${this.stderr}`
  }

  /** Resolves when the output has what is asked for, a given number of times. */
  async prints(text: string, times = 1): Promise<void> {
    await this.until(() => this.output.split(text).length > times, `${JSON.stringify(text)}, ${times} times`)
  }

  /** Resolves when what is looked for in the output is there. */
  async until(found: () => boolean, wanted: string): Promise<void> {
    const end = Date.now() + deadline
    while (!found()) {
      if (this.#over || Date.now() > end) throw new Error(`not printed: ${wanted}, but:\n${this.output}`)
      await new Promise<void>(resolve => {
        this.#heard.push(resolve)
        setTimeout(resolve, 200)
      })
    }
  }

  /** Ends it, and throws if it left any process behind. */
  async end(): Promise<void> {
    if (!this.#over) this.child.kill('SIGTERM')
    const timer = setTimeout(() => this.#kill(), 7_000)
    await this.ended
    clearTimeout(timer)
    const { pid } = this.child
    if (!grouped || pid === undefined) return
    const end = Date.now() + 3_000
    while (signalGroup(pid, 0) && Date.now() < end) await new Promise(resolve => setTimeout(resolve, 20))
    groups.delete(pid)
    if (signalGroup(pid, 'SIGKILL')) throw new Error(`it left processes behind; it said:\n${this.output}`)
  }

  #kill(): void {
    if (grouped && this.child.pid) signalGroup(this.child.pid, 'SIGKILL')
    else this.child.kill('SIGKILL')
  }

  #wake(): void {
    for (const wake of this.#heard.splice(0)) wake()
  }
}

/** The command, with its arguments. */
export function immaculata(settings: Settings, ...args: string[]): Running {
  return new Running([command, ...args], settings)
}

/** `node --import immaculata/register`, with further arguments. */
export function registered(settings: Settings, ...args: string[]): Running {
  return new Running(['--import', register, ...args], settings)
}

/** Asks until the answer is as wanted, or the deadline is over; then says what it was. */
export async function answers(port: number, wanted: (answer: Answer) => boolean, path = '/'): Promise<Answer> {
  const end = Date.now() + deadline
  let last: unknown
  while (Date.now() < end) {
    try {
      const answer = await request(port, path)
      if (wanted(answer)) return answer
      last = answer
    } catch (error) {
      last = error
    }
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  throw new Error(
    `no such answer within ${deadline} ms; the last: ${last instanceof Error ? last : JSON.stringify(last)}`,
  )
}
