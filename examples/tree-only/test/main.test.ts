import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { nodes } from '../../site/test/nodes.ts'

const main = join(import.meta.dirname, '../main.js')

test.each(nodes)('reads, writes, lists and watches a folder on Node %s, and ends', async (_, node) => {
  const { stdout, stderr } = await promisify(execFile)(node, [main])
  expect(stderr).toBe('')
  expect(stdout.split('\n')).toEqual([
    'read: The fog comes',
    "list: [ 'drafts', 'poem.txt' ]",
    "glob: [ '/drafts/poem.txt', '/poem.txt' ]",
    'changed: /poem.txt → It sits looking',
    "copied: [ '/drafts/poem.txt', '/poem.txt' ]",
    '',
  ])
})
