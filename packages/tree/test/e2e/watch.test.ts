import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { nodes } from '../../../hooks/test/e2e/nodes.ts'
import { scenarios } from './scenarios.ts'

async function run(binary: string, scenario: string): Promise<{ code: number | null; output: string }> {
  const script = fileURLToPath(new URL('run.ts', import.meta.url))
  // Node 22.15 strips types only when it is told to.
  const flags = ['--experimental-strip-types', '--disable-warning=ExperimentalWarning']
  const child = spawn(binary, [...flags, script, scenario])
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

for (const { version, binary } of nodes) {
  describe(`On Node ${version}, a watching tree`, () => {
    for (const scenario of Object.keys(scenarios))
      it(scenario, { timeout: 30_000 }, async () => {
        expect(await run(binary, scenario)).toEqual({ code: 0, output: '' })
      })

    it('equals the disk after random operations', { timeout: 60_000 }, async () => {
      expect(await run(binary, 'fuzz')).toEqual({ code: 0, output: '' })
    })
  })
}
