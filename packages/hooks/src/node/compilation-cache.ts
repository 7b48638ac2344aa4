/**
 * V8's compilation cache, which answers for a source with the same text and the same name. Node names a module by its URL, and the
 * version in it differs each time. So the cache never answers for an unchanged module that is re-evaluated, and each entry holds the
 * source and the code of a superseded version until it has survived half a dozen full collections. Therefore modules are named by
 * their ids here, which makes the unchanged ones a hit, and a text that is new is kept out of the cache.
 */
import { setFlagsFromString } from 'node:v8'
import type { TreeFile } from '@hot/tree'

/** Taken before the program may replace them. */
const { setTimeout } = globalThis

interface Naming {
  readonly name: string
  /** Whether V8 may look for it in its cache, and put it there. */
  readonly cached: boolean
}

/** For each program: how a module is to be compiled. */
export const namings = new Set<(url: string) => Naming | undefined>()

/** Compiles the module of a URL, under the name it should have. */
export function compileNamed<T extends { url?: unknown }>(url: string, compile: (name: string) => T): T {
  for (const naming of namings) {
    const found = naming(url)
    if (found) return withCache(found.cached, () => compile(found.name))
  }
  return compile(url)
}

/** A module that is about to be compiled again. */
export interface Compiled {
  readonly id: string
  /** What it was compiled from last. */
  readonly lastFile: TreeFile | undefined
}

/** How a module, known to Node by `url`, is to be compiled once it is re-evaluated. */
export function namingOf(module: Compiled, url: string, file: TreeFile | undefined): Naming {
  return {
    name: file && isNameable(file) ? module.id : url,
    cached: file !== undefined && isNameable(file) && file === module.lastFile,
  }
}

/**
 * Whether a module may be named by its id: with `import()` in it, the name would be the importer, and a superseded version
 * could not be told from the current one.
 */
export function isNameable(file: TreeFile): boolean {
  let nameable = nameables.get(file)
  if (nameable === undefined) {
    nameable = !/\bimport\s*(?:\(|\.\s*(?:defer|source)\b|\/[*/])|\beval\b|\bFunction\b/.test(file.text)
    nameables.set(file, nameable)
  }
  return nameable
}

const nameables = new WeakMap<TreeFile, boolean>()

let enabled = true

/** V8 reads the flag whenever it compiles. */
function setEnabled(on: boolean): void {
  if (on === enabled || isDisabled) return
  enabled = on
  setFlagsFromString(on ? '--compilation-cache' : '--no-compilation-cache')
}

function withCache<T>(cached: boolean, run: () => T): T {
  const before = enabled
  setEnabled(cached)
  try {
    return run()
  } finally {
    setEnabled(before)
  }
}

let timer: NodeJS.Timeout | undefined

/** Leaves the cache out for a moment: for CommonJS, which is compiled when it is evaluated. */
export function bypassCache(): void {
  if (timer) {
    timer.refresh()
    return
  }
  setEnabled(false)
  timer = setTimeout(() => {
    timer = undefined
    setEnabled(true)
  }, moment).unref()
}

/** In ms. */
const moment = 200

/** Whether the program was started without the cache. */
const isDisabled = [...process.execArgv, process.env.NODE_OPTIONS ?? ''].some(options =>
  /no[-_]compilation[-_]cache/.test(options),
)
