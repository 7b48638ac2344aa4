/** What the process of the program tells the command, through a pipe that nobody else knows of. */
import { writeSync } from 'node:fs'
import { Socket } from 'node:net'

/** Far away from what programs are given or expect: 3 may be their IPC channel, or a socket of their own. */
export const channelFd = 31

export type Message =
  /** The process is about to end, and must be started again. */
  | { say: 'restart' }
  /** The user wants it to end for good. */
  | { say: 'quit' }
  /** An error that nobody caught is about to end the process (at this time, in ms), with its remedy. `survived`: it did not. */
  | { say: 'crash'; at: number; remedy?: string | undefined }
  | { say: 'survived' }
  /** The process ends by itself (at this time, in ms). */
  | { say: 'exit'; at: number }
  /** A save is about to be evaluated. */
  | { say: 'saved' }
  /** The program is being evaluated: from now on beats must come, until `idle`. */
  | { say: 'busy' }
  | { say: 'beat' }
  | { say: 'idle' }
  /** A signal arrived here. The command passes on signals that did not come through the terminal. */
  | { say: 'signal'; signal: NodeJS.Signals }

export function tell(message: Message): void {
  try {
    writeSync(channelFd, `${JSON.stringify(message)}\n`)
  } catch {
    // The command was killed: `onCommandGone` notices it.
  }
}

/** Calls `fn` when the command is gone and has not ended this process: then nobody else would. */
export function onCommandGone(fn: () => void): void {
  const socket = new Socket({ fd: channelFd, readable: true, writable: false })
  socket.on('error', () => {})
  socket.on('close', fn)
  socket.resume()
  socket.unref()
}

/** Reads messages from the data that arrive. Other data were written by somebody who did not open this pipe. */
export function reader(take: (message: Message) => void): (text: string) => void {
  let rest = ''
  return text => {
    const lines = (rest + text).split('\n')
    rest = lines.pop()!
    for (const line of lines) {
      const message = parse(line)
      if (message) take(message)
    }
  }
}

function parse(line: string): Message | undefined {
  try {
    const message = JSON.parse(line) as Message | null
    return typeof message?.say === 'string' ? message : undefined
  } catch {
    return undefined
  }
}
