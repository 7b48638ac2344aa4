/**
 * Runs clients of databases, queues and brokers against real servers, edits them, and says whether each edit was answered as a
 * fresh process answers it: with the same words, and with as many connections as the server counts.
 *
 *     pnpm test:backends [--install] [--only pg,bullmq] [--tools immaculata,node,tsx] [--node 22,24,26] [--write]
 *
 * The servers' addresses are in the environment: PG, REDIS, AMQP, NATS, MQTT, MYSQL. With `--install`, as root on Debian, the missing ones
 * are installed and started on loopback. A program whose server is not there is skipped, and named.
 */
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { nodeOfLine } from '../../../../.ci/nodes.ts'
import { install } from '../../bench/peers.ts'
import { command } from '../asking.ts'
import { judge, type Tool } from '../programs/hot-and-cold.ts'
import { type Cell, cellOf, Table, toolsOf } from '../programs/tools.ts'
import type { BackendProgram } from './backend-program.ts'
import { bots } from './bots.ts'
import { consumers } from './consumers.ts'
import { databases } from './databases.ts'
import { inFlight } from './in-flight.ts'
import { moreDatabases } from './more-databases.ts'
import { queues } from './queues.ts'
import { startServers } from './servers.ts'

const { values } = parseArgs({
  options: {
    install: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    tools: { type: 'string', default: 'immaculata' },
    node: { type: 'string', default: process.versions.node.split('.')[0]! },
    write: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  },
})
const here = fileURLToPath(new URL('.', import.meta.url))
const packages = process.env.BACKEND_PACKAGES ?? `${here}.cache/node_modules/`
if (!process.env.BACKEND_PACKAGES) install(here, `${here}.cache`)

const only = values.only.toLowerCase().split(',')
const programs = [...databases, ...moreDatabases, ...queues, ...consumers, ...bots, ...inFlight].filter(({ name }) =>
  only.some(part => name.toLowerCase().includes(part)),
)

const servers = await startServers(values.install)
Object.assign(process.env, servers.addresses)
let failed = 0
try {
  for (const line of values.node.split(',')) {
    const { version } = nodeOfLine(line)
    const tools = toolsOf(values.tools.split(','), line)
    const table = new Table(tools)
    console.log(`Node ${version}`)
    for (const program of programs) {
      const { name, needs } = program
      if (needs && servers.addresses[needs] === undefined) {
        console.log(`skipped · ${name}: there is no address in ${needs}`)
        continue
      }
      const cells: Cell[] = []
      for (const tool of tools) cells.push(await cell(program, tool))
      table.add(name, cells)
    }
    table.print()
    if (values.write) {
      table.write(
        fileURLToPath(new URL('RESULTS.md', import.meta.url)),
        `# Clients of databases, queues, brokers and bots, edited

Written by \`pnpm test:backends --write\` with Node ${version}. After each edit a fresh process says what is right: what is answered,
how many connections the server counts, and who handled each message. "State kept" means that a module which nothing touches was
evaluated once; "restarted" means that the answers are right in a new process.`,
      )
    }
  }
} finally {
  await servers.stop()
}
process.exitCode = failed > 0 ? 1 : 0

async function cell(program: BackendProgram, tool: Tool): Promise<Cell> {
  const verdict = await judge(program, tool, packages).catch((error: Error) => ({
    wrong: error.message,
    kept: false,
    output: '',
  }))
  if (verdict.wrong !== undefined) {
    console.log(`  ${tool.name}: ${verdict.wrong}`)
    if (tool.arguments[0] === command) failed++
  }
  if (values.verbose && !verdict.kept) console.log(verdict.output)
  return cellOf(verdict)
}
