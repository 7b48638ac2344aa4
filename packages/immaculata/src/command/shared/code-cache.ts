/**
 * Evaluates a CommonJS file of this product with V8's code cache, so that nothing of it has to be compiled at a start. The file comes
 * in, and what it exports goes out. The invariant: a cache is used only if it was made of these very bytes by this user, and where none
 * can be read or written, the file is compiled as usual.
 *
 * The caches lie in the user's cache folder: one for each file, version of Node, processor and set of V8's flags. V8 itself compares no
 * more than the length of the source, and crashes on a cache that was damaged (seen on Node 22 to 26).
 */
import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { cachedDataVersionTag } from 'node:v8'
import { Script } from 'node:vm'

/** The functions that were called until then, in ms after the start, are in the cache. */
const warm = 1_000

/** So many caches are kept: there is one for each place in which this product is installed. */
const kept = 24

/** Taken before the program may replace it. */
const { setTimeout } = globalThis

/** What the file is given: as every CommonJS module, and an `import()` with the URL of its importer, since `node:vm` gives none. */
const parameters = ['exports', 'require', 'module', '__filename', '__dirname', '__import', '__importer']

/** `from` is the name of the file that calls this: for what is imported, it is the importer. */
export function exportsOf(filename: string, from: string): unknown {
  const cache = placeOf(filename)
  const source = readFileSync(filename, 'latin1')
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
    const { ownTimeout = setTimeout } = made.exports as { ownTimeout?: typeof setTimeout }
    ownTimeout(() => write(cache, script.createCachedData()), warm).unref()
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
    // npm gives every file the same time of its last change. The time at which it came there cannot be set.
    const { mtimeMs, ctimeMs, size } = statSync(filename)
    let hash = 0
    for (const char of filename) hash = (Math.imul(hash, 31) + char.charCodeAt(0)) | 0
    const prefix = `${version}-${arch}-${short(cachedDataVersionTag())}-${short(hash)}-`
    const name = `${prefix}${[size, mtimeMs, ctimeMs].map(Math.round).map(short).join('-')}.code`
    return { folder: join(caches, 'immaculata'), prefix, name }
  } catch {
    return undefined // with --permission, say
  }
}

function short(number: number): string {
  return (number < 0 ? number >>> 0 : number).toString(36)
}

function read({ folder, name }: Cache): Buffer | undefined {
  let file: number | undefined
  try {
    file = openSync(join(folder, name), 'r')
    const { uid, mode } = fstatSync(file)
    // Code that somebody else may have put there is not run.
    if (process.getuid && (uid !== process.getuid() || (mode & 0o022) !== 0)) return undefined
    const bytes = readFileSync(file)
    const data = bytes.subarray(0, -4)
    return bytes.readInt32LE(data.length) === sumOf(data) ? data : undefined
  } catch {
    return undefined // it is not there yet
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/** A file may be damaged when the machine loses its power. `zlib` would tell as well, but is slower to load than this is. */
function sumOf(data: Buffer): number {
  const words = new Int32Array(data.buffer, data.byteOffset, data.length >> 2)
  let sum = data.length
  for (let at = 0; at < words.length; at++) sum = Math.imul(sum ^ words[at]!, 0x01000193)
  return sum
}

function write({ folder, prefix, name }: Cache, data: Buffer): void {
  try {
    const sum = Buffer.alloc(4)
    sum.writeInt32LE(sumOf(data))
    makeFolder(dirname(folder))
    makeFolder(folder)
    const temporary = join(folder, `${name}.${process.pid}`)
    writeFileSync(temporary, Buffer.concat([data, sum]), { mode: 0o600 })
    renameSync(temporary, join(folder, name))
    const others = readdirSync(folder).filter(other => other !== name)
    const times = new Map(others.map(other => [other, statSync(join(folder, other)).mtimeMs]))
    others.sort((a, b) => times.get(b)! - times.get(a)!)
    for (const [at, other] of others.entries()) {
      if (at >= kept - 1 || (other.startsWith(prefix) && other.endsWith('.code'))) rmSync(join(folder, other))
    }
  } catch {
    // A read-only home, or no permission: it is compiled at every start.
  }
}

/** With `recursive`, Node goes round for ever where a folder is there and nothing can be made in it (`/proc`; seen on Node 22 to 26). */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch {
    // It is there, or what comes next fails.
  }
}
