/** A program in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

const patience = 20_000 // ms

export class Running {
  readonly #folder: string
  readonly #child: ChildProcess
  readonly #ended: Promise<string>
  #stdout = ''
  #stderr = ''
  #end: string | undefined

  constructor(node: string, script: string) {
    this.#folder = path.dirname(script)
    this.#child = spawn(node, [script], { cwd: this.#folder, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child.stdout!.setEncoding('utf8').on('data', text => {
      this.#stdout += text
    })
    this.#child.stderr!.setEncoding('utf8').on('data', text => {
      this.#stderr += text
    })
    this.#ended = new Promise((resolve, reject) => {
      this.#child.on('error', reject)
      this.#child.on('close', (code, signal) => {
        this.#end = signal ?? `code ${code}`
        resolve(this.#end)
      })
    })
  }

  /** Resolves once it has printed `expected`, no more and no less. */
  async printed(expected: string): Promise<void> {
    await this.#until(() => this.#stdout === expected)
    if (this.#stdout !== expected) throw new Error(`expected to be printed:\n${expected}\n${this.#told()}`)
  }

  /** Resolves once `text` stands in what it has written to stderr. */
  async complained(text: string): Promise<void> {
    await this.#until(() => this.#stderr.includes(text))
    if (!this.#stderr.includes(text)) throw new Error(`expected a complaint: ${text}\n${this.#told()}`)
  }

  /** Saves a file that it watches. */
  save(file: string, text: string): void {
    fs.writeFileSync(path.join(this.#folder, file), text)
  }

  /** What it has printed when it has ended by itself, which has to be with code 0. */
  async output(): Promise<string> {
    const ending = new AbortController()
    const late = wait(patience, 'no end', { signal: ending.signal }).catch(() => 'an end')
    const end = await Promise.race([this.#ended, late])
    ending.abort()
    if (end !== 'code 0') throw new Error(`ended with ${end}\n${this.#told()}`)
    return this.#stdout
  }

  /** Ends it, if it still runs. */
  async stop(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended
  }

  async #until(condition: () => boolean): Promise<void> {
    const deadline = Date.now() + patience
    while (!condition() && this.#end === undefined && Date.now() < deadline) await wait(5)
  }

  #told(): string {
    return `printed:\n${this.#stdout}\nand on stderr:\n${this.#stderr}`
  }
}
