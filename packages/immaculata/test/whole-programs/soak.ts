/**
 * A program of many shapes, saved every 300 ms for half an hour, while it is asked all the time. Whatever it answers must be what a
 * fresh process would: nothing failed, nothing old once the new was seen, nothing twice. State that nothing touches is kept, and memory
 * stays flat.
 *
 *     pnpm soak:programs [--minutes 30] [--node 22,24,26] [--every 300] [--seed 1]
 *
 * All Nodes run at the same time. Exits with 1 if anything of that is wrong.
 */
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { nodeOfLine } from '../../../../.ci/nodes.ts'
import { command } from '../asking.ts'
import { Run } from '../programs/hot-and-cold.ts'
import { Random } from './random.ts'
import { filesAt, rightAt, shapes, type Versions } from './soak-program.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    node: { type: 'string', default: '22,24,26' },
    every: { type: 'string', default: '300' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
  },
})
const every = Number(values.every)
const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))
const packages = fileURLToPath(new URL('../../node_modules', import.meta.url))

interface Seen {
  saves: number
  requests: number
  /** Not answered, or with an error. */
  failed: number
  /** Old answers after a new one, and answers that were never right. */
  stale: number
  /** Answers of a save before it was live: something was learned, and the modules that it concerns were still to be re-evaluated. */
  early: number
  /** Saves that were not live when the next one came. */
  late: number
  /** Times the program lost what nothing had touched, by a restart as well. */
  lost: number
  memory: number[]
}

async function soak(line: string): Promise<boolean> {
  const { binary: node, version } = nodeOfLine(line)
  const random = new Random(Number(values.seed))
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'immaculata-soak-')))
  const versions: Versions = Object.fromEntries(shapes.map(name => [name, 1]))
  const written = new Map<string, string | null>()
  const write = () => {
    const isAtomic = random.chance(0.5)
    for (const [name, text] of filesAt(versions)) {
      if (written.get(name) === text) continue
      written.set(name, text)
      const path = join(folder, name)
      mkdirSync(dirname(path), { recursive: true })
      if (text === null) rmSync(path, { force: true })
      else writeFileSync(isAtomic ? `${path}.tmp` : path, text)
      if (text !== null && isAtomic) renameSync(`${path}.tmp`, path)
    }
  }
  write()
  symlinkSync(packages, join(folder, 'node_modules'), 'junction')
  const run = await Run.start({ name: 'immaculata', node, arguments: [command] }, { entry: 'server.mjs' }, folder)
  const seen: Seen = { saves: 0, requests: 0, failed: 0, stale: 0, early: 0, late: 0, lost: 0, memory: [] }
  const wrong = (what: string) => {
    if (seen.failed + seen.stale + seen.late + seen.lost <= 10) console.log(`${version}, save ${seen.saves}: ${what}`)
  }
  try {
    await run.answers(['/'], rightAt(versions))
    const end = Date.now() + Number(values.minutes) * 60_000
    let kept = await run.ask('/kept')
    while (Date.now() < end) {
      const before = rightAt(versions)
      const name = random.pick(shapes)
      versions[name]!++
      const right = rightAt(versions)
      const next = Date.now() + every
      write()
      seen.saves++
      let isLive = false
      while (Date.now() < next) {
        const answer = await run.ask('/')
        seen.requests++
        if (answer === right) isLive = true
        else if (answer === undefined || answer.startsWith('status')) {
          seen.failed++
          wrong(`${name} was saved: ${answer ?? 'no answer'}`)
        } else if (isLive) {
          seen.stale++
          wrong(`${name} was saved: ${answer} instead of ${right}`)
        } else if (answer !== before) seen.early++
        await pause(5)
      }
      if (!isLive) {
        // What comes late is no harm to the saves after it, if it comes.
        seen.late++
        wrong(`${name} was not live after ${every} ms`)
        const never = await run.answers(['/'], right)
        if (never !== undefined) {
          seen.stale++
          wrong(never)
        }
      }
      if (seen.saves % 20 !== 0) continue
      const now = await run.ask('/kept')
      if (now !== kept) {
        seen.lost++
        wrong(`state was lost: ${run.output.split('\n').slice(-4).join(' / ')}`)
      }
      kept = now
      seen.memory.push(Number(await run.ask('/memory')) / 2 ** 20)
    }
  } finally {
    await run.end()
    rmSync(folder, { recursive: true, force: true })
  }
  return report(version, seen)
}

function report(version: string, { memory, ...seen }: Seen): boolean {
  const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0
  const quarter = memory.length >> 2
  const [early, late] = [median(memory.slice(quarter, 2 * quarter)), median(memory.slice(-quarter))]
  const right = seen.failed + seen.stale + seen.lost === 0 && late < early * 1.1 + 10
  const counts = `${seen.saves} saves, ${seen.requests} requests: ${seen.failed} failed, ${seen.stale} stale, ${seen.early} before the save was live, ${seen.lost} times state lost, ${seen.late} saves live later than ${every} ms`
  console.log(`${right ? 'right' : 'wrong'} · Node ${version}: ${counts}; ${early.toFixed()} → ${late.toFixed()} MB`)
  return right
}

console.log(`Seed ${values.seed}`)
const results = await Promise.all(values.node.split(',').map(soak))
process.exitCode = results.every(Boolean) ? 0 : 1
