/**
 * Which other hooks take part in loading. Sync hooks run last registered first, so the hooks below ours are known when ours are
 * first called: an error that Node's default step raises carries a call site for every hook that it came through. Without a hook
 * below, resolving and loading can answer from memory at once. With one, `next` must be called, or a compiler there would never see
 * our bytes.
 */
import module, { syncBuiltinESMExports } from 'node:module'
import { fileURLToPath } from 'node:url'

export type Chain = 'resolve' | 'load' | 'load for require'

/** As V8 names this file: an ES module by its URL, CommonJS by its path. */
const own: readonly (string | null)[] = [import.meta.url, fileURLToPath(import.meta.url)]
const answers = new Map<Chain, boolean>()

/**
 * Whether another hook lies below ours in this chain. `next` is called with an encoded
 * slash or an unknown scheme for a name, which the default steps refuse whatever is on the disk.
 */
export function hasHookBelow<T>(chain: Chain, next: (name: string, context: T) => unknown, context: T): boolean {
  let answer = answers.get(chain)
  if (answer === undefined) {
    answer = !isRefusedByNode(() => next(chain === 'resolve' ? './hot%2Fprobe' : 'hot:probe', context))
    answers.set(chain, answer)
  }
  return answer
}

function isRefusedByNode(call: () => unknown): boolean {
  const files = filesOnStack(100, () => {
    try {
      call()
      return undefined // a hook answered
    } catch (error) {
      return error
    }
  })
  // An error that crossed over from the thread of off-thread hooks has no call sites left.
  return files?.slice(0, files.findIndex(isOwn)).every(isNode) ?? false
}

/**
 * Whether a hook registered after ours waits for what our load hook returns: it stands in our own call stack, between us
 * and Node's loader.
 */
export function hasHookAbove(): boolean {
  const files = filesOnStack(20, () => new Error()) ?? []
  const loader = files.findIndex(file => /^node:internal\/modules\/(?:esm|cjs)\/loader$/.test(file ?? ''))
  return !files.slice(0, loader < 0 ? undefined : loader).every(file => isNode(file) || isOwn(file))
}

/**
 * Whether tsx resolves above ours. It knows CommonJS TypeScript by its file, and takes a query for a part of that file's name
 * (4.2x: `view.ts?ver=1` becomes `view.ts%3Fver=1`), which makes a module of its own of every version.
 */
export function isTsxAbove(): boolean {
  const files = filesOnStack(20, () => new Error()) ?? []
  return files.some(file => /[\\/]tsx[\\/]dist[\\/]/.test(file ?? ''))
}

function isOwn(file: string | null): boolean {
  return own.includes(file)
}

function isNode(file: string | null): boolean {
  return file?.startsWith('node:') ?? false
}

/** The files of an error's call sites, innermost first; `undefined` if it has none. */
function filesOnStack(limit: number, raise: () => unknown): (string | null)[] | undefined {
  const { prepareStackTrace, stackTraceLimit } = Error
  let files: (string | null)[] | undefined
  try {
    // None of this can be set with `--frozen-intrinsics`: then there are no call sites.
    Reflect.set(Error, 'stackTraceLimit', limit)
    Reflect.set(Error, 'prepareStackTrace', (_: Error, sites: NodeJS.CallSite[]) => {
      files = sites.map(site => site.getFileName() ?? null)
      return ''
    })
    const error = raise()
    void (error as Error | undefined)?.stack
    return files
  } finally {
    Reflect.set(Error, 'prepareStackTrace', prepareStackTrace)
    Reflect.set(Error, 'stackTraceLimit', stackTraceLimit)
  }
}

/** Node's own `module.register`, whatever has been put around it since. */
export const register = module.register
let watching = false

/** Off-thread hooks lie below all others, and may be registered at any time: from then on everything is asked again. */
export function noticeRegister(): void {
  if (watching) return
  watching = true
  module.register = function (this: unknown, ...args: Parameters<typeof register>) {
    answers.clear()
    return register.apply(module, args)
  } as typeof register
  syncBuiltinESMExports()
}
