/** A child process that answers one question after the other. */
import { type ChildProcess, fork } from 'node:child_process'
import type { NodeVersion } from '../../../../../.ci/nodes.ts'

export class Child {
  readonly #process: ChildProcess
  readonly #deadline: number
  #output = ''

  constructor(node: NodeVersion, script: string, args: string[], deadline: number) {
    this.#deadline = deadline
    this.#process = fork(script, args, {
      execPath: node.binary,
      execArgv: ['--no-warnings'],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    for (const stream of [this.#process.stdout!, this.#process.stderr!]) {
      stream.on('data', data => {
        this.#output += data
      })
    }
  }

  ready(): Promise<unknown> {
    return this.#answer()
  }

  ask(message: object): Promise<unknown> {
    const answer = this.#answer()
    this.#process.send(message)
    return answer
  }

  #answer(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const child = this.#process
      const done = (end: () => void) => {
        clearTimeout(timer)
        child.off('message', onMessage)
        child.off('exit', onExit)
        end()
      }
      const onMessage = (message: unknown) => done(() => resolve(message))
      const onExit = (code: number | null) =>
        done(() => reject(new Error(`the process ended with ${code}:\n${this.#output}`)))
      const timer = setTimeout(() => done(() => reject(new Error(`no answer:\n${this.#output}`))), this.#deadline)
      child.on('message', onMessage)
      child.on('exit', onExit)
    })
  }

  end(): void {
    this.#process.kill('SIGKILL')
  }
}
