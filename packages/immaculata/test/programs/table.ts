/**
 * Runs every program under this product, and under other tools where they are installed, and says whether each edit was answered
 * as a fresh process answers it, and whether the state of what nothing touched was kept.
 *
 *     pnpm programs [--only express,hono] [--tools immaculata,node,tsx,nodemon,bun,vite-node] [--node 24] [--write]
 */
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { nodeOfLine } from '../../../../.ci/nodes.ts'
import { peers } from '../../bench/adapter.ts'
import { installPeers } from '../../bench/peers.ts'
import { command } from '../asking.ts'
import { judge, type Tool } from './hot-and-cold.ts'
import { lifetimes } from './lifetimes.ts'
import type { Program } from './program.ts'
import { reading } from './reading.ts'
import { routers } from './routers.ts'

const results = fileURLToPath(new URL('RESULTS.md', import.meta.url))

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    tools: { type: 'string', default: 'immaculata' },
    node: { type: 'string', default: process.versions.node.split('.')[0]! },
    write: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  },
})
const { binary: node, version } = nodeOfLine(values.node)

function toolOf(name: string): Tool {
  const installed = (file: string) => {
    const path = join(peers, 'node_modules', file)
    if (!existsSync(path)) throw new Error(`${name} is not installed: there is no ${path}`)
    return path
  }
  switch (name) {
    case 'immaculata':
      return { name, node, arguments: [command] }
    case 'node':
      return { name: 'node --watch', node, arguments: ['--watch'] }
    case 'tsx':
      return { name: 'tsx watch', node, arguments: [installed('tsx/dist/cli.mjs'), 'watch'] }
    case 'nodemon':
      return { name, node, arguments: [installed('nodemon/bin/nodemon.js'), '--quiet', '--ext', '*'] }
    case 'vite-node':
      return { name: 'vite-node --watch', node, arguments: [installed('vite-node/dist/cli.mjs'), '--watch'] }
    case 'bun':
      return { name: 'bun --hot', node: installed('bun/bin/bun.exe'), arguments: ['--hot'] }
    default:
      throw new Error(`there is no tool ${name}: immaculata, node, tsx, nodemon, vite-node, bun`)
  }
}

const only = values.only.toLowerCase().split(',')
const programs: Program[] = [...routers, ...reading, ...lifetimes].filter(({ name }) =>
  only.some(part => name.toLowerCase().includes(part)),
)
const names = values.tools.split(',')
if (names.some(name => !['immaculata', 'node'].includes(name))) installPeers()
const tools = names.map(toolOf)

/** A cell of the table. A program with flags of Node cannot be run by other tools' commands in the same way. */
async function cell(program: Program, tool: Tool): Promise<string> {
  try {
    const { wrong, kept, output } = await judge(program, tool)
    if (values.verbose && wrong !== undefined) console.log(`${program.name}: ${wrong}\n${output}`)
    if (wrong !== undefined) return 'wrong'
    return kept ? 'right, state kept' : 'right, restarted'
  } catch (error) {
    console.error(`${program.name}, ${tool.name}: ${(error as Error).message}`)
    return '–'
  }
}

const rows: string[][] = []
for (const program of programs) {
  const cells: string[] = []
  for (const tool of tools) cells.push(await cell(program, tool))
  rows.push([program.name, ...cells])
  console.log([program.name, ...cells].join(' · '))
}
const count = (column: number, ...wanted: string[]) => rows.filter(row => wanted.includes(row[column]!)).length
const sums = tools.map((_, index) => {
  const right = count(index + 1, 'right, state kept', 'right, restarted')
  return `${right} of ${rows.length} right, ${count(index + 1, 'right, state kept')} with state`
})
console.log(tools.map(({ name }, index) => `${name}: ${sums[index]}`).join('\n'))

if (values.write) {
  const header = ['Program', ...tools.map(({ name }) => name)]
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const table = [line(header), line(header.map(() => '---')), ...rows.map(line), line(['**In all**', ...sums])]
  const text = `# Small programs of real packages, edited

Written by \`pnpm programs --write\` with Node ${version}. After each edit a fresh process says what is right. "State kept" means
that a module which nothing touches was evaluated once; "restarted" means that the answers are right in a new process.

${table.join('\n')}
`
  writeFileSync(results, text)
}
