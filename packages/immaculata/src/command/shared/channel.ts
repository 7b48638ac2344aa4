/** What the process of the program tells the command, through a pipe that nobody else knows of. */
import { writeSync } from 'node:fs'
import { Socket } from 'node:net'
import type { ErrorReport, Event } from '../messages/events.ts'

/** Far away from what programs are given or expect: 3 may be their IPC channel, or a socket of their own. */
export const channelFd = 31

export type Message =
  /** The process is about to end, and must be started again: with the compiler of its project, from now on. */
  | { say: 'restart'; compile?: boolean }
  /** The user wants it to end for good. */
  | { say: 'quit' }
  /** An error that nobody caught is about to end the process (at this time, in ms), with its remedy. `survived`: it did not. */
  | { say: 'crash'; at: number; remedy?: string | undefined; error?: ErrorReport }
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
  /** Something that other programs may want to know. */
  | { say: 'event'; event: Event }
  /** Everything that was saved before the question was noticed. `waiting`: the first evaluation waits at a top-level await. */
  | { say: 'settled'; id: number; waiting: boolean }

/** What the command asks the process of the program. */
export interface Question {
  /** Answer when everything that was saved before now was noticed. */
  ask: 'settled'
  id: number
  /** Has nothing been evaluated after the first evaluation? Then it may still be waiting. */
  isFirst: boolean
}

/** How often a full pipe is tried again. */
const patience = 10_000

export function tell(message: Message): void {
  let rest: Uint8Array = Buffer.from(`${JSON.stringify(message)}\n`)
  for (let tries = 0; rest.length > 0 && tries < patience; tries++) {
    try {
      rest = rest.subarray(writeSync(channelFd, rest))
    } catch (error) {
      // The command was killed: `onCommandGone` notices it.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return
    }
  }
}

/** Calls `gone` when the command is gone and has not ended this process: then nobody else would. And `asked` for its questions. */
export function onCommandGone(gone: () => void, asked: (question: Question) => void = () => {}): void {
  const socket = new Socket({ fd: channelFd, readable: true, writable: false })
  socket.on('error', () => {})
  socket.on('close', gone)
  const read = lines(line => {
    const question = parse<Question>(line)
    if (question?.ask === 'settled') asked(question)
  })
  socket.on('data', data => read(data.toString()))
  socket.unref()
}

/** Reads messages from the data that arrive. Other data were written by somebody who did not open this pipe. */
export function reader(take: (message: Message) => void): (text: string) => void {
  return lines(line => {
    const message = parse<Message>(line)
    if (typeof message?.say === 'string') take(message)
  })
}

/** Cuts text that arrives piece by piece into lines. */
export function lines(take: (line: string) => void): (text: string) => void {
  let rest = ''
  return text => {
    const parts = (rest + text).split('\n')
    rest = parts.pop()!
    for (const line of parts) take(line)
  }
}

/** The value of a line of JSON; `undefined` if it is none. */
export function parse<Value>(line: string): Value | undefined {
  try {
    return (JSON.parse(line) as Value | null) ?? undefined
  } catch {
    return undefined
  }
}
