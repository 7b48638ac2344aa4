import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { nodes } from '../../site/test/nodes.ts'

const main = join(import.meta.dirname, '../main.js')

test.each(nodes)('evaluates what an edit made stale on Node %s, and ends', async (_, node) => {
  const { stdout, stderr } = await promisify(execFile)(node, [main])
  expect(stderr).toBe('')
  expect(stdout.split('\n')).toEqual([
    'Hello, Node!',
    'stale: /greeting.js because of /name.js → /greeting.js',
    'stale: /name.js because of /name.js',
    'Hello, hot Node!',
    '',
  ])
})
