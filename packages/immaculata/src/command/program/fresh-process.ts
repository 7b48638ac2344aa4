/**
 * Asks a fresh process, when an evaluation threw or left a port unserved. The entry point comes in; what becomes of a fresh process
 * goes out. So an error that only comes from something an old version left is not taken for an error of the program. The invariant: the
 * fresh process touches nothing of the hot one, and no state is given up before it has answered.
 */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { channelFd } from '../shared/channel.ts'
import { listen } from './hidden-listeners.ts'
import { startOwn } from './worker-files.ts'

/** Taken before the program may replace them. */
const { setTimeout, clearTimeout } = globalThis

/** If a program takes more ms to start, it counts as one that throws: its state is kept. */
const patience = 10_000

/** What becomes of a fresh process: a server of it listens, it runs or ends without a server, or it ends with an error. */
export type Fresh = 'listens' | 'runs' | 'throws'

/** The fresh processes that are running, with what resolves when each has ended. */
const running = new Map<ChildProcess, Promise<unknown>>()

/** Ends the fresh processes whose fate is not known yet; resolves when they are gone. */
export async function endTrials(): Promise<void> {
  for (const child of running.keys()) child.kill('SIGKILL')
  await Promise.all(running.values())
}

/** Starts a fresh process of this program, waits until its fate is known, and ends it. */
export function tryFreshProcess(entry: string): Promise<Fresh> {
  const trial = fileURLToPath(new URL('./trial.cjs', import.meta.url))
  const stdio: StdioOptions = [...new Array<'ignore'>(channelFd).fill('ignore'), 'pipe']
  let child: ChildProcess
  try {
    child = startOwn(() =>
      spawn(process.execPath, ['--require', trial, ...process.execArgv, entry, ...process.argv.slice(2)], { stdio }),
    )
  } catch {
    return Promise.resolve('throws')
  }
  const ended = new Promise(resolve => child.once('close', resolve).once('error', resolve)).finally(() =>
    running.delete(child),
  )
  running.set(child, ended)
  return new Promise(resolve => {
    const stopListening = listen('exit', () => child.kill('SIGKILL'))
    const decide = (fresh: Fresh) => {
      clearTimeout(timer)
      stopListening()
      resolve(fresh)
      child.kill('SIGKILL')
    }
    const timer = setTimeout(() => decide('throws'), patience)
    const channel = (child.stdio as unknown as (Readable | undefined)[])[channelFd]
    channel?.setEncoding('utf8')
    channel?.once('data', (verdict: string) =>
      decide((/^(?:listens|runs)/.exec(verdict)?.[0] as Fresh | undefined) ?? 'throws'),
    )
    channel?.on('error', () => {})
    child.on('error', () => decide('throws'))
    child.on('exit', code => decide(code === 0 ? 'runs' : 'throws'))
  })
}
