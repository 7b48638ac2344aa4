/**
 * Asks the commands that run on this machine. A folder comes in; the status of the programs that run in it, and their events, go out.
 * The invariant: nobody but this user's own commands is asked, and sockets of commands that are gone are removed.
 */
import { realpathSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { relative } from 'node:path'
import type { Event } from '../messages/events.ts'
import { lines, parse } from '../shared/channel.ts'
import type { Status } from '../shared/status.ts'
import { type Asked, removeSocket, socketFolder, socketsIn } from '../shared/status-sockets.ts'

/** A program that runs, and its status. */
export interface RunningProgram {
  readonly status: Status
  readonly socket: string
}

/** For how long an answer is waited for that does not need the program, in ms. */
const patience = 5_000

/** The programs that run in a folder, or in one that it belongs to. Those of the nearest folder only. */
export async function programsIn(folder: string): Promise<RunningProgram[]> {
  const place = realpathSync(folder)
  const all = await Promise.all(socketsIn(socketFolder()).map(async socket => ({ socket, status: await ask(socket) })))
  const running = all.filter((each): each is RunningProgram => each.status !== undefined)
  const distances = new Map(running.map(each => [each, distance(place, each.status)]))
  const nearest = Math.min(...distances.values())
  if (nearest === Number.POSITIVE_INFINITY) return []
  return running.filter(each => distances.get(each) === nearest)
}

/** How far a folder lies below the one that a command was started in, or else below the one it watches. */
function distance(folder: string, { cwd, root }: Status): number {
  const isBelow = (top: string) => {
    const path = relative(top, folder)
    return path.startsWith('..') ? Number.POSITIVE_INFINITY : path === '' ? 0 : path.split(/[\\/]/).length
  }
  return Math.min(isBelow(cwd), isBelow(root))
}

/** The status of one command, at once. `undefined` if it is gone. */
async function ask(socket: string): Promise<Status | undefined> {
  try {
    return await question<Status>(socket, { ask: 'status', wait: false, atOnce: true }, patience)
  } catch (error) {
    if (/^(?:ECONNREFUSED|ENOENT)$/.test(String((error as NodeJS.ErrnoException).code))) removeSocket(socket)
    return undefined
  }
}

/** The status when everything that was saved before was noticed; with `wait`, when it is known what became of it. */
export function statusOf({ socket }: RunningProgram, wait: boolean): Promise<Status> {
  return question<Status>(socket, { ask: 'status', wait })
}

function question<Value>(socket: string, asked: Asked, timeout = 0): Promise<Value> {
  return new Promise((resolve, reject) => {
    const client = send(socket, asked)
    if (timeout > 0) client.setTimeout(timeout, () => client.destroy(new Error(`${socket} does not answer`)))
    const read = lines(line => {
      const value = parse<Value>(line)
      if (value !== undefined) resolve(value)
      client.destroy()
    })
    client.setEncoding('utf8').on('data', read)
    client.on('error', reject)
    client.on('close', () => reject(new Error('the command has ended')))
  })
}

function send(socket: string, asked: Asked): Socket {
  const client = connect(socket)
  client.write(`${JSON.stringify(asked)}\n`)
  return client
}

/** The events of a program from now on, until its command ends. */
export async function* eventsOf({ socket }: RunningProgram): AsyncGenerator<Event, void> {
  const client = send(socket, { ask: 'events' })
  client.setEncoding('utf8')
  const arrived: Event[] = []
  const read = lines(line => {
    const event = parse<Event>(line)
    if (event?.event !== undefined) arrived.push(event)
  })
  try {
    for await (const text of client) {
      read(String(text))
      yield* arrived.splice(0)
    }
  } finally {
    client.destroy()
  }
}
