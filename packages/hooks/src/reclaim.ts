/**
 * Memory. Node keeps every module it ever loaded: in the ESM loader's `loadCache` by URL, and each imported CommonJS one in
 * its translators' `cjsCache` besides. A superseded version would stay for ever. Node has no call for this yet; an inspector
 * session inside the process can read the variables that a function closes over, which leads to both maps. When Node grows
 * such a call, it replaces this file.
 */
import { isMap } from 'node:util/types'
import { register } from './below.ts'

interface Job {
  readonly module?: { getStatus?(): number }
}

/** What Node holds of modules, as far as it could be reached. */
export interface LoaderCaches {
  /** Forgets modules that nothing can ask for any more. Returns how many were held. */
  forget(urls: Iterable<string>): number
  /** `'evaluated'`, `'errored'`, or `'pending'` for anything before that; `undefined` if Node does not know the URL. */
  statusOf(url: string): 'pending' | 'evaluated' | 'errored' | undefined
  /** The URLs of all modules, for looking up which were loaded before the hooks. */
  urls(): Iterable<string>
}

/**
 * Finds the caches. Throws when the inspector is refused (`--permission`) or not built in, or when they are not where
 * they were in Node 22, 24 and 26.
 */
export async function openLoaderCaches(): Promise<LoaderCaches> {
  const { Session } = await import('node:inspector')
  const session = new Session()
  session.connect()
  try {
    const reader = new ClosureReader((method, parameters) => {
      let result: unknown
      session.post(method, parameters as object, (error: Error | null, value: unknown) => {
        if (error) throw new Error(`${method}: ${error.message}`)
        result = value
      })
      return result
    })
    const loader = reader.read(register, ['cascadedLoader']) as { loadCache?: unknown; loadAndTranslate?: unknown }
    const { loadCache } = loader ?? {}
    if (!isMap(loadCache)) throw new Error('the ESM loader has no loadCache')
    const found = reader.read(loader.loadAndTranslate, ['translators', 'getTranslators'])
    const translators = typeof found === 'function' ? found() : found
    const cjsCache = reader.read(Map.prototype.get.call(translators, 'commonjs'), ['cjsCache', 'createCJSModuleWrap'])
    const commonjs = typeof cjsCache === 'function' ? reader.read(cjsCache, ['cjsCache']) : cjsCache
    if (!isMap(commonjs)) throw new Error('the CommonJS translator has no cjsCache')
    return caches(loadCache as Map<string, Record<string, Job>>, commonjs as Map<string, unknown>)
  } finally {
    session.disconnect()
  }
}

const statuses = { evaluated: 4, errored: 5 }

function caches(loadCache: Map<string, Record<string, Job>>, cjsCache: Map<string, unknown>): LoaderCaches {
  // The loader's own `delete` only blanks one type of an entry.
  const remove = (map: Map<string, unknown>, url: string) => Map.prototype.delete.call(map, url)
  return {
    forget(urls) {
      let count = 0
      for (const url of urls) {
        if (remove(loadCache, url)) count++
        remove(cjsCache, url)
      }
      return count
    },
    statusOf(url) {
      const jobs = Map.prototype.get.call(loadCache, url) as Record<string, Job | undefined> | undefined
      if (!jobs) return undefined
      for (const type of Reflect.ownKeys(jobs) as string[]) {
        const status = jobs[type]?.module?.getStatus?.()
        if (status === undefined) continue
        if (status >= statuses.errored) return 'errored'
        if (status >= statuses.evaluated) return 'evaluated'
      }
      return 'pending'
    },
    urls: () => Map.prototype.keys.call(loadCache) as Iterable<string>,
  }
}

type Post = (method: string, parameters?: unknown) => unknown

interface Property {
  readonly name: string
  readonly value?: { readonly objectId?: string; readonly description?: string }
}

/** Reads variables out of a function's closure. */
class ClosureReader {
  readonly #post: Post

  constructor(post: Post) {
    this.#post = post
  }

  /** The first of these variables that the function closes over. */
  read(fn: unknown, names: readonly string[]): unknown {
    const properties = this.#post('Runtime.getProperties', { objectId: this.#idOf(fn), ownProperties: true }) as {
      internalProperties?: Property[]
    }
    const scopes = properties.internalProperties?.find(({ name }) => name === '[[Scopes]]')?.value?.objectId
    if (scopes === undefined) throw new Error('functions show no scopes')
    for (const { value } of this.#own(scopes)) {
      // The global scope is the last one, and large.
      if (value?.objectId === undefined || value.description === 'Global') continue
      const variables = this.#own(value.objectId)
      for (const name of names) {
        const objectId = variables.find(variable => variable.name === name)?.value?.objectId
        if (objectId !== undefined) return this.#valueOf(objectId)
      }
    }
    throw new Error(`no variable ${names.join(' or ')}`)
  }

  #own(objectId: string): Property[] {
    return (this.#post('Runtime.getProperties', { objectId, ownProperties: true }) as { result: Property[] }).result
  }

  /** The inspector hands out ids, the program has values: they meet in a global for a moment. */
  #idOf(value: unknown): string {
    return this.#exchange(value, () => {
      const { result } = this.#post('Runtime.evaluate', { expression: `globalThis[Symbol.for('${exchange.description}')]` }) as {
        result: { objectId?: string }
      }
      if (result.objectId === undefined) throw new Error('the loader is not what it was')
      return result.objectId
    })
  }

  #valueOf(objectId: string): unknown {
    let value: unknown
    this.#exchange((found: unknown) => {
      value = found
    }, () => {
      const functionDeclaration = `function() { globalThis[Symbol.for('${exchange.description}')](this) }`
      this.#post('Runtime.callFunctionOn', { objectId, functionDeclaration })
    })
    return value
  }

  #exchange<T>(value: unknown, run: () => T): T {
    const holder = globalThis as Record<symbol, unknown>
    holder[exchange] = value
    try {
      return run()
    } finally {
      delete holder[exchange]
    }
  }
}

const exchange = Symbol.for('native hot modules: exchange')
