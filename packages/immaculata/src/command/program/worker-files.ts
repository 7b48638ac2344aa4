/**
 * Files of the tree that run elsewhere: a worker or a child process belongs to the module that starts it. When its file
 * changes, or something that it imports, that module is stale.
 */
import { ChildProcess } from 'node:child_process'
import { syncBuiltinESMExports } from 'node:module'
import { isAbsolute, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import workerThreads from 'node:worker_threads'
import type { Hot } from '@hot/hooks'
import { importsOf } from './scan-imports.ts'

interface SpawnOptions {
  file?: string
  args?: readonly unknown[]
  cwd?: string | URL
}

/** Notes what is started from now on. `entry` stands for a module that cannot be told: it started some package that did. */
export function followStarts(hot: Hot, entry: string): void {
  const note = (url: string) => {
    const path = hot.tree.pathOf(url)
    if (path === undefined || !hot.tree.files.has(path)) return
    const id = hot.tree.urlOf(path)
    const starter = starterIn(hot) ?? entry
    if (starter !== id) hot.addDependency(starter, id)
    for (const [dependency, importer] of importsOf(hot.tree, id)) {
      if (importer !== undefined) hot.addDependency(importer, dependency)
    }
  }

  const { Worker } = workerThreads
  workerThreads.Worker = new Proxy(Worker, {
    construct(target, args: [file: string | URL, options?: { eval?: boolean }], newTarget) {
      const worker = Reflect.construct(target, args, newTarget)
      const [file, options] = args
      if (!options?.eval) note(file instanceof URL ? file.href : urlOf(String(file)))
      return worker
    },
  })
  syncBuiltinESMExports()

  // `fork`, `spawn` and `cluster` all come to this method.
  const { spawn } = ChildProcess.prototype as unknown as { spawn(options: SpawnOptions): unknown }
  Object.assign(ChildProcess.prototype, {
    spawn(this: ChildProcess, options: SpawnOptions) {
      const result = spawn.call(this, options)
      if (options.file === process.execPath || options.file === 'node') {
        const cwd = options.cwd instanceof URL ? fileURLToPath(options.cwd) : (options.cwd ?? process.cwd())
        // The program may give numbers and URLs, which Node takes as text.
        for (const arg of (options.args ?? []).slice(1).map(String)) {
          if (!arg.startsWith('-')) note(urlOf(arg.startsWith('file:') ? arg : resolve(cwd, arg)))
        }
      }
      return result
    },
  })
}

function urlOf(file: string): string {
  return /^(?:file|data):/.test(file) ? file : pathToFileURL(isAbsolute(file) ? file : resolve(file)).href
}

/** The innermost module of the tree on the stack. */
function starterIn(hot: Hot): string | undefined {
  const { prepareStackTrace, stackTraceLimit } = Error
  try {
    Error.stackTraceLimit = 100
    Error.prepareStackTrace = (_, sites) => sites.map(site => site.getFileName())
    const files = new Error().stack as unknown as (string | null)[]
    for (const file of files) {
      if (!file || file.startsWith('node:')) continue
      const path = hot.tree.pathOf(urlOf(file))
      const id = path === undefined ? undefined : hot.tree.urlOf(path)
      // Only what was loaded through the hooks has a version.
      if (id !== undefined && hot.graph.version(id) > 0) return id
    }
    return undefined
  } finally {
    Error.prepareStackTrace = prepareStackTrace
    Error.stackTraceLimit = stackTraceLimit
  }
}
