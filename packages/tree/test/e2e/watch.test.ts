import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { scenarios } from './scenarios.ts'

const modules = new URL('../../../../node_modules/', import.meta.url)
const nodes = { 22: 'node22', 24: 'node24', 26: 'node' }

async function run(node: string, scenario: string): Promise<{ code: number | null; output: string }> {
  const binary = fileURLToPath(new URL(`${node}/bin/node`, modules))
  const script = fileURLToPath(new URL('run.ts', import.meta.url))
  const child = spawn(binary, ['--disable-warning=ExperimentalWarning', script, scenario])
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

for (const [version, node] of Object.entries(nodes)) {
  describe(`On Node ${version}, a watching tree`, () => {
    for (const scenario of Object.keys(scenarios))
      it(scenario, { timeout: 30_000 }, async () => {
        expect(await run(node, scenario)).toEqual({ code: 0, output: '' })
      })

    it('equals the disk after random operations', { timeout: 60_000 }, async () => {
      expect(await run(node, 'fuzz')).toEqual({ code: 0, output: '' })
    })
  })
}
