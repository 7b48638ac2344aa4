/**
 * The sockets through which the command is asked for its status. They lie in a folder that only this user can look into, since whoever
 * reaches one can read sources. Windows has no such folder: there is no status there.
 */
import { chmodSync, lstatSync, mkdirSync, readdirSync, unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What is asked: one line of JSON. */
export type Asked =
  /** The status, once what was saved before is noticed. `wait`: and once it is known what became of it. `atOnce`: now. */
  | { readonly ask: 'status'; readonly wait: boolean; readonly atOnce?: true }
  /** The status now, and from then on every event. */
  | { readonly ask: 'events' }

const ending = '.sock'

/** The folder of the sockets. Throws if it is not this user's alone. */
export function socketFolder(): string {
  const uid = process.getuid?.()
  if (uid === undefined) throw new Error('there is no status on this system')
  const folder = join(tmpdir(), `immaculata-${uid}`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const stat = lstatSync(folder)
  if (!stat.isDirectory() || stat.uid !== uid) throw new Error(`${folder} belongs to somebody else`)
  if ((stat.mode & 0o077) !== 0) chmodSync(folder, 0o700)
  return folder
}

/** A name that no other process takes, in another container with the same folder either. */
export function socketName(folder: string): string {
  return join(folder, `${process.pid}-${Math.random().toString(36).slice(2, 8)}${ending}`)
}

/** All sockets, those of commands that are gone included. */
export function socketsIn(folder: string): string[] {
  return readdirSync(folder)
    .filter(name => name.endsWith(ending))
    .map(name => join(folder, name))
}

/** Removes a socket that nobody listens on. */
export function removeSocket(socket: string): void {
  try {
    unlinkSync(socket)
  } catch {
    // It is gone already.
  }
}
