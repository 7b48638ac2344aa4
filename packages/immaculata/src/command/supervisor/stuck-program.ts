/**
 * Tells an endless loop from a slow evaluation. Beats of the program come in while it is evaluated; what goes out is that it is stuck, so
 * that a save which it cannot see starts it anew. The invariant: a program that may still come to its end is left alone.
 *
 * Silence alone proves nothing. It is stuck when another save came, and it has been silent for much longer than it ever was before a
 * beat (a program that starts slowly may be slow at each save). A program that reads, waits for a child, or takes memory while it is
 * silent gets more time; an endless loop mostly does nothing of that. Only Linux tells it.
 */
import { readFileSync } from 'node:fs'
import { fileTime } from '../shared/file-clock.ts'
import { loadWhole } from '../shared/whole.ts'
import type { SaveWatch, Waiting } from './save-watch.ts'

/** So many ms of silence are usual. */
const usual = 3_000

/** For so many ms, a program that seems to get on is left alone, and one of which that cannot be told. */
const gettingOn = 30_000
const unknown = 10_000

/** How much longer than ever before a silence has to be. */
const longer = 3

/** How often a silent program is looked at, in ms. */
const lookAgain = 500

/** An endless loop that makes garbage causes fewer page faults than this between two looks. */
const faultsOfGarbage = 64

/** What the kernel knows of a program's main thread. */
interface Progress {
  /** It waits, for a child say. */
  readonly waits: boolean
  /** How often it got memory, and how often it read or wrote. */
  readonly faults: number
  readonly calls: number
}

export class StuckProgram {
  readonly #isStuck: () => void
  #pid: number | undefined
  #last = 0
  #timer: NodeJS.Timeout | undefined
  #saves: SaveWatch | undefined

  /** Calls `isStuck` when something was saved, and the program will not see it. */
  constructor(isStuck: () => void) {
    this.#isStuck = isStuck
  }

  /** The program is being evaluated, and has just answered. */
  expectBeat(waiting: Omit<Waiting, 'since'>, pid: number | undefined): void {
    const now = performance.now()
    if (this.#last > 0) longest = Math.max(longest, now - this.#last)
    this.#end()
    this.#last = now
    this.#pid = pid
    const since = fileTime()
    this.#timer = setTimeout(() => this.#waitForSave({ ...waiting, since }), usual)
  }

  /** The evaluation is over. */
  idle(): void {
    if (this.#last > 0) longest = Math.max(longest, performance.now() - this.#last)
    this.#end()
    this.#last = 0
  }

  /** The program has ended: what it did last was no silence. */
  end(): void {
    this.#end()
    this.#last = 0
  }

  #end(): void {
    clearTimeout(this.#timer)
    this.#saves?.end()
    this.#saves = undefined
  }

  #waitForSave(waiting: Waiting): void {
    const { SaveWatch } = loadWhole() as typeof import('./save-watch.ts')
    this.#saves = new SaveWatch(waiting, () => this.#look(progressOf(this.#pid)))
  }

  #look(before: Progress | undefined): void {
    this.#timer = setTimeout(() => {
      const now = progressOf(this.#pid)
      const needed = !now || !before ? unknown : getsOn(before, now) ? gettingOn : usual
      if (performance.now() - this.#last > Math.max(needed, longest * longer)) this.#isStuck()
      else this.#look(now)
    }, lookAgain)
  }
}

/** The longest silence that any process of this program has broken, in ms. */
let longest = 0

function getsOn(before: Progress, now: Progress): boolean {
  return now.waits || now.faults - before.faults > faultsOfGarbage || now.calls !== before.calls
}

function progressOf(pid: number | undefined): Progress | undefined {
  const read = (file: string) => readFileSync(`/proc/${pid}/task/${pid}/${file}`, 'utf8')
  try {
    const fields = read('stat')
      .replace(/^.*\) /s, '')
      .split(' ')
    const calls = [...read('io').matchAll(/^sysc[rw]: (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0)
    return { waits: fields[0] !== 'R', faults: Number(fields[7]) + Number(fields[9]), calls }
  } catch {
    return undefined // another system, or it has just ended
  }
}
