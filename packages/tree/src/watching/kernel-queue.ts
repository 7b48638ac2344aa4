/**
 * The kernel's queue of file-system events. There is one for the whole process, and the kernel drops what does not fit into
 * it without a word. So whoever fetches many events at once must assume that some are lost.
 */
import { readFileSync } from 'node:fs'

export interface QueueReader {
  /** Events may be lost, and nobody knows whose: compare everything with the disk. */
  eventsMayBeLost(): void
}

const readers = new Set<QueueReader>()
/** How many events were fetched since they were looked at last. */
let fetched = 0

export function addReader(reader: QueueReader): void {
  readers.add(reader)
}

export function removeReader(reader: QueueReader): void {
  readers.delete(reader)
}

/** One event was fetched from the queue. */
export function eventFetched(): void {
  fetched++
}

/** All fetched events are being looked at. Tells every reader when they were so many that some may be lost. */
export function lookedAtEvents(capacity: number): void {
  if (fetched >= capacity / 2) for (const reader of readers) reader.eventsMayBeLost()
  fetched = 0
}

/** How many events the kernel keeps for a process that does not fetch them. */
export function queueCapacity(): number {
  try {
    return Number(readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8')) || 16_384
  } catch {
    // Not Linux, or no /proc: the default of Linux.
    return 16_384
  }
}
