/** What the process of the program tells the command, through a pipe that nobody else knows of. */
import { writeSync } from 'node:fs'
import { Socket } from 'node:net'

/** The program's own IPC channel, if it had one, would be another: it must not see `process.send`. */
export const channelFd = 3

export type Message =
  /** The process is about to end, and wants to be started anew. */
  | { say: 'restart' }
  /** An error that nobody caught is about to end the process; `survived` if it did not. */
  | { say: 'crash' }
  | { say: 'survived' }
  /** A signal arrived here. The command passes on those that did not come through the terminal. */
  | { say: 'signal'; signal: NodeJS.Signals }

export function tell(message: Message): void {
  try {
    writeSync(channelFd, `${JSON.stringify(message)}\n`)
  } catch {
    // The command was killed: `onCommandGone` hears of it.
  }
}

/** Calls `fn` when the command is gone without having ended this process: nobody would, then. */
export function onCommandGone(fn: () => void): void {
  const socket = new Socket({ fd: channelFd, readable: true, writable: false })
  socket.on('error', () => {})
  socket.on('close', fn)
  socket.resume()
  socket.unref()
}

/** Reads messages out of what arrives. */
export function reader(take: (message: Message) => void): (text: string) => void {
  let rest = ''
  return text => {
    const lines = (rest + text).split('\n')
    rest = lines.pop()!
    for (const line of lines) take(JSON.parse(line) as Message)
  }
}
