/**
 * Memory. Node keeps every module it ever loaded: in the ESM loader's `loadCache`, by URL, and each imported CommonJS one in
 * its translators' `cjsCache` besides. A superseded version would stay for ever. Node has no call that lets go of one; what
 * a function closes over leads to both maps. When Node grows such a call, it replaces this file.
 */
import { isMap } from 'node:util/types'
import { setFlagsFromString } from 'node:v8'
import { register } from './below.ts'
import { Inspector } from './inspector.ts'

interface Job {
  readonly module?: { getStatus?(): number }
}

export type Status = 'pending' | 'evaluated' | 'errored'

/** What Node holds of modules. */
export interface LoaderCaches {
  /** Lets go of modules that nothing can ask for any more. Returns how many there were. */
  forget(urls: Iterable<string>): number
  /**
   * How far a module is; `undefined` if Node does not know the URL. One that waits at a top-level await counts as evaluated,
   * as it does for V8.
   */
  statusOf(url: string): Status | undefined
}

/** Finds the caches. Throws when there is no inspector, or when they are not where they were in Node 22, 24 and 26. */
export function openLoaderCaches(): LoaderCaches {
  return Inspector.with(inspector => {
    const loader = inspector.closedOver(register, ['cascadedLoader']) as {
      loadCache?: unknown
      loadAndTranslate?: unknown
    }
    const { loadCache } = loader
    if (!isMap(loadCache)) throw new Error('the ESM loader has no loadCache')
    const found = inspector.closedOver(loader.loadAndTranslate, ['translators', 'getTranslators'])
    const translators = typeof found === 'function' ? found() : found
    const translator = isMap(translators) ? Map.prototype.get.call(translators, 'commonjs') : undefined
    const held = inspector.closedOver(translator, ['cjsCache', 'createCJSModuleWrap'])
    const cjsCache = typeof held === 'function' ? inspector.closedOver(held, ['cjsCache']) : held
    if (!isMap(cjsCache)) throw new Error('the CommonJS translator has no cjsCache')
    return caches(loadCache, cjsCache)
  })
}

/** V8's `Module::Status`, as `ModuleWrap.getStatus()` answers it. */
const evaluated = 4

function caches(loadCache: Map<unknown, unknown>, cjsCache: Map<unknown, unknown>): LoaderCaches {
  return {
    forget(urls) {
      let count = 0
      for (const url of urls) {
        // The loader's own `delete` takes a type and leaves the entry standing, empty.
        if (Map.prototype.delete.call(loadCache, url)) count++
        Map.prototype.delete.call(cjsCache, url)
      }
      return count
    },
    statusOf(url) {
      const jobs = Map.prototype.get.call(loadCache, url) as Record<string, Job | undefined> | undefined
      if (!jobs) return undefined
      for (const job of Object.values(jobs)) {
        const status = job?.module?.getStatus?.() ?? 0
        if (status >= evaluated) return status > evaluated ? 'errored' : 'evaluated'
      }
      return 'pending'
    },
  }
}

let timer: NodeJS.Timeout | undefined

/**
 * Keeps V8's compilation cache, for a moment, from taking in what is compiled: it would hold the source and the code of every
 * version until half a dozen full collections had passed it by, and 2 MB for each reload of a 1 MB module make a collection
 * rarer each time. It never answers for a module's new version anyway, whose name is another one.
 */
export function bypassCompilationCache(): void {
  if (timer) {
    timer.refresh()
    return
  }
  if (isDisabled()) return
  setFlagsFromString('--no-compilation-cache')
  timer = setTimeout(() => {
    timer = undefined
    setFlagsFromString('--compilation-cache')
  }, moment).unref()
}

/** Long enough for evaluations that wait for something, in ms. */
const moment = 500

/** Whether the program was started with the flag. */
function isDisabled(): boolean {
  return [...process.execArgv, process.env.NODE_OPTIONS ?? ''].some(options =>
    /no[-_]compilation[-_]cache/.test(options),
  )
}
