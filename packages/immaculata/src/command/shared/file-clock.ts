/** The clock of file times. It says whether a file was saved before or after something else. */
import { closeSync, fstatSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** How far the clock of file times may lie behind, in ms, where it cannot be asked. */
const clockLag = 5

/**
 * The time, in ms since 1970, that a file would get if it was saved now. The kernel gives files the time of its last tick. That lies some
 * ms behind `Date.now()`, and on a busy machine it is not known how many. So it is read from a file that is made for this.
 */
export function fileTime(): number {
  const file = join(tmpdir(), `immaculata-${process.pid}-${process.hrtime.bigint()}`)
  try {
    const descriptor = openSync(file, 'wx')
    try {
      return fstatSync(descriptor).ctimeMs
    } finally {
      closeSync(descriptor)
      rmSync(file, { force: true })
    }
  } catch {
    return Date.now() - clockLag // nothing can be written there
  }
}
