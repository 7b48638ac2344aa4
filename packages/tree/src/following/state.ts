/** The state of a place as a short text. Equal texts mean equal states. */
import type { Dirent, Stats } from 'node:fs'
import * as fs from 'node:fs'
import { join } from 'node:path'

// Taken before anybody replaces them: what is read here is no dependency of any module.
const { closeSync, fstatSync, openSync, readdirSync, readFileSync, realpathSync, statSync } = fs

/** The state of a larger file, in bytes, is its size and its times: nobody edits it by hand. */
const LARGE = 16 * 1024 * 1024

const FLAGS = fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0)

/** The state of a place where there is nothing, or nothing that can be read. */
export const absent = 'absent'

export function statOf(place: string): Stats | undefined {
  try {
    return statSync(place, { throwIfNoEntry: false })
  } catch {
    return undefined // no permission, or links in a circle
  }
}

/** A socket is no file that somebody saves: it is there while a program listens. */
export function kindOf(stat: Stats | undefined): string {
  if (!stat || stat.isSocket()) return absent
  return stat.isDirectory() ? 'folder' : 'file'
}

/** The state of a file with these bytes, which {@link readContent} returned. */
export function contentState(content: Buffer): string {
  // Not imported, because most programs never need it, and loading takes some ms.
  const { createHash } = process.getBuiltinModule('node:crypto')
  return `${content.length} ${createHash('sha1').update(content).digest('base64')}`
}

export function lengthIn(state: string): number {
  return Number.parseInt(state, 10) || 0
}

/** A file's bytes, and whether they held still meanwhile. `undefined` if there is no file that can be read. */
export function readContent(place: string): { content: Buffer; steady: boolean } | undefined {
  let fd: number
  try {
    fd = openSync(place, FLAGS)
  } catch {
    return undefined // the program gets the error when it reads the file
  }
  try {
    const before = fstatSync(fd)
    if (!before.isFile()) return undefined
    if (before.size > LARGE) {
      const { size, mtimeMs, ctimeMs, ino } = before
      return { content: Buffer.from(`${size} ${mtimeMs} ${ctimeMs} ${ino}`), steady: true }
    }
    const content = readFileSync(fd)
    const after = fstatSync(fd)
    const steady = before.mtimeMs === after.mtimeMs && before.ctimeMs === after.ctimeMs && content.length === after.size
    return { content, steady }
  } catch {
    return undefined
  } finally {
    closeSync(fd)
  }
}

/** Where links lead from a place. */
export function targetOf(place: string): string {
  try {
    return `leads to ${realpathSync.native(place)}`
  } catch {
    return absent
  }
}

/** The names in a folder, each with its kind; with `deep` also those below, except in `node_modules` and `.git`. */
export function listing(folder: string, deep: boolean): string {
  const names: string[] = []
  const todo = ['']
  for (let below = todo.pop(); below !== undefined; below = todo.pop()) {
    let entries: Dirent[]
    try {
      entries = readdirSync(join(folder, below), { withFileTypes: true })
    } catch {
      names.push(`${below}: not to be read`)
      continue
    }
    for (const entry of entries) {
      if (entry.isSocket()) continue
      const name = below === '' ? entry.name : `${below}/${entry.name}`
      names.push(entry.isDirectory() ? `${name}/` : name)
      if (deep && entry.isDirectory() && entry.name !== 'node_modules' && entry.name !== '.git') todo.push(name)
    }
  }
  const text = names.sort().join('\n')
  // Of a long list only a hash is kept: it is enough to see whether the list is the same.
  return text.length < 200 ? `names ${text}` : `names ${contentState(Buffer.from(text))}`
}
