/** Turns scenarios into tests. Each runs in a process of its own, on every version of Node. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { type NodeVersion, nodes } from '../../../../.ci/nodes.ts'

/** Runs a script. Resolves with its exit code and everything that it printed. */
export async function run(
  node: NodeVersion,
  args: readonly string[],
  options: { cwd?: string } = {},
): Promise<{ code: number | null; output: string }> {
  const child = spawn(node.binary, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', data => {
      output += data
    })
  }
  const code = await new Promise<number | null>(resolve => child.on('close', resolve))
  return { code, output }
}

export async function testScenarios(title: string, file: string): Promise<void> {
  const { scenarios } = (await import(new URL(file, import.meta.url).href)) as { scenarios: Record<string, unknown> }
  const script = fileURLToPath(new URL('run.mjs', import.meta.url))
  for (const node of nodes) {
    describe.concurrent(`${title}, on Node ${node.version}`, () => {
      for (const name of Object.keys(scenarios)) {
        it(name, { timeout: 30_000 }, async () => {
          expect(await run(node, ['--disable-warning=ExperimentalWarning', script, file, name])).toEqual({
            code: 0,
            output: '',
          })
        })
      }
    })
  }
}
