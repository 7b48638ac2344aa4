/** `immaculata status`: says whether the last save is live in the program that runs in this folder. The exit code says it, too. */
import { relative } from 'node:path'
import { summary } from '../messages/changes.ts'
import type { ErrorReport, Event } from '../messages/events.ts'
import type { Status } from '../shared/status.ts'
import { isDecided } from '../shared/status.ts'
import { programsIn, statusOf } from './running-programs.ts'

/** What the exit codes mean. */
export const codes = { live: 0, notLive: 1, notYetKnown: 2, noProgram: 3, several: 4 } as const

export interface Wanted {
  readonly wait: boolean
  readonly json: boolean
  /** The entry point, or the process of the command, if several programs run in the folder. */
  readonly entry: string | undefined
}

/** Prints the answer. Returns the exit code. */
export async function sayStatus({ wait, json, entry }: Wanted, folder = process.cwd()): Promise<number> {
  const all = await programsIn(folder)
  const running =
    entry === undefined ? all : all.filter(({ status }) => status.entry === entry || String(status.command) === entry)
  const [program, ...others] = running
  if (!program) {
    const names = all.map(({ status }) => status.entry).join(', ')
    return say(
      json,
      { state: 'none' },
      names === '' ? noProgram : `${entry} does not run here, but ${names} does`,
      codes.noProgram,
    )
  }
  if (others.length > 0) {
    const programs = running.map(({ status }) => status)
    const lines = programs.map(
      status => `  ${status.entry} (process ${status.command}): ${inWords(status).split('\n')[0]}`,
    )
    const text = `Several programs run in this folder. Say which one, by its entry or its process: immaculata status ENTRY\n${lines.join('\n')}`
    return say(json, { state: 'several', programs }, text, codes.several)
  }
  const status = await statusOf(program, wait)
  return say(
    json,
    status,
    inWords(status),
    status.live ? codes.live : isDecided(status) ? codes.notLive : codes.notYetKnown,
  )
}

const noProgram = 'no program runs in this folder: start one with immaculata'

function say(json: boolean, value: unknown, text: string, code: number): number {
  console.log(json ? JSON.stringify(value) : text)
  return code
}

/** A status for people. */
export function inWords({ state, last, entry }: Status): string {
  const saved = last && 'files' in last && last.files.length > 0 ? `${summary(last.files)}` : entry
  switch (state) {
    case 'starting':
      return `not live yet: ${entry} is starting`
    case 'saving':
      return `not live yet: ${saved} · being evaluated`
    case 'restarting':
      return `not live yet: restarting (${(last as Event & { reason: string }).reason})`
    case 'held':
      return `not live: ${saved} · kept the old version running\n${errorOf(last)}`
    case 'failed':
      return `not live: ${saved} ${saved === entry ? 'crashed' : '· failed'}\n${errorOf(last)}`
    case 'ended':
      return last?.event === 'ended' && last.code !== 0
        ? `not live: ${entry} ended ${last.signal === null ? `with code ${last.code}` : `by ${last.signal}`}`
        : `live: ${entry} has run to its end`
    default:
      return `live: ${last?.event === 'live' ? liveInWords(last) : `${entry} runs, and nothing was saved since it started`}`
  }
}

function liveInWords({ files, modules, of, time }: Extract<Event, { event: 'live' }>): string {
  const what = files.length === 0 ? 'invalidated' : summary(files)
  const count =
    modules.length === 0 ? 'nothing that runs imports it' : `${modules.length} of ${of} modules re-evaluated`
  return `${what} · ${count} · ${ago(time)}`
}

function ago(time: string): string {
  const seconds = Math.max(0, Math.round((Date.now() - Date.parse(time)) / 1000))
  return seconds < 120 ? `${seconds} s ago` : `${Math.round(seconds / 60)} min ago`
}

function errorOf(last: Event | undefined): string {
  return last && 'error' in last ? described(last.error) : ''
}

function described({ file, line, column, frame, name, message, stack, remedy, cause, errors }: ErrorReport): string {
  const place = file && [relative(process.cwd(), file), line, column].filter(part => part !== undefined).join(':')
  const more = [...(cause ? [`Caused by: ${described(cause)}`] : []), ...(errors?.map(described) ?? [])]
  return [place, frame?.replace(/^/gm, '    '), `${name}: ${message}`, stack, remedy && `→ ${remedy}`, ...more]
    .filter(part => part)
    .join('\n')
}
