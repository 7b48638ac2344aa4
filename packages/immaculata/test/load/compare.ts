/**
 * The same edits of the same example under other tools: how long until a save is live, how many requests fail meanwhile, and
 * whether state survives.
 *
 *     node compare.ts [--saves 20] [--examples express]
 */
import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { Agent, get, request } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { install } from '../../bench/peers.ts'

const folder = fileURLToPath(new URL('./', import.meta.url))
const repository = fileURLToPath(new URL('../../../../', import.meta.url))
const immaculata = fileURLToPath(new URL('../../immaculata.js', import.meta.url))
const installed = join(folder, '.cache/node_modules')
const patience = 10_000

export interface Compared {
  tool: string
  example: string
  'saves live': string
  'p50 ms': number
  'requests failed': number
  'state kept': string
}

function tools(): Record<string, string[]> {
  const version = (name: string) =>
    (JSON.parse(readFileSync(join(installed, name, 'package.json'), 'utf8')) as { version: string }).version
  const hotHook = pathToFileURL(join(installed, 'hot-hook/build/src/register.js')).href
  return {
    immaculata: [immaculata, '--quiet', 'server.js'],
    [`node --watch ${process.versions.node}`]: ['--watch', '--watch-preserve-output', 'server.js'],
    [`tsx watch ${version('tsx')}`]: [
      join(installed, 'tsx/dist/cli.mjs'),
      'watch',
      '--clear-screen=false',
      'server.js',
    ],
    [`hot-hook ${version('hot-hook')}`]: [
      join(installed, '@hot-hook/runner/build/bin/run.js'),
      `--node-args=--import=${hotHook}`,
      'server.js',
    ],
  }
}

const agent = new Agent({ keepAlive: true })

function ask(port: number, path: string): Promise<string> {
  return new Promise((done, fail) => {
    get({ host: '127.0.0.1', port, path, agent, timeout: 5_000 }, response => {
      let text = ''
      response.setEncoding('utf8').on('data', part => {
        text += part
      })
      response.on('end', () =>
        response.statusCode === 200 ? done(text) : fail(new Error(String(response.statusCode))),
      )
      response.on('error', fail)
    }).on('error', fail)
  })
}

function add(port: number, name: string): Promise<void> {
  return new Promise((done, fail) => {
    const headers = { 'content-type': 'application/json' }
    const sent = request({ host: '127.0.0.1', port, path: '/users', method: 'POST', headers, agent }, response => {
      response.resume().on('end', done)
    })
    sent.on('error', fail).end(JSON.stringify({ name }))
  })
}

function freePort(): Promise<number> {
  return new Promise(done => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => done(port))
    })
  })
}

async function until<T>(attempt: () => Promise<T | undefined>, failed: () => void): Promise<T | undefined> {
  const end = Date.now() + patience
  while (Date.now() < end) {
    try {
      const result = await attempt()
      if (result !== undefined) return result
    } catch {
      failed()
    }
    await new Promise(done => setTimeout(done, 2))
  }
  return undefined
}

async function run(tool: string, args: string[], example: string, saves: number): Promise<Compared> {
  const cwd = realpathSync(mkdtempSync(join(tmpdir(), 'compare-')))
  const origin = join(repository, 'examples', example)
  cpSync(origin, cwd, { recursive: true, filter: name => !name.includes('node_modules') })
  symlinkSync(join(origin, 'node_modules'), join(cwd, 'node_modules'))
  const port = await freePort()
  const child = spawn(process.execPath, args, {
    cwd,
    env: { ...process.env, PORT: String(port) },
    stdio: 'ignore',
    detached: true,
  })
  try {
    await until(
      () => ask(port, '/'),
      () => {},
    )
    await add(port, 'Kept')
    const page = readFileSync(join(cwd, 'page.js'), 'utf8')
    let failed = 0
    const times: number[] = []
    for (let number = 1; number <= saves; number++) {
      const saved = performance.now()
      writeFileSync(join(cwd, 'page.js'), page.replace('<h1>', `<h1>save ${number}; `))
      const isLive = async () => ((await ask(port, '/')).includes(`save ${number};`) ? true : undefined)
      const live = await until(isLive, () => failed++)
      if (live) times.push(performance.now() - saved)
      await new Promise(done => setTimeout(done, 100))
    }
    times.sort((a, b) => a - b)
    const users = await until(
      () => ask(port, '/users'),
      () => {},
    )
    return {
      tool,
      example,
      'saves live': `${times.length} of ${saves}`,
      'p50 ms': Math.round(times[times.length >> 1] ?? Number.NaN),
      'requests failed': failed,
      'state kept': users?.includes('Kept') ? 'yes' : 'no',
    }
  } finally {
    if (child.pid) process.kill(-child.pid, 'SIGKILL')
    rmSync(cwd, { recursive: true, force: true })
  }
}

/** Each example under each tool, one after the other. Installs the tools if need be. */
export async function compare(examples: readonly string[], saves: number): Promise<Compared[]> {
  install(folder, join(folder, '.cache'))
  const rows: Compared[] = []
  for (const example of examples) {
    for (const [tool, args] of Object.entries(tools())) rows.push(await run(tool, args, example, saves))
  }
  agent.destroy()
  return rows
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      saves: { type: 'string', default: '20' },
      examples: { type: 'string', default: 'express,fastify,hono' },
    },
  })
  console.table(await compare(values.examples.split(','), Number(values.saves)))
}
