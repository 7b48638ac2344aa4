/**
 * A worker under load while it is edited: 200 jobs a second, a handler saved every 300 ms, for 20 minutes. Says how many jobs were
 * lost, done twice, cut off, or begun by old code after its save was live, and how connections and memory developed. Exits with 1 if
 * anything of that is wrong.
 *
 *     pnpm soak:worker [--minutes 20] [--node 24] [--rate 200] [--every 300] [--queue tcp,amqplib,bullmq]
 *
 * The queue `tcp` is in this process. The others are real ones, whose addresses are in AMQP and REDIS.
 */
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { nodeOfLine } from '../../../../.ci/nodes.ts'
import { install } from '../../bench/peers.ts'
import { command } from '../asking.ts'
import { Run } from '../programs/hot-and-cold.ts'
import { type Producer, producers } from './soak-queues.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '20' },
    node: { type: 'string', default: process.versions.node.split('.')[0]! },
    rate: { type: 'string', default: '200' },
    every: { type: 'string', default: '300' },
    queue: { type: 'string', default: 'tcp' },
  },
})

const handler = (version: number) => `import { appendFileSync } from 'node:fs'
export const note = (...what) => appendFileSync(process.env.LOG, [...what, ${version}, Date.now()].join(' ') + '\\n')
export async function handle(job) {
  note('began', job)
  await new Promise(resolve => setTimeout(resolve, 20))
  note('ended', job)
}
`

const entry = `import './worker.js'
import { note } from './handle.js'
note('live', process.memoryUsage.rss())
setInterval(() => {}, 1e6)
`

interface Line {
  readonly what: 'began' | 'ended' | 'live'
  readonly about: string
  readonly version: number
  readonly at: number
}

class Log {
  readonly path: string
  readonly #rest = { read: 0 }
  readonly lines: Line[] = []

  constructor(path: string) {
    this.path = path
    writeFileSync(path, '')
  }

  read(): void {
    const text = readFileSync(this.path, 'utf8').slice(this.#rest.read)
    const whole = text.slice(0, text.lastIndexOf('\n') + 1)
    this.#rest.read += whole.length
    for (const line of whole.split('\n').filter(Boolean)) {
      const [what, about, version, at] = line.split(' ') as [Line['what'], string, string, string]
      this.lines.push({ what, about, version: Number(version), at: Number(at) })
    }
  }
}

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

async function soak(queue: string, line: string): Promise<boolean> {
  const { binary: node, version } = nodeOfLine(line)
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'immaculata-soak-')))
  const log = new Log(join(folder, 'log'))
  const producer: Producer = await producers[queue]!(packages)
  const put = (name: string, text: string) => writeFileSync(join(folder, name), text)
  if (existsSync(packages)) symlinkSync(packages, join(folder, 'node_modules'), 'junction')
  put('package.json', '{ "type": "module" }')
  put('handle.js', handler(1))
  put('worker.js', producer.worker)
  put('server.js', entry)
  Object.assign(process.env, { LOG: log.path, ...producer.env })
  const run = await Run.start({ name: 'immaculata', node, arguments: [command] }, {}, folder)
  try {
    await until(
      () => log.read(),
      () => log.lines.some(({ what }) => what === 'live'),
      15_000,
    )
    const end = Date.now() + Number(values.minutes) * 60_000
    const began = Date.now()
    let sent = 0
    let saved = 1
    let connections = 0
    while (Date.now() < end) {
      const due = Math.floor(((Date.now() - began) / 1000) * Number(values.rate))
      while (sent < due) producer.send(String(++sent))
      if (Date.now() - began > saved * Number(values.every)) put('handle.js', handler(++saved))
      connections = Math.max(connections, producer.connections())
      await pause(5)
    }
    const ended = () => new Set(log.lines.filter(({ what }) => what === 'ended').map(({ about }) => about)).size
    await until(
      () => log.read(),
      () => ended() >= sent,
      60_000,
    )
    return report(`${queue} on ${version}`, log.lines, sent, saved, connections, producer.expected)
  } finally {
    await run.end()
    await producer.end()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function until(look: () => void, holds: () => boolean, ms: number): Promise<void> {
  const end = Date.now() + ms
  for (;;) {
    look()
    if (holds() || Date.now() > end) return
    await pause(50)
  }
}

function report(
  name: string,
  lines: readonly Line[],
  sent: number,
  saved: number,
  connections: number,
  most: number,
): boolean {
  const live = lines.filter(({ what }) => what === 'live')
  const liveAt = new Map(live.map(({ version, at }) => [version, at]))
  const later = [...liveAt.keys()].sort((a, b) => a - b)
  const ends = new Map<string, number>()
  const both = new Set<string>()
  for (const { what, about, version } of lines) {
    if (what !== 'ended') continue
    ends.set(about, (ends.get(about) ?? 0) + 1)
    both.add(`${about} ${version}`)
  }
  const begun = lines.filter(({ what }) => what === 'began')
  const nextLive = (version: number) =>
    liveAt.get(later.find(it => it > version) ?? Number.NaN) ?? Number.POSITIVE_INFINITY
  const old = begun.filter(({ version, at }) => at > nextLive(version)).length
  const cut = begun.filter(({ about, version }) => !both.has(`${about} ${version}`)).length
  const twice = [...ends.values()].filter(times => times > 1).length
  const lost = sent - ends.size
  const memory = live.map(({ about }) => Number(about) / 2 ** 20)
  const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
  const early = median(memory.slice(Math.floor(memory.length / 4), Math.floor(memory.length / 2)))
  const late = median(memory.slice(-Math.floor(memory.length / 4)))
  const words = `${sent} jobs, ${saved} saves, ${live.length} live; lost ${lost}, done twice ${twice}, cut off ${cut}, begun by old code ${old}; at most ${connections} connections; ${early.toFixed()} → ${late.toFixed()} MB`
  const right = lost === 0 && old === 0 && twice <= cut && connections <= most && late < early * 1.25 + 10
  console.log(`${right ? 'right' : 'wrong'} · ${name}: ${words}`)
  return right
}

const here = fileURLToPath(new URL('.', import.meta.url))
const queues = values.queue.split(',')
for (const queue of queues)
  if (!producers[queue]) throw new Error(`there is no queue ${queue}: ${Object.keys(producers).join(', ')}`)
const packages = process.env.BACKEND_PACKAGES ?? `${here}.cache/node_modules/`
if (!process.env.BACKEND_PACKAGES && queues.some(queue => queue !== 'tcp')) install(here, `${here}.cache`)
let failed = false
for (const line of values.node.split(',')) for (const queue of queues) if (!(await soak(queue, line))) failed = true
process.exitCode = failed ? 1 : 0
