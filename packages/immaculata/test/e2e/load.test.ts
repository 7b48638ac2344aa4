import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const script = fileURLToPath(new URL('../load/load.ts', import.meta.url))

it('loses no request, no connection and no resource while the examples are edited under load', async () => {
  const args = [script, '--seconds', '5', '--saves', '15', '--connections', '20', '--nodes', '24']
  // Rejects, with the table in its message, if there is anything but zeros in it.
  const { stdout } = await promisify(execFile)(process.execPath, args)
  for (const example of ['node-http', 'express', 'fastify', 'hono']) expect(stdout).toContain(`'${example}'`)
}, 120_000)
