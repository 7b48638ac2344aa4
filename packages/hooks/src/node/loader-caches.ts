/**
 * The caches of Node's loaders, opened so that superseded versions can leave them. Node keeps every module it ever loaded: the ESM
 * loader's `loadCache` has it by URL, its translators' `cjsCache` has each imported CommonJS module as well, and its `#resolveCache`
 * has what each importer's specifiers led to. Node has no call that removes a version. The inspector shows what a function closes
 * over, and that leads to these maps. When Node gets such a call, it replaces this file.
 */
import { inspect } from 'node:util'
import { isMap, isPromise } from 'node:util/types'
import { compileNamed } from './compilation-cache.ts'
import { Inspector } from './inspector.ts'
import { register } from './other-hooks.ts'

interface Job {
  /** The jobs of its imports; a promise where linking is asynchronous: on Node 22 and before 24.21. */
  linked?: unknown
  /** A promise, once an `import()` has linked it. */
  readonly instantiated?: unknown
  readonly module?: { readonly async?: boolean; getStatus?(): number; getNamespace?(): object; getError?(): unknown }
}

export type Status = 'pending' | 'evaluated' | 'errored'

/** What Node holds of modules. */
export interface LoaderCaches {
  /** Lets go of modules that nothing can ask for any more. Returns how many there were. */
  forget(urls: Iterable<string>): number
  /**
   * Lets go of what a `require()` that failed has left half way, packages included: on Node 22, an `import()` of it would end with
   * ERR_INTERNAL_ASSERTION ever after. Not within a `require()`.
   */
  forgetHalfWay(): void
  /**
   * How far a module is; `undefined` if Node does not know the URL. One that waits at a top-level await counts as evaluated,
   * as it does for V8.
   */
  statusOf(url: string): Status | undefined
  /**
   * An evaluated module is never linked again, and nor is what lies below it. Node does not know: at each `import()` of a new
   * job it looks at every job that can be reached, 3 µs for each of them. From now on it finds none below this one.
   */
  finished(url: string): void
  /** What an ES module threw that `import()` has evaluated. */
  errorOf(url: string): { readonly error: unknown } | undefined
  /** Whether a module's own imports could not be loaded, or lack a name: it will never link, and nor will what imports it. */
  cannotLink(url: string): boolean
  /** What lives as long as an ES module does, if this URL's was evaluated. */
  instanceOf(url: string): object | undefined
  /** The URLs of all modules that were imported. */
  urls(): Iterable<string>
  /** The namespaces of all ES modules that are linked, by URL. */
  namespaces(): Iterable<readonly [url: string, namespace: object]>
  /** Has modules compiled under names of their own from now on. */
  nameModules(): void
}

interface EsmLoader {
  readonly loadCache?: unknown
  readonly loadAndTranslate?: unknown
}

/** Finds the caches. Throws when there is no inspector, or when they are not where they were in Node 22, 24 and 26. */
export function openLoaderCaches(): LoaderCaches {
  return Inspector.with(inspector => {
    // There is no loader yet in a program that is CommonJS, and was preloaded by `require`.
    const loader = (inspector.closedOver(register, ['getOrInitializeCascadedLoader']) as () => EsmLoader)()
    const { loadCache } = loader
    if (!isMap(loadCache)) throw new Error('the ESM loader has no loadCache')
    const found = inspector.closedOver(loader.loadAndTranslate, ['translators', 'getTranslators'])
    const translators = typeof found === 'function' ? found() : found
    const translator = isMap(translators) ? Map.prototype.get.call(translators, 'commonjs') : undefined
    const held = inspector.closedOver(translator, ['cjsCache', 'createCJSModuleWrap'])
    const cjsCache = typeof held === 'function' ? inspector.closedOver(held, ['cjsCache']) : held
    if (!isMap(cjsCache)) throw new Error('the CommonJS translator has no cjsCache')
    const resolveCache = inspector.privateOf(loader, '#resolveCache')
    if (!isMap(resolveCache)) throw new Error('the ESM loader has no resolveCache')
    return caches(loadCache, cjsCache, translators as Map<unknown, unknown>, resolveCache)
  })
}

/** V8's `Module::Status`, as `ModuleWrap.getStatus()` answers it. */
const evaluated = 4
const errored = 5

