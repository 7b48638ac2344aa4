/**
 * The same edits of the same example under other tools: how long until a save is live, how many requests fail meanwhile, and
 * whether state survives. The tools are those installed in a folder: `npm install tsx hot-hook @hot-hook/runner`.
 *
 *     node compare.ts --tools DIR [--saves 20] [--examples express]
 */
import { spawn } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { Agent, get, request } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    tools: { type: 'string', default: '.' },
    saves: { type: 'string', default: '20' },
    examples: { type: 'string', default: 'express,fastify,hono' },
    command: { type: 'string', default: fileURLToPath(new URL('../../immaculata.js', import.meta.url)) },
  },
})
const repository = fileURLToPath(new URL('../../../../', import.meta.url))
const installed = resolve(values.tools, 'node_modules')
const patience = 10_000

function version(name: string): string {
  const file = join(installed, name, 'package.json')
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : ''
}

const hotHook = pathToFileURL(join(installed, 'hot-hook/build/src/register.js')).href
const tools: Record<string, string[]> = {
  immaculata: [values.command, '--quiet', 'server.js'],
  [`node --watch ${process.versions.node}`]: ['--watch', '--watch-preserve-output', 'server.js'],
  [`tsx watch ${version('tsx')}`]: [join(installed, 'tsx/dist/cli.mjs'), 'watch', '--clear-screen=false', 'server.js'],
  [`hot-hook ${version('hot-hook')}`]: [
    join(installed, '@hot-hook/runner/build/bin/run.js'),
    `--node-args=--import=${hotHook}`,
    'server.js',
  ],
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

async function run(tool: string, args: string[], example: string) {
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
    for (let number = 1; number <= Number(values.saves); number++) {
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
      'saves live': `${times.length} of ${values.saves}`,
      'p50 ms': Math.round(times[times.length >> 1] ?? Number.NaN),
      'requests failed': failed,
      'state kept': users?.includes('Kept') ? 'yes' : 'no',
    }
  } finally {
    if (child.pid) process.kill(-child.pid, 'SIGKILL')
    rmSync(cwd, { recursive: true, force: true })
  }
}

const rows = []
for (const example of values.examples.split(',')) {
  for (const [tool, args] of Object.entries(tools)) rows.push(await run(tool, args, example))
}
console.table(rows)
process.exit(0)
