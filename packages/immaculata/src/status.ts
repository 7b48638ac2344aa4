/**
 * Whether the last save is live, for editors, test runners and coding agents: the status of the program that runs in a folder, and its
 * events.
 */
import type { Event } from './command/messages/events.ts'
import type { Status } from './command/shared/status.ts'
import { eventsOf, programsIn, type RunningProgram, statusOf } from './command/status/running-programs.ts'

export type {
  Ended,
  ErrorReport,
  Event,
  Failed,
  Held,
  Live,
  Restarting,
  Saved,
  Started,
} from './command/messages/events.ts'
export type { State, Status } from './command/shared/status.ts'

export interface Which {
  /** The entry point, as it was given to the command, if several programs run in the folder. */
  readonly entry?: string
}

/**
 * The status of the program that runs in a folder, when everything that was saved before the call was noticed. With `wait`, when it is
 * known what became of it. Throws if no program runs there, or several do and `entry` names none of them.
 */
export async function status(folder: string, options: Which & { readonly wait?: boolean } = {}): Promise<Status> {
  return statusOf(await only(folder, options), options.wait ?? false)
}

/** The events of the program that runs in a folder, from now on until its command ends. Throws as `status` does. */
export async function* events(folder: string, options: Which = {}): AsyncGenerator<Event, void> {
  yield* eventsOf(await only(folder, options))
}

async function only(folder: string, { entry }: Which): Promise<RunningProgram> {
  const all = await programsIn(folder)
  const running = entry === undefined ? all : all.filter(({ status }) => status.entry === entry)
  if (running.length === 1) return running[0]!
  if (running.length === 0) throw new Error(`No program runs in ${folder}`)
  const names = running.map(({ status }) => status.entry).join(', ')
  throw new Error(`Several programs run in ${folder} (${names}): say which one with "entry"`)
}