function caches(
  loadCache: Map<unknown, unknown>,
  cjsCache: Map<unknown, unknown>,
  translators: Map<unknown, unknown>,
  resolveCache: Map<unknown, unknown>,
): LoaderCaches {
  const jobsOf = (url: string) =>
    Object.values((Map.prototype.get.call(loadCache, url) ?? {}) as Record<string, Job | undefined>)
  return {
    forget(urls) {
      let count = 0
      for (const url of urls) {
        // The loader's own `delete` takes a type and leaves the entry standing, empty.
        if (Map.prototype.delete.call(loadCache, url)) count++
        Map.prototype.delete.call(cjsCache, url)
        // What it imported. On Node 22, an ES module that was required by its file's name gets old versions otherwise.
        Map.prototype.delete.call(resolveCache, url)
      }
      return count
    },
    forgetHalfWay() {
      const isHalfWay = (job: Job | undefined) =>
        job?.constructor.name === 'ModuleJobSync' && (job.module?.getStatus?.() ?? evaluated) < evaluated
      const urls = [...Map.prototype.keys.call(loadCache)] as string[]
      this.forget(urls.filter(url => jobsOf(url).some(isHalfWay)))
    },
    statusOf(url) {
      let status: number | undefined
      for (const job of jobsOf(url)) {
        status = job?.module?.getStatus?.() ?? 0
        if (status >= evaluated) return status > evaluated ? 'errored' : 'evaluated'
      }
      return status === undefined ? undefined : 'pending'
    },
    finished(url) {
      cutShort(jobsOf(url))
    },
    instanceOf(url) {
      const jobs = Map.prototype.get.call(loadCache, url) as Record<string, Job | undefined> | undefined
      try {
        for (const type in jobs) return jobs[type]?.module?.getNamespace?.()
      } catch {
        // It was not even linked.
      }
      return undefined
    },
    urls: () => [...Map.prototype.keys.call(loadCache)] as string[],
    *namespaces() {
      for (const url of this.urls()) {
        const namespace = this.instanceOf(url)
        if (namespace) yield [url, namespace]
      }
    },
    errorOf(url) {
      for (const job of jobsOf(url)) {
        const wrap = job?.module
        // A `require()` that came first has found that it waits for something.
        if (wrap?.getStatus?.() === errored && wrap.getError && !wrap.async) return { error: wrap.getError() }
      }
      return undefined
    },
    cannotLink(url) {
      return jobsOf(url).some(job => [job?.linked, job?.instantiated].some(step => isPromise(step) && isRejected(step)))
    },
    nameModules() {
      const translate = Map.prototype.get.call(translators, 'module') as Translate
      if (!named.has(translate)) Map.prototype.set.call(translators, 'module', nameModules(translate))
    },
  }
}

/** No jobs; without the prototype that a program could have given a `then`. */
const none: readonly Job[] = Object.freeze(Object.setPrototypeOf([], null))

/** Only what is evaluated: of everything else, Node still has to wait for the imports. */
function cutShort(jobs: ArrayLike<Job | undefined>): void {
  const todo = Array.from(jobs)
  while (todo.length > 0) {
    const job = todo.pop()
    const linked = job?.linked
    if (!job || linked === undefined || linked === none || job.module?.getStatus?.() !== evaluated) continue
    job.linked = none
    // What is not part of the program, a package with hundreds of modules, is found in this way only.
    if (isPromise(linked)) void (linked as Promise<ArrayLike<Job | undefined>>).then(cutShort, () => {})
    else for (const dependency of Array.from(linked as ArrayLike<Job | undefined>)) todo.push(dependency)
  }
}

/** Told synchronously, because the caller is in the middle of a `require()` and cannot wait for a microtask. */
const isRejected = (promise: Promise<unknown>): boolean =>
  /^Promise \{\s*<rejected>/.test(inspect(promise, { depth: 0 }))

type Translate = (this: unknown, url: string, ...rest: unknown[]) => { url?: unknown }

const named = new WeakSet<Translate>()

/** Wraps the function that compiles ES modules: the name is for V8, the URL stays what it is for everybody else. */
function nameModules(translate: Translate): Translate {
  const wrapped: Translate = function (this, url, ...rest) {
    return compileNamed(url, name => {
      const wrap = translate.call(this, name, ...rest)
      if (wrap.url === name) wrap.url = url
      return wrap
    })
  }
  named.add(wrapped)
  return wrapped
}
