/**
 * Lets loaders that read the disk by themselves see the published bytes. For `require`, Node's default load reads the file whatever
 * source it is given; some compilers (tsx) do so for `import` too. Where memory and the disk differ, one read of that file is
 * answered from memory while such a loader runs.
 */
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { fileURLToPath } from 'node:url'

type Read = typeof fs.readFileSync

let end: (() => void) | undefined

/** Runs a loader, in which the first read of a file gives these bytes. */
export function readingFrom<T>(filename: string, content: Buffer, run: () => T): T {
  endReading()
  if (isOnDisk(filename, content)) return run()
  const ended = begin(filename, content)
  try {
    return run()
  } finally {
    ended()
  }
}

/** From here on the program's own reads get what the disk has. */
export function endReading(): void {
  end?.()
}

function begin(filename: string, content: Buffer): () => void {
  const read = fs.readFileSync
  const own = function (this: unknown, ...args: Parameters<Read>) {
    if (end !== ended || nameOf(args[0]) !== filename) return read.apply(this, args)
    ended()
    const encoding = typeof args[1] === 'string' ? args[1] : args[1]?.encoding
    return encoding ? content.toString(encoding) : Buffer.from(content)
  } as Read
  const ended = () => {
    if (end !== ended) return
    end = undefined
    // Somebody may have wrapped it in turn: then it only passes on.
    if (fs.readFileSync === own) fs.readFileSync = read
    syncBuiltinESMExports()
  }
  end = ended
  fs.readFileSync = own
  syncBuiltinESMExports()
  return ended
}

function nameOf(path: Parameters<Read>[0]): string | undefined {
  if (path instanceof URL) return fileURLToPath(path)
  return typeof path === 'string' ? path : undefined
}

export function isOnDisk(filename: string, content: Buffer): boolean {
  try {
    return fs.readFileSync(filename).equals(content)
  } catch {
    return false // it exists in memory only
  }
}
