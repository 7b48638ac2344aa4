/**
 * Searches for a violation of the law that hot equals cold, for a given time:
 * `pnpm fuzz --minutes 30 --node 24 --seed 7 --drive disk --without query,.ts`
 */
import { parseArgs } from 'node:util'
import { nodes } from '../../../../../.ci/nodes.ts'
import { describeCounts } from './counts.ts'
import { fuzz } from './search.ts'

const { values } = parseArgs({
  options: {
    cases: { type: 'string' },
    shrinking: { type: 'string', default: '30' },
    minutes: { type: 'string', default: '5' },
    node: { type: 'string' },
    seed: { type: 'string', default: '1' },
    findings: { type: 'string', default: '1000' },
    without: { type: 'string', default: '' },
    drive: { type: 'string' },
  },
})
const chosen = nodes.filter(({ version }) => values.node === undefined || version.startsWith(`v${values.node}`))
if (chosen.length === 0) throw new Error(`no Node ${values.node} among ${nodes.map(node => node.version).join(', ')}`)
let broken = false
for (const node of chosen) {
  const { counts, found } = await fuzz(node, {
    seed: Number(values.seed),
    time: (Number(values.minutes) * 60_000) / chosen.length,
    shrinking: Number(values.shrinking) * 1000,
    cases: values.cases === undefined ? undefined : Number(values.cases),
    findings: Number(values.findings),
    drive: values.drive as 'memory' | 'disk' | undefined,
    without: new Set(values.without.split(',').filter(name => name !== '')),
    found: ({ seed, text }) => console.log(`\n==== Node ${node.version}, seed ${seed}\n${text}`),
  })
  broken ||= found.length > 0
  console.log(`Node ${node.version}: violations ${found.length}, ${describeCounts(counts)}`)
}
process.exitCode = broken ? 1 : 0
