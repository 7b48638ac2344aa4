import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { nodes, typeScript } from '../../../../.ci/nodes.ts'

const script = fileURLToPath(new URL('../load/load.ts', import.meta.url))

it('no request, connection or resource is lost while the examples are edited under load', async () => {
  // One of them will do here: `pnpm load` goes through all.
  const { version } = nodes[Math.floor(nodes.length / 2)]!
  const line = version.slice(1, version.indexOf('.'))
  const args = [...typeScript, script, '--seconds', '5', '--saves', '15', '--connections', '20', '--nodes', line]
  // Rejects, with the table in its message, if there is anything but zeros in it.
  const { stdout } = await promisify(execFile)(process.execPath, args)
  for (const example of ['node-http', 'express', 'fastify', 'hono']) expect(stdout).toContain(`'${example}'`)
}, 120_000)
