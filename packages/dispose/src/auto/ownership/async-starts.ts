/**
 * Notes which module starts an async chain inside a package. Modules call packages, which wait for a promise or a tick before they
 * connect or set a timer: by then no function of a tree is on the stack. So every wait that begins while a module is evaluated is
 * noted for that module. This runs only while something is being loaded, and costs nothing at any other time.
 */
import { promiseHooks } from 'node:v8'
import { captureCallSites } from './call-sites.ts'

/** Calls `note` before anything begins to wait, within an evaluation or not. */
export class AsyncStarts {
  readonly #note: () => void
  #noting = false
  #ended: (() => void)[] = []
  readonly #promised = (): void => {
    if (!isOfLoader(this.#promised)) this.#begins()
  }

  constructor(note: () => void) {
    this.#note = note
  }

  watch(): void {
    if (this.#ended.length > 0) return
    this.#ended = [promiseHooks.onInit(this.#promised) as () => void, this.#replace(process, 'nextTick')]
  }

  /**
   * `queueMicrotask` was called, at any time: a program that compares it with what it was before finds one function. That of `process`
   * is called too often for it.
   */
  queued(): void {
    if (this.#ended.length > 0) this.#begins()
  }

  unwatch(): void {
    for (let end = this.#ended.pop(); end; end = this.#ended.pop()) end()
  }

  #begins(): void {
    if (this.#noting) return // `note` itself began to wait
    this.#noting = true
    try {
      this.#note()
    } finally {
      this.#noting = false
    }
  }

  #replace(object: object, name: string): () => void {
    const descriptor = Object.getOwnPropertyDescriptor(object, name)
    const original: unknown = descriptor?.value
    if (typeof original !== 'function' || !descriptor!.configurable) return () => {}
    const value = new Proxy(original, {
      apply: (target, self, args: unknown[]) => {
        if (this.#ended.length > 0) this.#begins() // a program may have kept it
        return Reflect.apply(target, self, args) as unknown
      },
    })
    Object.defineProperty(object, name, { ...descriptor, value })
    return () => {
      if (Reflect.get(object, name) === value) Object.defineProperty(object, name, descriptor!)
    }
  }
}

/**
 * Was a promise made by Node's loader? Most promises that are made while something is loaded are. The last one or two calls tell it,
 * so the whole stack need not be looked at.
 */
function isOfLoader(init: () => void): boolean {
  const sites = captureCallSites(2, init)()
  // Not `for … of`: a program may have deleted the iterator of arrays.
  for (let at = 0; at < sites.length; at++) {
    const file = sites[at]!.getFileName()
    if (file) return file.startsWith('node:internal/modules/') || file === 'node:internal/per_context/primordials'
  }
  return sites.length < 2 // it continues another promise, and no function called it
}
