/** Whether the last save is live: what `immaculata status` answers. Events come in, and the status after each goes out. */
import type { Event } from '../messages/events.ts'

export type State =
  /** The program's process has begun, and has not loaded its modules yet. */
  | 'starting'
  /** Everything that was saved is live. */
  | 'live'
  /** A save is being checked or evaluated. */
  | 'saving'
  /** The last save does not parse, resolve or link: the version before runs. */
  | 'held'
  /** The last version threw while it was evaluated, or crashed later. */
  | 'failed'
  /** The process ends, and another one is started. */
  | 'restarting'
  /** The program has ended by itself, and waits for a save. */
  | 'ended'

export interface Status {
  readonly state: State
  /** Does everything that was saved run? Also true when it has come to its end with code 0. */
  readonly live: boolean
  /** The file of the entry point, as it was given. */
  readonly entry: string
  /** The folder that is watched. */
  readonly root: string
  /** The folder that the command was started in. */
  readonly cwd: string
  /** The process of the command, and that of the program if it runs. */
  readonly command: number
  readonly pid?: number
  /** The event that this status comes from: the error is in it. */
  readonly last?: Event
}

export type Known = Omit<Status, 'live'>

/** The status after an event. */
export function after(status: Known, event: Event): Known {
  const next = { ...status, last: event, pid: event.pid }
  switch (event.event) {
    case 'started':
      // What was saved meanwhile is still looked at.
      return status.state === 'starting' || status.state === 'restarting' ? { ...next, state: 'live' } : status
    case 'saved':
      return { ...next, state: 'saving' }
    case 'ended': {
      const { pid: _, ...ended } = next
      // Why it has ended says more than that it has.
      return status.last?.event === 'failed' && status.last.pid === event.pid
        ? { ...ended, state: 'failed', last: status.last }
        : { ...ended, state: 'ended' }
    }
    default:
      return { ...next, state: event.event }
  }
}

/** Is it known what became of the last save? */
export function isDecided({ state }: Known): boolean {
  return state === 'live' || state === 'held' || state === 'failed' || state === 'ended'
}

export function isLive({ state, last }: Known): boolean {
  return state === 'live' || (state === 'ended' && last?.event === 'ended' && last.code === 0)
}
