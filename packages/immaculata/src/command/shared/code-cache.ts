/**
 * Evaluates a CommonJS file of this product with V8's code cache, so that nothing of it has to be compiled at a start. The file comes
 * in, and what it exports goes out. The invariant: where no cache can be read or written, the file is compiled as usual.
 *
 * The caches lie in the user's cache folder: one for each file, version of Node and processor.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Script } from 'node:vm'

/** The functions that were called until then, in ms after the start, are in the cache. */
const warm = 1_000

/** Taken before the program may replace it. */
const { setTimeout } = globalThis

/** What the file is given: as every CommonJS module, and an `import()` with the URL of its importer, since `node:vm` gives none. */
const parameters = ['exports', 'require', 'module', '__filename', '__dirname', '__import', '__importer']

/** `from` is the name of the file that calls this: for what is imported, it is the importer. */
export function exportsOf(filename: string, from: string): unknown {
  const source = readFileSync(filename, 'latin1')
  const cache = placeOf(filename)
  const cachedData = cache && read(cache)
  const script = new Script(`(function (${parameters.join(', ')}) { ${source}\n})`, {
    filename,
    ...(cachedData ? { cachedData } : {}),
  })
  const made = { exports: {} }
  const run = script.runInThisContext() as (...given: unknown[]) => void
  const load = (url: string): Promise<unknown> => import(url)
  run(made.exports, createRequire(filename), made, filename, dirname(filename), load, pathToFileURL(from).href)
  if (cache && (!cachedData || script.cachedDataRejected)) {
    setTimeout(() => write(cache, script.createCachedData()), warm).unref()
  }
  return made.exports
}

interface Cache {
  readonly folder: string
  /** Caches of the same file, for other contents of it, begin with the same text. */
  readonly prefix: string
  readonly name: string
}

function placeOf(filename: string): Cache | undefined {
  const { env, platform, version, arch } = process
  const home = env.HOME ?? env.USERPROFILE
  const caches = platform === 'win32' ? env.LOCALAPPDATA : (env.XDG_CACHE_HOME ?? (home && join(home, '.cache')))
  if (!caches) return undefined
  try {
    const { mtimeMs, size } = statSync(filename)
    let hash = 0
    for (const char of filename) hash = (Math.imul(hash, 31) + char.charCodeAt(0)) | 0
    const prefix = `${version}-${arch}-${(hash >>> 0).toString(36)}-`
    return { folder: join(caches, 'immaculata'), prefix, name: `${prefix}${size}-${Math.round(mtimeMs)}.code` }
  } catch {
    return undefined // with --permission, say
  }
}

function read({ folder, name }: Cache): Buffer | undefined {
  try {
    const place = join(folder, name)
    // Code that somebody else has put there is not run.
    if (process.getuid && statSync(place).uid !== process.getuid()) return undefined
    return readFileSync(place)
  } catch {
    return undefined // it is not there yet
  }
}

function write({ folder, prefix, name }: Cache, data: Buffer): void {
  const temporary = join(folder, `${name}.${process.pid}`)
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    writeFileSync(temporary, data, { mode: 0o600 })
    renameSync(temporary, join(folder, name))
    for (const other of readdirSync(folder)) {
      if (other.startsWith(prefix) && other.endsWith('.code') && other !== name) rmSync(join(folder, other))
    }
  } catch {
    // A read-only home, or no permission: it is compiled at every start.
  }
}
