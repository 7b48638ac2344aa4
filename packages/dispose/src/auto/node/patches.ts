import { syncBuiltinESMExports } from 'node:module'

export type Callable = (...args: unknown[]) => unknown

/** Called instead of a function of Node's; `call` runs the original with the arguments as they came. */
export type Replacement = (self: unknown, args: unknown[], call: () => unknown) => unknown

interface Patch {
  readonly object: object
  readonly name: string
  readonly descriptor: PropertyDescriptor | undefined
  readonly replacement: unknown
}

/**
 * Functions of Node's that were replaced, and how to put them back.
 *
 * A replacement is a Proxy, so that whatever hangs on the original (`util.promisify.custom`, `prototype`, a name) is there.
 */
export class Patches {
  #patches: Patch[] = []
  readonly #replacements = new Map<unknown, unknown>()
  #active = true

  /** Replaces `object[name]`, called or constructed; passes over what this version of Node does not have. */
  replace(object: object, name: string, replacement: Replacement): void {
    const original = (object as Record<string, unknown>)[name]
    if (typeof original !== 'function') return
    // The global `setTimeout` and the one in `node:timers` are one function, and stay one.
    let proxy = this.#replacements.get(original)
    if (!proxy) {
      proxy = this.#proxy(original as Callable, replacement)
      this.#replacements.set(original, proxy)
    }
    const descriptor = Object.getOwnPropertyDescriptor(object, name)
    Object.defineProperty(object, name, {
      configurable: true,
      enumerable: descriptor?.enumerable ?? false,
      writable: true,
      value: proxy,
    })
    this.#patches.push({ object, name, descriptor, replacement: proxy })
  }

  /** The same for a global that Node loads when it is asked for first: it stays as late. */
  replaceLazily(object: object, name: string, replacement: Replacement): void {
    const descriptor = Object.getOwnPropertyDescriptor(object, name)
    if (!descriptor?.get || !descriptor.configurable) {
      if (descriptor) this.replace(object, name, replacement)
      return
    }
    const get = () => {
      // Node puts the value in the getter's place now.
      Object.defineProperty(object, name, descriptor)
      const value: unknown = Reflect.get(object, name)
      if (this.#active) this.replace(object, name, replacement)
      return this.#active ? (Reflect.get(object, name) as unknown) : value
    }
    Object.defineProperty(object, name, { ...descriptor, get })
  }

  /** Named imports of built-in modules are copies; this makes them what the modules' properties are now. */
  sync(): void {
    syncBuiltinESMExports()
  }

  /** Puts back what nobody else has replaced since; elsewhere the replacement stays, and only passes on. */
  restore(): void {
    this.#active = false
    for (const { object, name, descriptor, replacement } of this.#patches.reverse()) {
      if ((object as Record<string, unknown>)[name] !== replacement) continue
      if (descriptor) Object.defineProperty(object, name, descriptor)
      else delete (object as Record<string, unknown>)[name]
    }
    this.#patches = []
    this.sync()
  }

  #proxy(original: Callable, replacement: Replacement): unknown {
    return new Proxy(original, {
      apply: (target, self, args) => {
        const call = () => Reflect.apply(target, self, args)
        return this.#active ? replacement(self, args, call) : call()
      },
      construct: (target, args, newTarget) => {
        const call = () => Reflect.construct(target, args, newTarget) as unknown
        return (this.#active ? replacement(undefined, args, call) : call()) as object
      },
    })
  }
}
