/** What happens to a program, for other programs that watch it: each event is one line of JSON. */
import type { Change } from '@hot/tree'

/** Part of each event. */
interface Happened {
  /** When it happened, as an ISO 8601 date. */
  readonly time: string
  /** The process of the program. */
  readonly pid: number
}

/** The program runs: its first evaluation has come to its end. Also after a restart. */
export interface Started extends Happened {
  readonly event: 'started'
  /** The version of immaculata. */
  readonly version: string
  /** The file of the entry point. */
  readonly entry: string
  /** The folder that is watched. */
  readonly root: string
  /** How many modules of the folder are loaded. */
  readonly modules: number
  /** In ms, since the start of the process. */
  readonly duration: number
  /** The compiler that was chosen for the program, if any. */
  readonly compiler?: string
}

/** Files were saved. What becomes of it is told by a later event. */
export interface Saved extends Happened {
  readonly event: 'saved'
  /** Each path begins with a slash, and is relative to the root. */
  readonly files: readonly Change[]
}

/** The save does not parse, resolve or link: the version before keeps running. */
export interface Held extends Happened {
  readonly event: 'held'
  readonly files: readonly Change[]
  /** In ms, since the save was noticed. */
  readonly duration: number
  readonly error: ErrorReport
}

/** The save is live. */
export interface Live extends Happened {
  readonly event: 'live'
  readonly files: readonly Change[]
  /** The modules that were re-evaluated: paths relative to the root. None if nothing that runs imports the files. */
  readonly modules: readonly string[]
  /** How many modules are loaded. */
  readonly of: number
  /** In ms, since the save was noticed. */
  readonly duration: number
  /** Why more was re-evaluated than what imports the files. */
  readonly why?: string
}

/** An evaluation threw, at a save or at the start, or the program crashed later. */
export interface Failed extends Happened {
  readonly event: 'failed'
  /** What was saved; nothing at the start, and for a later crash. */
  readonly files: readonly Change[]
  /** What the save re-evaluates: paths relative to the root. */
  readonly modules: readonly string[]
  /** In ms, since the save was noticed. */
  readonly duration: number
  readonly error: ErrorReport
}

/** The program's process ends, and another one is started. */
export interface Restarting extends Happened {
  readonly event: 'restarting'
  readonly reason: string
}

/** The program's process has ended. */
export interface Ended extends Happened {
  readonly event: 'ended'
  readonly code: number | null
  readonly signal: string | null
  /** Does the next save start it again? If not, the command ends as well. */
  readonly waits: boolean
}

export type Event = Started | Saved | Held | Live | Failed | Restarting | Ended

/** An error, and where it was raised. */
export interface ErrorReport {
  readonly name: string
  readonly message: string
  readonly code?: string
  readonly file?: string
  /** Line and column are counted from 1. */
  readonly line?: number
  readonly column?: number
  /** The line itself, with a caret under the column. */
  readonly frame?: string
  /** The calls of the program and its packages. */
  readonly stack?: string
  /** What to do about it, in one line. */
  readonly remedy?: string
  readonly cause?: ErrorReport
  /** Those of an `AggregateError`. */
  readonly errors?: readonly ErrorReport[]
}

/** An event without what is the same for all of them. */
export type Plain = Event extends infer Each ? (Each extends Event ? Omit<Each, keyof Happened> : never) : never

/** The process of the program adds when it happened. */
export function happened(event: Plain, pid: number | undefined = process.pid): Event {
  return { ...event, time: new Date().toISOString(), pid } as Event
}
