/** The state of a place in a short text: equal texts, equal states. */
import type { Dirent, Stats } from 'node:fs'
import * as fs from 'node:fs'
import { join } from 'node:path'

// Taken before anybody replaces them: what is read here is read on nobody's behalf.
const { closeSync, fstatSync, openSync, readdirSync, readFileSync, realpathSync, statSync } = fs

/** A file with more bytes than this is told by its size and its times: nobody edits it by hand. */
const LARGE = 16 * 1024 * 1024

const FLAGS = fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0)

/** The state of a place where nothing is, or nothing that may be looked at. */
export const absent = 'absent'

export function statOf(place: string): Stats | undefined {
  try {
    return statSync(place, { throwIfNoEntry: false })
  } catch {
    return undefined // no permission, or links in a circle
  }
}

export function kindOf(stat: Stats | undefined): string {
  if (!stat) return absent
  return stat.isDirectory() ? 'folder' : 'file'
}

/** Of bytes that {@link readContent} gave. */
export function contentState(content: Buffer): string {
  // Not imported: most programs never need it, and it takes some ms to load.
  const { createHash } = process.getBuiltinModule('node:crypto')
  return `${content.length} ${createHash('sha1').update(content).digest('base64')}`
}

export function lengthIn(state: string): number {
  return Number.parseInt(state, 10) || 0
}

/** A file's bytes, and whether they held still meanwhile. `undefined` where there is no file, or none that may be read. */
export function readContent(place: string): { content: Buffer; steady: boolean } | undefined {
  let fd: number
  try {
    fd = openSync(place, FLAGS)
  } catch {
    return undefined // the program is told why when it reads it
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

/** Where a place really is. */
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
      const name = below === '' ? entry.name : `${below}/${entry.name}`
      names.push(entry.isDirectory() ? `${name}/` : name)
      if (deep && entry.isDirectory() && entry.name !== 'node_modules' && entry.name !== '.git') todo.push(name)
    }
  }
  const text = names.sort().join('\n')
  // What was in a long list does not matter, only whether it is the same.
  return text.length < 200 ? `names ${text}` : `names ${contentState(Buffer.from(text))}`
}
