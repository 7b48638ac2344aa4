/** The Node versions that everything here has to run on. They come with the repository, from the npm package `node`. */
import { join } from 'node:path'

const modules = join(import.meta.dirname, '../../../node_modules')
const binary = process.platform === 'win32' ? 'bin/node.exe' : 'bin/node'

export const nodes: [version: number, binary: string][] = [
  [22, join(modules, 'node22', binary)],
  [24, join(modules, 'node24', binary)],
  [26, join(modules, 'node', binary)],
]
