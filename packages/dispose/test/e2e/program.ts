import assert from 'node:assert/strict'
import fs from 'node:fs'
import http from 'node:http'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { Lifetimes } from '../../src/auto/index.ts'
import { knowModules } from '../../src/auto/ownership/index.ts'
import { type Scope, Scopes } from '../../src/index.ts'

/** What the modules of a test program say. */
export const said: string[] = []

/** A program of small modules in a fresh folder, with everything a tree of hot modules does to it, done by hand. */
export class Program {
  readonly folder = fs.realpathSync.native(fs.mkdtempSync(path.join(os.tmpdir(), 'hot dispose-')))
  readonly scopes = new Scopes({ disposeTimeout: 4000 })
  readonly lifetimes: Lifetimes
  readonly warnings: string[] = []
  #version = 0
  readonly #versions = new Map<string, number>()

  /** With `knowsModules`, who started an async chain is known as well, as it is for the modules of a tree. */
  constructor({ knowsModules = false } = {}) {
    const tree = pathToFileURL(`${this.folder}/`).href
    this.lifetimes = new Lifetimes({
      scopeOf: file => {
        const id = file.startsWith('file:') ? file : pathToFileURL(file).href
        if (!id.startsWith(tree) || id.includes('/node_modules/') || id.includes('/opted-out')) return undefined
        return this.scopes.get(id) ?? this.scopes.open(id, 0)
      },
    })
    if (knowsModules) {
      knowModules({
        currentVersion: file => {
          const id = file.startsWith('file:') ? file : pathToFileURL(file).href
          return id.startsWith(tree) ? (this.#versions.get(path.basename(id)) ?? 0) : undefined
        },
        newestVersion: () => this.#version,
      })
    }
    this.lifetimes.start()
    const shared = globalThis as { say?: unknown; scope?: unknown }
    shared.say = (word: unknown) => void said.push(String(word))
    shared.scope = (url: string) => this.scopes.get(url.replace(/\?.*/, ''))
    process.on('warning', ({ name }) => void this.warnings.push(name))
    process.on('exit', () => fs.rmSync(this.folder, { recursive: true, force: true }))
  }

  id(name: string): string {
    return pathToFileURL(path.join(this.folder, name)).href
  }

  scope(name: string): Scope {
    return this.scopes.get(this.id(name))!
  }

  write(name: string, source: string): void {
    const file = path.join(this.folder, name)
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, source)
  }

  /** Evaluates a module, as a version of its own. */
  async load(name: string, source: string): Promise<Record<string, unknown>> {
    this.write(name, source)
    this.#versions.set(name, ++this.#version)
    this.scopes.open(this.id(name), this.#version)
    return (await import(`${this.id(name)}?ver=${this.#version}`)) as Record<string, unknown>
  }

  /** Replaces a module by its next version: the whole of an update. */
  async save(name: string, source: string): Promise<Record<string, unknown>> {
    this.lifetimes.updateBegan()
    const errors = await this.scopes.dispose([this.id(name)])
    if (errors) said.push(errors.message)
    const result = await this.load(name, source).catch(async error => {
      await this.scopes.dispose([this.id(name)])
      this.lifetimes.evaluationFailed(error, loopback => ({
        title: 'The evaluation failed',
        text: loopback ? `${error.message} in the source` : error.message,
      }))
      throw error
    })
    await this.lifetimes.updateFinished()
    return result
  }

  /** What is open, without what is not. */
  get open(): Record<string, number> {
    return Object.fromEntries(Object.entries(this.lifetimes.counts()).filter(([, count]) => count > 0))
  }

  async end(): Promise<void> {
    assert.equal(await this.scopes.disposeAll(), undefined)
    assert.deepEqual(this.open, {})
    this.lifetimes.stop()
  }
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0)
  await new Promise(resolve => server.once('listening', resolve))
  const { port } = server.address() as net.AddressInfo
  await new Promise(resolve => server.close(resolve))
  return port
}

/** Waits until something holds, five seconds at the most. */
export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + 5000
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`waited in vain: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}

export interface Answer {
  readonly status: number
  readonly text: string
  readonly headers: http.IncomingHttpHeaders
}

export type Where = http.RequestOptions & { readonly rejectUnauthorized?: boolean }

/** One request; `request` is that of `node:http` or `node:https`. */
export function ask(where: Where, request: typeof http.request = http.request): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', ...where }, response => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', data => {
        text += data
      })
      response.on('error', reject)
      response.on('end', () => resolve({ status: response.statusCode!, text, headers: response.headers }))
    })
      .on('error', reject)
      .end()
  })
}

/** Asks until there is an answer: for a server whose start nobody waited for. */
export async function answered(where: Where, request?: typeof http.request): Promise<Answer> {
  let answer: Answer | undefined
  await until(async () => {
    answer = await ask(where, request).catch(() => undefined)
    return answer !== undefined
  }, 'a first answer')
  return answer!
}

/** Waits until something accepts connections. */
export function reachable(port: number): Promise<void> {
  const connects = () =>
    new Promise<boolean>(resolve => {
      const socket = net.connect(port, '127.0.0.1', () => {
        resolve(true)
        socket.destroy()
      })
      socket.on('error', () => resolve(false))
    })
  return until(connects, `port ${port}`)
}

/** The message of what a promise rejects with. */
export async function refusal(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'no error',
    (error: NodeJS.ErrnoException) => error.code ?? error.message,
  )
}
