/**
 * What client connections cost a save. Two programs are saved in turn: both replace ten modules and the entry point, and one has four
 * clients besides, of PostgreSQL, Redis, RabbitMQ and NATS, in modules that stay. Says how long each took to be live, and the
 * difference. In: the addresses in PG, REDIS, AMQP and NATS. It is wrong if the difference is 5 ms or more.
 *
 *     pnpm bench:backends [--node 22,24,26] [--saves 60]
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { nodeOfLine } from '../../../../.ci/nodes.ts'
import { install } from '../../bench/peers.ts'
import { command } from '../asking.ts'

const { values } = parseArgs({
  options: {
    saves: { type: 'string', default: '60' },
    node: { type: 'string', default: process.versions.node.split('.')[0]! },
  },
})
const here = fileURLToPath(new URL('.', import.meta.url))
const packages = process.env.BACKEND_PACKAGES ?? `${here}.cache/node_modules/`
if (!process.env.BACKEND_PACKAGES) install(here, `${here}.cache`)

const clients: Readonly<Record<string, string>> = {
  'pg.js': `import pg from 'pg'
export const pool = new pg.Pool({ connectionString: process.env.PG, idleTimeoutMillis: 0 })
await Promise.all([pool.query('select 1'), pool.query('select 1')])
`,
  'redis.js': `import { Redis } from 'ioredis'
export const redis = new Redis(process.env.REDIS)
await redis.ping()
`,
  'amqp.js': `import amqp from 'amqplib'
export const channel = await (await amqp.connect(process.env.AMQP)).createChannel()
`,
  'nats.js': `import { connect } from 'nats'
export const nats = await connect({ servers: process.env.NATS })
`,
}

class Program {
  readonly #folder = realpathSync(mkdtempSync(join(tmpdir(), 'immaculata-cost-')))
  readonly #child: ChildProcess
  #told = (_duration: number) => {}

  constructor(node: string, files: Readonly<Record<string, string>>) {
    const imports = Object.keys(files).map(name => `import './${name}'\n`)
    for (let n = 1; n < 10; n++)
      this.#put(`m${n}.js`, `import { value as next } from './m${n + 1}.js'\nexport const value = next + ${n}\n`)
    this.save(0)
    const entry = `${imports.join('')}import { value } from './m1.js'\nexport const all = value\nsetInterval(() => {}, 1e6)\n`
    for (const [name, text] of Object.entries({ 'package.json': '{ "type": "module" }', ...files, 'server.js': entry }))
      this.#put(name, text)
    symlinkSync(packages, join(this.#folder, 'node_modules'), 'junction')
    this.#child = spawn(node, [command, '--json', 'server.js'], {
      cwd: this.#folder,
      stdio: ['ignore', 'inherit', 'pipe'],
    })
    createInterface({ input: this.#child.stderr! }).on('line', line => {
      if (!line.startsWith('{')) return console.error(line)
      const { event, duration } = JSON.parse(line) as { event: string; duration: number }
      if (event === 'started' || event === 'live') this.#told(duration)
    })
  }

  #put(name: string, text: string): void {
    writeFileSync(join(this.#folder, name), text)
  }

  /** How many ms the next start or save takes to be live. */
  next(): Promise<number> {
    return new Promise(resolve => {
      this.#told = resolve
    })
  }

  save(value: number): void {
    this.#put('m10.js', `export const value = ${value}\n`)
  }

  async end(): Promise<void> {
    const ended = new Promise(resolve => this.#child.once('close', resolve))
    this.#child.kill()
    await ended
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

const at = (sorted: readonly number[], part: number) => sorted[Math.floor((sorted.length - 1) * part)]!

/** Before this, what idle time is used for has not come to its end. */
const warm = 10

async function measure(line: string): Promise<boolean> {
  const { binary, version } = nodeOfLine(line)
  const programs = [new Program(binary, {}), new Program(binary, clients)]
  try {
    await Promise.all(programs.map(program => program.next()))
    await new Promise(resolve => setTimeout(resolve, 1_000))
    const durations: number[][] = [[], []]
    for (let save = 1; save <= Number(values.saves) + warm; save++) {
      for (const [index, program] of programs.entries()) {
        const live = program.next()
        program.save(save)
        const duration = await live
        if (save > warm) durations[index]!.push(duration)
        await new Promise(resolve => setTimeout(resolve, 50))
      }
    }
    const [without, having] = durations.map(each => each.sort((a, b) => a - b)) as [number[], number[]]
    const difference = at(having, 0.5) - at(without, 0.5)
    const words = [without, having].map(each => `${at(each, 0.5).toFixed(1)} (95 %: ${at(each, 0.95).toFixed(1)})`)
    const right = difference < 5
    console.log(
      `${right ? 'right' : 'wrong'} · Node ${version}: ${words[0]} ms without clients, ${words[1]} ms with four: ${difference.toFixed(1)} ms`,
    )
    return right
  } finally {
    await Promise.all(programs.map(program => program.end()))
  }
}

let failed = false
for (const line of values.node.split(',')) if (!(await measure(line))) failed = true
process.exitCode = failed ? 1 : 0
