/**
 * The Node versions that everything here must run on. They come with the repository, from the npm package `node`.
 * `HOT_TEST_NODES` names others: paths with commas in between.
 */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

const modules = join(import.meta.dirname, '../../../node_modules')
const binary = process.platform === 'win32' ? 'bin/node.exe' : 'bin/node'

const installed = ['node22', 'node24', 'node'].map(name => join(modules, name, binary))
const chosen = process.env.HOT_TEST_NODES?.split(',') ?? installed

export const nodes: [version: string, binary: string][] = chosen.map(node => [
  execFileSync(node, ['--version'], { encoding: 'utf8' }).trim(),
  node,
])
