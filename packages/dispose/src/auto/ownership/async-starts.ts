/**
 * Notes who starts an async chain inside a package. Modules call packages, and those wait for a promise or a tick before they
 * connect or set a timer: by then no function of a tree is on the stack. So whatever begins to wait while a module is evaluated
 * is noted for that module. This runs while something is being loaded, and costs nothing at any other time.
 */
import { createHook } from 'node:async_hooks'

/** `note` is called, within an evaluation or not, before anything begins to wait. */
export class AsyncStarts {
  readonly #note: () => void
  #noting = false
  #ticks: (() => void) | undefined
  readonly #hook = createHook({ init: () => this.#begins() })

  constructor(note: () => void) {
    this.#note = note
  }

  watch(): void {
    if (this.#ticks) return
    this.#hook.enable()
    // Node 24 and 26 take the context of these before a hook is told.
    this.#ticks = () => {}
    const restores = [this.#replace(process, 'nextTick'), this.#replace(globalThis, 'queueMicrotask')]
    this.#ticks = () => {
      for (const restore of restores) restore()
    }
  }

  unwatch(): void {
    if (!this.#ticks) return
    this.#hook.disable()
    this.#ticks()
    this.#ticks = undefined
  }

  #begins(): void {
    if (this.#noting) return // what noting begins itself
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
        this.#begins()
        return Reflect.apply(target, self, args) as unknown
      },
    })
    Object.defineProperty(object, name, { ...descriptor, value })
    return () => {
      if (Reflect.get(object, name) === value) Object.defineProperty(object, name, descriptor!)
    }
  }
}
