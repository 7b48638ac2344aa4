import { spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { nodes, typeScript } from '../../../../.ci/nodes.ts'
import { scenarios } from './scenarios.ts'

const script = fileURLToPath(new URL('run.ts', import.meta.url))
// Node 24 and 26 keep the sources without their types here. Removing types takes most of the time of a short scenario.
const env = { ...process.env, NODE_COMPILE_CACHE: fs.mkdtempSync(path.join(os.tmpdir(), 'tree-compiled-')) }
afterAll(() => fs.rmSync(env.NODE_COMPILE_CACHE, { recursive: true }))

async function run(node: string, scenario: string): Promise<{ code: number | null; output: string }> {
  const child = spawn(node, [...typeScript, script, scenario], { env })
  let output = ''
  child.stdout.on('data', data => {
    output += data
  })
  child.stderr.on('data', data => {
    output += data
  })
  const code = await new Promise<number | null>(resolve => child.on('close', resolve))
  return { code, output }
}

// The process of a scenario waits more than it works, so several run at a time.
for (const { version, binary } of nodes) {
  describe.concurrent(`On Node ${version}, a watching tree`, () => {
    for (const scenario of Object.keys(scenarios))
      it(scenario, { timeout: 60_000 }, async () => {
        expect(await run(binary, scenario)).toEqual({ code: 0, output: '' })
      })

    // `HOT_FUZZ=long`: many more operations, and different ones each time.
    it('equals the disk after random operations', { timeout: 1_200_000 }, async () => {
      expect(await run(binary, 'fuzz')).toEqual({ code: 0, output: '' })
    })
  })
}
