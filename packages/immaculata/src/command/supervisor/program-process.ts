/** One process of the program, as the command sees it: started as Node would start it, with all that the command itself was given. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { channelFd, type Message, reader } from '../shared/channel.ts'
import { type Run, toEnvironment } from '../shared/options.ts'
import { permissionsFor, withPreload } from './preload-flags.ts'

/** How a process ended. */
export interface End {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface Listeners {
  message(message: Message): void
  failed(error: Error): void
  /** All that it said has arrived before. */
  ended(end: End): void
}

export class ProgramProcess {
  readonly #child: ChildProcess
  #isOver = false

  constructor({ nodeFlags, entry, args, options }: Run, listeners: Listeners) {
    const hasIpc = process.send !== undefined
    // A name that begins with a dash would be a flag, and behind `--` Node looks for a package of that name.
    const name = entry.startsWith('-') && entry !== '-' ? `./${entry}` : entry
    const stdio: ('inherit' | 'ignore' | 'pipe' | 'ipc')[] = ['inherit', 'inherit', 'inherit']
    if (hasIpc) stdio.push('ipc')
    while (stdio.length < channelFd) stdio.push('ignore')
    stdio.push('pipe')
    const permissions = permissionsFor(nodeFlags)
    this.#child = spawn(process.execPath, [...permissions, ...withPreload(nodeFlags), name, ...args], {
      stdio,
      env: toEnvironment(options, permissions),
      ...(hasIpc ? { serialization: serialization() } : {}),
    })
    const end = hasIpc ? relayMessages(this.#child) : () => {}
    const channel = (this.#child.stdio as unknown as (Readable | undefined)[])[channelFd]
    channel?.setEncoding('utf8').on('data', reader(listeners.message))
    channel?.on('error', () => {})
    this.#child.on('error', listeners.failed)
    // Not 'close': what the program started may live on, and hold its output open.
    this.#child.on('exit', (code, signal) => {
      this.#isOver = true
      end()
      // What it said last may still be on its way.
      setImmediate(() => {
        channel?.destroy()
        listeners.ended({ code, signal })
      })
    })
  }

  get isOver(): boolean {
    return this.#isOver
  }

  kill(signal: NodeJS.Signals): void {
    if (!this.#isOver) this.#child.kill(signal)
  }
}

/** Whoever started the command with an IPC channel talks with the program: PM2, test harnesses, `fork()`. */
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
    // At its end it does so by itself, and the next process goes on.
    if (child.exitCode === null && child.signalCode === null) setTimeout(disconnectAtOnce, disconnectDelay, child)
  })
  return () => {
    process.off('message', down)
    process.off('disconnect', disconnected)
  }
}

/** How long the end of a process may take to be known after the end of its channel, in ms. */
const disconnectDelay = 100

function disconnectAtOnce(child: ChildProcess): void {
  if (child.exitCode === null && child.signalCode === null && process.connected) process.disconnect()
}

/** How the starter's messages are written. Node deletes the variable that says so, and only Linux keeps a copy. */
function serialization(): 'json' | 'advanced' {
  try {
    const environment = readFileSync('/proc/self/environ', 'utf8').split('\0')
    return environment.includes('NODE_CHANNEL_SERIALIZATION_MODE=advanced') ? 'advanced' : 'json'
  } catch {
    return 'json'
  }
}
