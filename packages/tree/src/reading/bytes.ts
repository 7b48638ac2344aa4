/** Reads the bytes of one file, with few calls and few copies. Every path here is a name on the disk, not a path of the tree. */
import * as fs from 'node:fs'
import { isAbsence } from './disk-errors.ts'

/** Node cannot read more into one buffer with one call (2 GiB - 1 byte, on 22, 24 and 26). */
const LARGEST = 2 ** 31 - 1

/** Without `O_NONBLOCK`, opening a fifo would block for ever. Windows has neither fifos nor the flag. */
const FLAGS = fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0)

/** Most files fit into this buffer, so that their size need not be asked for before they are read. */
const shared = Buffer.allocUnsafeSlow(128 * 1024)

/** The size of a slab, in bytes: see {@link readIntoSlab}. */
const SLAB = 512 * 1024
/** A file is read into the current slab when that has so many bytes left. What turns out larger takes more than one call. */
const LEAST_ROOM = 32 * 1024
let slab = Buffer.allocUnsafeSlow(0)
let used = 0

/** One attempt at a file's bytes. `steady`: nobody changed the file while it was read. `undefined`: there is no file. */
export type Reading = { content: Buffer; steady: boolean } | undefined

/**
 * The bytes of a file, read once. Throws what `fs` throws, and a `RangeError` for more than 2 GiB.
 *
 * Reads into what is left of a slab, and leaves the bytes there, so that loading thousands of files copies none. A slab
 * lives as long as any file in it, as Node's own pool of small buffers does. All slabs together are no larger than what
 * was loaded.
 */
export function readIntoSlab(diskPath: string): Buffer {
  const fd = fs.openSync(diskPath, FLAGS)
  try {
    if (slab.length - used < LEAST_ROOM) {
      slab = Buffer.allocUnsafeSlow(SLAB)
      used = 0
    }
    const room = slab.length - used
    const length = fs.readSync(fd, slab, used, room, null)
    if (length === room) return readRest(fd, diskPath, Buffer.from(slab.subarray(used)))
    used += length
    return slab.subarray(used - length, used)
  } finally {
    fs.closeSync(fd)
  }
}

/** The bytes of a file, and whether they held still meanwhile. Throws what `fs` throws, but not for a file that is gone. */
export function readSteadily(diskPath: string): Reading {
  let fd: number
  try {
    fd = fs.openSync(diskPath, FLAGS)
  } catch (error) {
    if (isAbsence(error)) return undefined
    throw error
  }
  try {
    const before = fs.fstatSync(fd)
    if (!before.isFile()) return undefined
    const content = readAll(fd, diskPath)
    const after = fs.fstatSync(fd)
    const steady =
      before.size === after.size &&
      before.mtimeMs === after.mtimeMs &&
      before.ctimeMs === after.ctimeMs &&
      content.length === after.size
    return { content, steady }
  } finally {
    fs.closeSync(fd)
  }
}

/** Has a file exactly these bytes? `false` for a file that cannot be read. */
export function hasBytes(diskPath: string, content: Buffer): boolean {
  try {
    const fd = fs.openSync(diskPath, FLAGS)
    try {
      if (content.length >= shared.length) return readAll(fd, diskPath).equals(content)
      const length = fs.readSync(fd, shared, 0, shared.length, null)
      return length === content.length && content.equals(shared.subarray(0, length))
    } finally {
      fs.closeSync(fd)
    }
  } catch {
    // The caller reads the file next, and reports the error.
    return false
  }
}

function readAll(fd: number, diskPath: string): Buffer {
  const first = fs.readSync(fd, shared, 0, shared.length, null)
  if (first < shared.length) return Buffer.from(shared.subarray(0, first))
  return readRest(fd, diskPath, Buffer.from(shared))
}

function readRest(fd: number, diskPath: string, first: Buffer): Buffer {
  const { size } = fs.fstatSync(fd)
  if (size > LARGEST)
    throw new RangeError(`${diskPath} is larger than the 2 GiB Node can read at once (${size} bytes): exclude it`)
  const parts = [first]
  for (let rest = size - first.length; ; rest = 0) {
    // One byte more than is expected, so that the end shows without another call.
    const part = Buffer.allocUnsafeSlow(Math.max(rest, 0) + 1)
    const length = fs.readSync(fd, part, 0, part.length, null)
    if (length === 0) return parts.length === 1 ? parts[0]! : Buffer.concat(parts)
    parts.push(part.subarray(0, length))
  }
}
