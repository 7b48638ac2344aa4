/**
 * Runs clients of databases, queues and brokers against real servers, edits them, and says whether each edit was answered as a
 * fresh process answers it: with the same words, and with as many connections as the server counts.
 *
 *     pnpm test:backends [--install] [--only pg,bullmq] [--tools immaculata,node] [--node 22,24,26] [--verbose]
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
import { bots } from './bots.ts'
import { databases } from './databases.ts'
import { moreDatabases } from './more-databases.ts'
import { queues } from './queues.ts'
import { startServers } from './servers.ts'

const { values } = parseArgs({
  options: {
    install: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    tools: { type: 'string', default: 'immaculata' },
    node: { type: 'string', default: process.versions.node.split('.')[0]! },
    verbose: { type: 'boolean', default: false },
  },
})
const here = fileURLToPath(new URL('.', import.meta.url))
const packages = process.env.BACKEND_PACKAGES ?? `${here}.cache/node_modules/`
if (!process.env.BACKEND_PACKAGES) install(here, `${here}.cache`)

const tools = values.tools.split(',').flatMap(name =>
  values.node.split(',').map((line): Tool => {
    const { binary: node, version } = nodeOfLine(line)
    if (name === 'node') return { name: `node --watch ${version}`, node, arguments: ['--watch'] }
    if (name === 'immaculata') return { name: `immaculata on ${version}`, node, arguments: [command] }
    throw new Error(`there is no tool ${name}: immaculata, node`)
  }),
)
const only = values.only.toLowerCase().split(',')
const programs = [...databases, ...moreDatabases, ...queues, ...bots].filter(({ name }) =>
  only.some(part => name.toLowerCase().includes(part)),
)

const servers = await startServers(values.install)
Object.assign(process.env, servers.addresses)
let failed = 0
try {
  for (const tool of tools) {
    let right = 0
    let tried = 0
    for (const program of programs) {
      const { name, needs } = program
      if (needs && servers.addresses[needs] === undefined) {
        console.log(`skipped · ${name}: there is no address in ${needs}`)
        continue
      }
      tried++
      const { wrong, kept, output } = await judge(program, tool, packages).catch((error: Error) => ({
        wrong: error.message,
        kept: false,
        output: '',
      }))
      if (wrong === undefined) right++
      console.log(`${wrong === undefined ? (kept ? 'right, state kept' : 'right, restarted') : 'wrong'} · ${name}`)
      if (wrong !== undefined) console.log(`  ${wrong}`)
      if (values.verbose && !kept) console.log(output)
    }
    console.log(`${tool.name}: ${right} of ${tried} right`)
    if (tool.arguments[0] === command) failed += tried - right
  }
} finally {
  await servers.stop()
}
process.exitCode = failed > 0 ? 1 : 0
