/** Runs one of Node's test files in a process of its own, as Node's runner does. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { TestFile } from './test-files.ts'

export interface Result {
  readonly passed: boolean
  /** The end of what it printed, with how it ended. */
  readonly output: string
}

export interface Way {
  readonly node: string
  /** Node's `test` folder. */
  readonly test: string
  /** What is put in front of the test's own flags. */
  readonly preload: readonly string[]
  /** In ms. */
  readonly patience: number
  /** Tests with different numbers may run at the same time. */
  readonly slot: number
}

const keptOutput = 6_000

export function runTest({ name, flags, env }: TestFile, { node, test, preload, patience, slot }: Way): Promise<Result> {
  return new Promise(resolve => {
    const own = {
      TEST_THREAD_ID: String(slot),
      TEST_SERIAL_ID: String(slot),
      NODE_TEST_CONTEXT: undefined,
      NODE_OPTIONS: '',
    }
    const child = spawn(node, [...preload, ...flags, join(test, name)], {
      cwd: test,
      env: { ...process.env, FORCE_COLOR: undefined, NO_COLOR: undefined, NODE_DISABLE_COLORS: '1', ...own, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
    })
    let output = ''
    const take = (text: string) => {
      output = (output + text).slice(-keptOutput)
    }
    child.stdout.setEncoding('utf8').on('data', take)
    child.stderr.setEncoding('utf8').on('data', take)
    let tooLong = false
    const end = () => {
      // With all that it started.
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
      } catch {
        child.kill('SIGKILL')
      }
    }
    const timer = setTimeout(() => {
      tooLong = true
      end()
    }, patience)
    child.on('exit', (code, signal) => {
      clearTimeout(timer)
      setImmediate(() => {
        end()
        resolve({
          passed: code === 0 && !tooLong,
          output: `${output}\n[${tooLong ? `not over after ${patience} ms` : `ended with ${signal ?? code}`}]`,
        })
      })
    })
  })
}
