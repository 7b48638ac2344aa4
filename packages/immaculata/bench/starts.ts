/**
 * Starts: from the start of a process until its program says that it is up. The ways to start one program take turns. What counts are
 * the ratios to the same program under `node` and `node --watch`.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** In ms. */
export type Ways = Record<'node' | 'watch' | 'register' | 'command', number[]>

export interface StartsResult {
  /** By program. */
  readonly programs: Record<string, Ways>
  /** From the decision to restart until the program is up again, in ms; and plain starts in turn with them. */
  readonly restarts: number[]
  readonly plain: number[]
  /** Of the command's own process while a program runs, in bytes. Linux only. */
  readonly rss: number[]
}

const register = new URL('../dist/register.js', import.meta.url).href
const command = fileURLToPath(new URL('../immaculata.cjs', import.meta.url))

const up = `process.stdout.write('up\\n')`
const listening = `0, '127.0.0.1', () => ${up}`

const programs: Record<string, string> = {
  empty: `${up}; setTimeout(() => {}, 1e4)`,
  'node:http': `import { createServer } from 'node:http'; createServer((_, answer) => answer.end('x')).listen(${listening})`,
  Express: `import express from 'express'; const app = express(); app.get('/', (_, answer) => answer.send('x')); app.listen(${listening})`,
  Fastify: `import Fastify from 'fastify'; const app = Fastify(); app.get('/', async () => 'x'); await app.listen({ port: 0 }); ${up}`,
  Hono: `import { serve } from '@hono/node-server'; import { Hono } from 'hono'; const app = new Hono(); app.get('/', c => c.text('x')); serve({ fetch: app.fetch, port: 0 }, () => ${up})`,
  '400 modules': `${Array.from({ length: 400 }, (_, at) => `import './many/m${at}.js'`).join('\n')}\n${up}; setTimeout(() => {}, 1e4)`,
}

function write(folder: string, text: string): void {
  mkdirSync(`${folder}/many`, { recursive: true })
  symlinkSync(fileURLToPath(new URL('../node_modules', import.meta.url)), `${folder}/node_modules`)
  writeFileSync(`${folder}/package.json`, '{ "type": "module" }')
  writeFileSync(`${folder}/main.js`, text)
  if (!text.includes('./many/')) return
  for (let at = 0; at < 400; at++) {
    const next = at % 8 === 7 ? '' : `import { m${at + 1} as next } from './m${at + 1}.js'\n`
    writeFileSync(
      `${folder}/many/m${at}.js`,
      `${next}export const m${at} = ${at}\nexport function f${at}() { return m${at} }\n`,
    )
  }
}

/** Starts a process. `use` gets it as soon as it is up, with the ms that this took. */
async function started(
  node: string,
  args: string[],
  cwd: string,
  use?: (child: ChildProcess) => unknown,
): Promise<number> {
  const begun = performance.now()
  const child = spawn(node, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NODE_OPTIONS: '' } })
  child.stderr.resume()
  const ended = new Promise(resolve => child.once('exit', resolve))
  try {
    await said(child, 'stdout', 'up')
    const time = performance.now() - begun
    await use?.(child)
    return time
  } finally {
    child.kill('SIGTERM')
    await ended
  }
}

/** Resolves when a process has printed a word. */
function said(child: ChildProcess, stream: 'stdout' | 'stderr', word: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const source = child[stream]!
    const hear = (data: Buffer) => {
      if (!data.includes(word)) return
      source.off('data', hear)
      resolve()
    }
    source.on('data', hear)
    child.once('exit', code => reject(new Error(`a program that was to be started ended with code ${code}`)))
  })
}

function rssOf(child: ChildProcess): number | undefined {
  if (process.platform !== 'linux') return undefined
  const [, kilobytes] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) * 1024
}

export async function startsOf(node: string, work: string, rounds: number): Promise<StartsResult> {
  const result: StartsResult = { programs: {}, restarts: [], plain: [], rss: [] }
  for (const [name, text] of Object.entries(programs)) {
    const folder = `${work}/${name.replace(/\W/g, '-')}`
    write(folder, text)
    const ways = {
      node: ['main.js'],
      watch: ['--watch', 'main.js'],
      register: ['--import', register, 'main.js'],
      command: [command, 'main.js'],
    }
    const times: Ways = { node: [], watch: [], register: [], command: [] }
    result.programs[name] = times
    // The first start of each fills caches: of the disk, and of compiled code, which is written after a second.
    for (const args of Object.values(ways))
      await started(node, args, folder, () => new Promise(r => setTimeout(r, 1_500)))
    for (let round = 0; round < rounds; round++) {
      for (const [way, args] of Object.entries(ways)) {
        const use = (child: ChildProcess) => {
          const rss = way === 'command' && name === 'Express' ? rssOf(child) : undefined
          if (rss !== undefined) result.rss.push(rss)
        }
        times[way as keyof Ways].push(await started(node, args, folder, use))
      }
    }
  }
  await restarts(node, `${work}/Express`, rounds, result)
  return result
}

/** An edit of the package.json cannot be taken up by a running process. */
async function restarts(
  node: string,
  folder: string,
  rounds: number,
  { restarts, plain }: StartsResult,
): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    plain.push(await started(node, ['main.js'], folder))
    await started(node, [command, 'main.js'], folder, async child => {
      await new Promise(resolve => setTimeout(resolve, 300)) // so that it watches
      const decided = said(child, 'stderr', 'restarts:')
      const again = said(child, 'stdout', 'up')
      writeFileSync(`${folder}/package.json`, `{ "type": "module", "version": "1.0.${Date.now()}" }`)
      await decided
      const begun = performance.now()
      await again
      restarts.push(performance.now() - begun)
    })
  }
}
