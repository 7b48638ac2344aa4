/**
 * Tries to break the law for whole programs at random.
 *
 *     pnpm fuzz:programs [--minutes 10 | --cases 50] [--node 24] [--seed 1] [--steps 8]
 *
 * A failure is printed with its seed, its edits and its files: `--seed N --cases 1` runs it again.
 */
import { parseArgs } from 'node:util'
import { nodeOfLine } from '../../../../.ci/nodes.ts'
import { type Counts, runProgram } from './run.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    cases: { type: 'string' },
    node: { type: 'string', default: process.versions.node.split('.')[0]! },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
    steps: { type: 'string', default: '8' },
  },
})
const { binary, version } = nodeOfLine(values.node)
const end = values.minutes === undefined ? Number.POSITIVE_INFINITY : Date.now() + Number(values.minutes) * 60_000
const cases = Number(values.cases ?? (values.minutes === undefined ? 20 : Number.POSITIVE_INFINITY))
const first = Number(values.seed)
const counts: Counts = {}
let failures = 0
for (let index = 0; index < cases && Date.now() < end; index++) {
  const failure = await runProgram(binary, first + index, Number(values.steps), counts)
  if (!failure) continue
  failures++
  console.log(`\nSeed ${failure.seed}, after edit ${failure.step}: ${failure.what}`)
  console.log(`Edits: ${failure.edits.join('; ')}`)
  for (const [name, text] of failure.files)
    if (text !== null && !name.startsWith('second')) console.log(`--- ${name}\n${text}`)
  console.log(`--- printed\n${failure.output}`)
}
console.log(`\nNode ${version}, seeds from ${first}: ${failures} failures`)
console.log(
  Object.entries(counts)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => `${name}: ${count}`)
    .join(' · '),
)
process.exitCode = failures > 0 ? 1 : 0
