/**
 * An evaluation threw. The failure comes in; whether a fresh process would throw as well comes out, so that what only stands in the
 * way of a second evaluation is not taken for the program's error. The invariant: the process that is asked touches nothing of the
 * one that is hot, and no state is given up before it has answered.
 */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { channelFd } from '../shared/channel.ts'

/** In ms. A program that takes longer to start than this is taken to throw: its state is kept. */
const patience = 10_000

/** Whether a fresh process of this program throws, or ends with an error. */
export function freshProcessThrows(entry: string): Promise<boolean> {
  const trial = fileURLToPath(new URL('./trial.cjs', import.meta.url))
  const stdio: StdioOptions = [...new Array<'ignore'>(channelFd).fill('ignore'), 'pipe']
  let child: ChildProcess
  try {
    child = spawn(process.execPath, ['--require', trial, ...process.execArgv, entry, ...process.argv.slice(2)], {
      stdio,
    })
  } catch {
    return Promise.resolve(true)
  }
  return new Promise(resolve => {
    const decide = (throws: boolean) => {
      clearTimeout(timer)
      resolve(throws)
      child.kill('SIGKILL')
    }
    const timer = setTimeout(() => decide(true), patience)
    const channel = (child.stdio as unknown as (Readable | undefined)[])[channelFd]
    channel?.setEncoding('utf8')
    channel?.once('data', (verdict: string) => decide(!verdict.startsWith('runs')))
    channel?.on('error', () => {})
    child.on('error', () => decide(true))
    child.on('exit', code => decide(code !== 0))
  })
}
