import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { nodes, typeScript } from '../../../../.ci/nodes.ts'
import { chains } from './chains.ts'
import { endings } from './endings.ts'
import { environment, workingFolder } from './environment.ts'
import { evaluations } from './evaluations.ts'
import { listeners } from './listeners.ts'
import { listening } from './listening.ts'
import { openings } from './openings.ts'
import { servers } from './servers.ts'
import { successions } from './successions.ts'

const script = fileURLToPath(new URL('run.ts', import.meta.url))

async function run(node: string, scenario: string): Promise<{ code: number | null; output: string }> {
  const child = spawn(node, [...typeScript, script, scenario])
  let output = ''
  const collect = (data: Buffer) => {
    output += data
  }
  child.stdout.on('data', collect)
  child.stderr.on('data', collect)
  const code = await new Promise<number | null>(resolve => child.on('close', resolve))
  return { code, output }
}

const groups = {
  'What is opened': evaluations,
  'What a module opened': openings,
  'What a replaced module was doing': chains,
  'What is ended': endings,
  'A listener': listeners,
  'A variable of the environment': environment,
  'The working folder': workingFolder,
  'Who listens': listening,
  'A server': servers,
  'A socket': successions,
}

for (const { version, binary } of nodes) {
  for (const [group, scenarios] of Object.entries(groups)) {
    describe.concurrent(`${group}, on Node ${version}`, () => {
      for (const scenario of Object.keys(scenarios))
        it(scenario, { timeout: 60_000 }, async () => {
          expect(await run(binary, scenario)).toEqual({ code: 0, output: '' })
        })
    })
  }
}
