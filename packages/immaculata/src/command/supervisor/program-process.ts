/** One process of the program, as the command sees it. It is started as Node would start it, with everything that the command got. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Duplex } from 'node:stream'
import { channelFd, type Message, type Question, reader } from '../shared/channel.ts'
import { type Run, toEnvironment } from '../shared/options.ts'
import { permissionsFor, withPreload } from './preload-flags.ts'

/** How a process ended. */
export interface End {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** How it ended, in words. */
export function describeEnd({ code, signal }: End): string {
  return signal === null ? `ended with code ${code}` : `ended by ${signal}`
}

export interface Listeners {
  message(message: Message): void
  failed(error: Error): void
  /** It has ended. All of its messages arrived before. */
  ended(end: End): void
}

export class ProgramProcess {
  readonly #child: ChildProcess
  readonly #channel: Duplex | undefined
  #isOver = false

  constructor({ nodeFlags, entry, args, options }: Run, listeners: Listeners) {
    const hasIpc = process.send !== undefined
    // A name that begins with a dash would be a flag, and after `--` Node would look for a package of that name.
    const name = entry.startsWith('-') && entry !== '-' ? `./${entry}` : entry
    const stdio: ('inherit' | 'ignore' | 'pipe' | 'ipc')[] = ['inherit', 'inherit', 'inherit']
    if (hasIpc) stdio.push('ipc')
    while (stdio.length < channelFd) stdio.push('ignore')
    stdio.push('pipe')
    enterFolder()
    const permissions = permissionsFor(nodeFlags)
    this.#child = spawn(process.execPath, [...permissions, ...withPreload(nodeFlags), name, ...args], {
      stdio,
      env: toEnvironment(options, permissions),
      ...(hasIpc ? { serialization: serialization() } : {}),
    })
    const end = hasIpc ? relayMessages(this.#child) : () => {}
    const channel = (this.#child.stdio as unknown as (Duplex | undefined)[])[channelFd]
    this.#channel = channel
    channel?.setEncoding('utf8').on('data', reader(listeners.message))
    channel?.on('error', () => {})
    this.#child.on('error', listeners.failed)
    // Not 'close': processes that the program started may live on, and hold its output open.
    this.#child.on('exit', (code, signal) => {
      this.#isOver = true
      end()
      // Its last messages may still be on their way.
      setImmediate(() => {
        channel?.destroy()
        listeners.ended({ code, signal })
      })
    })
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  get isOver(): boolean {
    return this.#isOver
  }

  ask(question: Question): void {
    this.#channel?.write(`${JSON.stringify(question)}\n`)
  }

  kill(signal: NodeJS.Signals): void {
    if (!this.#isOver) this.#child.kill(signal)
  }
}

/** The folder in which the program is started. */
const folder = process.cwd()

/** It may have been removed and made again (a clone, a checkout): then this process is in one that does not exist any more. */
function enterFolder(): void {
  try {
    process.chdir(folder)
    process.cwd() // Node remembers it when the folder is gone
  } catch {
    // It is not there at the moment. Node says so when the program starts.
  }
}

/** Connects the program with the process that started the command with an IPC channel: PM2, a test harness, `fork()`. */
function relayMessages(child: ChildProcess): () => void {
  const down = (message: unknown, handle: unknown) => {
    if (child.connected) child.send(message as object, handle as never, () => {})
  }
  const disconnected = () => {
    if (child.connected) child.disconnect()
  }
  process.on('message', down)
  process.on('disconnect', disconnected)
  child.on('message', (message, handle) => {
    if (process.connected) process.send!(message, handle as never, {}, () => {})
  })
  child.on('disconnect', () => {
    // When the program ends, its channel closes by itself, and the next process continues.
    if (child.exitCode === null && child.signalCode === null) setTimeout(disconnectAtOnce, disconnectDelay, child)
  })
  return () => {
    process.off('message', down)
    process.off('disconnect', disconnected)
  }
}

/** So many ms after the end of its channel, the end of a process is known at the latest. */
const disconnectDelay = 100

function disconnectAtOnce(child: ChildProcess): void {
  if (child.exitCode === null && child.signalCode === null && process.connected) process.disconnect()
}

/** The serialization of the starter's messages. Node deletes the variable that tells it, and only Linux keeps a copy. */
function serialization(): 'json' | 'advanced' {
  try {
    const environment = readFileSync('/proc/self/environ', 'utf8').split('\0')
    return environment.includes('NODE_CHANNEL_SERIALIZATION_MODE=advanced') ? 'advanced' : 'json'
  } catch {
    return 'json'
  }
}
