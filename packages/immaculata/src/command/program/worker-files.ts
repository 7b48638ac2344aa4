/**
 * Files of the tree that run elsewhere: a worker or a child process belongs to the module that starts it. In come starts, and
 * what is sent to workers and children; out go dependencies. The invariant: when such a file changes, or something that it
 * imports, the module that started it is stale, or the process starts again.
 *
 * A file may be given when the worker is started, or later, by message: pools and queues (Piscina, BullMQ) start a worker of their
 * own and tell it what to load.
 */
import { ChildProcess } from 'node:child_process'
import { syncBuiltinESMExports } from 'node:module'
import { isAbsolute, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import workerThreads from 'node:worker_threads'
import { callingModule, runningFiles } from '@hot/dispose/ownership'
import type { Hot } from '@hot/hooks'
import { pathsIn } from './paths-in-messages.ts'
import { importsOf } from './scan-imports.ts'

interface SpawnOptions {
  file?: string
  args?: readonly unknown[]
  cwd?: string | URL
}

interface WorkerOptions {
  eval?: boolean
  workerData?: unknown
  argv?: unknown
}

/**
 * Notes what is started from now on. `entry` stands for a module that cannot be told: it started some package that did. `restart`
 * is called when a file has changed that nobody can be found for.
 */
export function followStarts(hot: Hot, entry: string, restart: (reason: string) => void): void {
  const files = new WorkerFiles(hot, entry)
  hot.on('updated', ({ stale }) => {
    for (const { module } of stale) {
      if (files.isNobodys(module.id))
        restart(`${module.path.slice(1)} changed, and a worker runs it that nobody is known to have started`)
    }
  })
  watchWorkers(files)
  watchChildren(files)
  syncBuiltinESMExports()
}

function watchWorkers(files: WorkerFiles): void {
  const { Worker } = workerThreads
  workerThreads.Worker = new Proxy(Worker, {
    construct(target, args: [file: string | URL, options?: WorkerOptions], newTarget) {
      const worker = Reflect.construct(target, args, newTarget) as workerThreads.Worker
      const starter = files.starter()
      files.startedBy.set(worker, starter)
      const [file, options] = args
      if (!options?.eval) files.note(file instanceof URL ? file.href : urlOf(String(file)), starter)
      for (const path of pathsIn([options?.workerData, options?.argv])) files.note(urlOf(path), starter)
      return worker
    },
  })
  const { postMessage } = Worker.prototype
  Object.assign(Worker.prototype, {
    postMessage(this: workerThreads.Worker, ...args: Parameters<typeof postMessage>) {
      files.sent(this, args[0])
      return postMessage.apply(this, args)
    },
  })
}

let isOurs = false

/** Runs what starts a process of the command's own, which is no part of the program. */
export function startOwn<T>(start: () => T): T {
  isOurs = true
  try {
    return start()
  } finally {
    isOurs = false
  }
}

/** `fork`, `spawn` and `cluster` all come to one method. */
function watchChildren(files: WorkerFiles): void {
  const { spawn } = ChildProcess.prototype as unknown as { spawn(options: SpawnOptions): unknown }
  Object.assign(ChildProcess.prototype, {
    spawn(this: ChildProcess, options: SpawnOptions) {
      const result = spawn.call(this, options)
      if (isOurs) return result
      if (options.file !== process.execPath && options.file !== 'node') return result
      const starter = files.starter()
      files.startedBy.set(this, starter)
      const cwd = options.cwd instanceof URL ? fileURLToPath(options.cwd) : (options.cwd ?? process.cwd())
      // The program may give numbers and URLs, which Node takes as text.
      for (const arg of (options.args ?? []).slice(1).map(String)) {
        if (!arg.startsWith('-')) files.note(urlOf(arg.startsWith('file:') ? arg : resolve(cwd, arg)), starter)
      }
      const { send } = this
      if (typeof send === 'function') {
        this.send = function (this: ChildProcess, ...args: unknown[]) {
          files.sent(this, args[0])
          return Reflect.apply(send, this, args) as boolean
        }
      }
      return result
    },
  })
}

class WorkerFiles {
  readonly #hot: Hot
  readonly #entry: string
  /** The module that started a worker or child in its evaluation. */
  readonly startedBy = new WeakMap<object, string | undefined>()
  /** The files of which nobody knows who has them run. */
  readonly #nobodys = new Set<string>()

  constructor(hot: Hot, entry: string) {
    this.#hot = hot
    this.#entry = entry
  }

  isNobodys(id: string): boolean {
    return this.#nobodys.has(id)
  }

  /** The module that starts something now; `undefined` if that is no part of an evaluation: a pool grows when there is work. */
  starter(): string | undefined {
    const caller = callingModule(file => this.#idOf(file) !== undefined)
    // A package starts it later, when there is work: for the module that began all that.
    return caller && (innermostModule(file => this.#idOf(file)) ?? this.#idOf(caller.file) ?? this.#entry)
  }

  /** Something was sent to a worker or child, which may be told a file to load. */
  sent(to: object, message: unknown): void {
    // Node has workers of its own, for hooks that are registered off the main thread: those run nothing of the program's.
    if (!this.startedBy.has(to)) return
    for (const path of pathsIn([message])) this.note(urlOf(path), this.startedBy.get(to))
  }

  /** A file of the tree runs elsewhere. */
  note(url: string, starter: string | undefined): void {
    const { tree } = this.#hot
    const path = tree.pathOf(url)
    if (path === undefined || !tree.files.has(path)) return
    const id = tree.urlOf(path)
    const starters = starter === undefined ? this.#namersOf(path) : [starter]
    if (starters.length === 0) {
      starters.push(this.#entry)
      this.#nobodys.add(id)
    }
    for (const each of starters) if (each !== id) this.#hot.addDependency(each, id)
    for (const [dependency, importer] of importsOf(tree, id)) {
      if (importer !== undefined) this.#hot.addDependency(importer, dependency)
    }
  }

  /** The modules whose text has the name of a file: one of them has told somebody to run it. */
  #namersOf(path: string): string[] {
    const name = path.slice(path.lastIndexOf('/') + 1).replace(/\.[^.]*$/, '')
    const { tree } = this.#hot
    const isNamer = new RegExp(`[/'"\`]${name.replace(/[^\w-]/g, '\\$&')}(?:\\.[cm]?[jt]s)?['"\`]`)
    return [...tree.files.values()]
      .filter(file => file.path !== path && isNamer.test(file.text))
      .map(file => tree.urlOf(file.path))
      .filter(id => this.#hot.graph.version(id) > 0)
  }

  /** The id of a file that was loaded through the hooks: only that has a version. */
  #idOf(file: string): string | undefined {
    const path = this.#hot.tree.pathOf(urlOf(file))
    const id = path === undefined ? undefined : this.#hot.tree.urlOf(path)
    return id !== undefined && this.#hot.graph.version(id) > 0 ? id : undefined
  }
}

function urlOf(file: string): string {
  return /^(?:file|data):/.test(file) ? file : pathToFileURL(isAbsolute(file) ? file : resolve(file)).href
}

/** The innermost module of the tree on the stack. */
function innermostModule(idOf: (file: string) => string | undefined): string | undefined {
  for (const file of runningFiles()) {
    const id = idOf(file)
    if (id !== undefined) return id
  }
  return undefined
}
