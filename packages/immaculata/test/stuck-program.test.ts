import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it, vi } from 'vitest'
import { SaveWatch } from '../src/command/supervisor/save-watch.ts'
import { StuckProgram } from '../src/command/supervisor/stuck-program.ts'

// The command loads it from what was built.
vi.mock('../src/command/shared/whole.ts', () => ({ loadWhole: () => ({ SaveWatch }) }))

const children: ChildProcess[] = []

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

/** Is a silent program that runs this code taken to be stuck within so many ms, though something was saved at once? */
function isStuck(code: string, within: number): Promise<boolean> {
  const root = mkdtempSync(join(tmpdir(), 'stuck-'))
  const entry = join(root, 'main.js')
  writeFileSync(entry, '')
  const child = spawn(process.execPath, ['-e', code], { stdio: 'ignore' })
  children.push(child)
  return new Promise(resolve => {
    const decide = (stuck: boolean) => {
      clearTimeout(timer)
      program.end()
      rmSync(root, { recursive: true })
      resolve(stuck)
    }
    const program = new StuckProgram(() => decide(true))
    const timer = setTimeout(() => decide(false), within)
    program.expectBeat({ root, entry }, child.pid)
    writeFileSync(entry, 'saved')
  })
}

it.runIf(process.platform === 'linux')(
  'an endless loop is stuck when a save came; what reads, waits or takes memory is not',
  async () => {
    const within = 6_000
    const loop = isStuck('for (;;);', 25_000)
    const others = [
      `const fs = require('fs'); for (;;) fs.readFileSync("/proc/self/stat")`,
      `require('child_process').spawnSync(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)'], { timeout: 20_000 })`,
    ].map(code => isStuck(code, within))
    expect(await loop).toBe(true)
    expect(await Promise.all(others)).toEqual([false, false])
  },
  40_000,
)
