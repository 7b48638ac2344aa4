/**
 * Runs every program under this product, and under other tools where they are installed, and says whether each edit was answered
 * as a fresh process answers it, and whether the state of what nothing touched was kept.
 *
 *     pnpm programs [--only express,hono] [--tools immaculata,node,tsx,nodemon,bun,vite-node] [--node 24] [--write]
 *
 * With `--install` it brings further packages, and runs their programs as well. With `--write` a run can be made in parts: what was seen before stays, in `seen.json`, until it is tried again.
 */
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { nodeOfLine } from '../../../../.ci/nodes.ts'
import { install } from '../../bench/peers.ts'
import { judge, type Tool } from './hot-and-cold.ts'
import { lifetimes } from './lifetimes.ts'
import { morePackages } from './more-packages.ts'
import type { Program } from './program.ts'
import { reading } from './reading.ts'
import { routers } from './routers.ts'
import { type Cell, cellOf, Table, toolsOf } from './tools.ts'

const results = fileURLToPath(new URL('RESULTS.md', import.meta.url))

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    tools: { type: 'string', default: 'immaculata' },
    node: { type: 'string', default: process.versions.node.split('.')[0]! },
    write: { type: 'boolean', default: false },
    install: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  },
})
const { version } = nodeOfLine(values.node)

const only = values.only.toLowerCase().split(',')
const here = fileURLToPath(new URL('.', import.meta.url))
if (values.install) install(here, `${here}.cache`)
const programs: Program[] = [...routers, ...reading, ...lifetimes, ...(values.install ? morePackages : [])].filter(
  ({ name }) => only.some(part => name.toLowerCase().includes(part)),
)
const tools = toolsOf(values.tools.split(','), values.node)

/** A cell of the table. A program with flags of Node cannot be run by other tools' commands in the same way. */
async function cell(program: Program, tool: Tool): Promise<Cell> {
  try {
    const packages = morePackages.includes(program) ? `${here}.cache/node_modules/` : undefined
    const verdict = await judge(program, tool, packages)
    if (values.verbose && verdict.wrong !== undefined)
      console.log(`${program.name}: ${verdict.wrong}\n${verdict.output}`)
    return cellOf(verdict)
  } catch (error) {
    console.error(`${program.name}, ${tool.name}: ${(error as Error).message}`)
    return '–'
  }
}

const table = new Table(tools)
for (const program of programs) {
  const cells: Cell[] = []
  for (const tool of tools) cells.push(await cell(program, tool))
  table.add(program.name, cells)
}

if (values.write) {
  const seen = fileURLToPath(new URL('seen.json', import.meta.url))
  table.addEarlier(seen)
  table.keep(seen)
  table.write(
    results,
    `# Small programs of real packages, edited

Written by \`pnpm programs --write\` with Node ${version}. After each edit a fresh process says what is right. "State kept" means
that a module which nothing touches was evaluated once; "restarted" means that the answers are right in a new process.

Most files are saved several times, every second time by replacing the file, as many editors do: on Node 22 and 24 \`node --watch\` does not
see that a second time. nodemon is told to watch files of every extension. vite-node re-evaluates a program without closing what it had
opened: a program has to close its server itself, which these do not.`,
  )
}
table.print()
