/** Replaces functions of Node, and puts them back. */
import { syncBuiltinESMExports } from 'node:module'
import { canIterate } from './iteration.ts'

export type Callable = (...args: unknown[]) => unknown

/** Called instead of a function of Node. `call` runs the original with the same arguments. */
export type Replacement = (self: unknown, args: unknown[], call: () => unknown) => unknown

export type Watcher = (self: unknown, args: unknown[]) => void

interface Patch {
  readonly object: object
  readonly name: string
  readonly descriptor: PropertyDescriptor | undefined
  readonly replacement: unknown
}

/**
 * The replaced functions of Node, and how to put them back.
 *
 * A replacement is a Proxy, so it has every property of the original (`util.promisify.custom`, `prototype`, a name).
 */
export class Patches {
  #patches: Patch[] = []
  readonly #replacements = new Map<unknown, unknown>()
  #active = true

  /** Replaces the function or class `object[name]`. Skips one that this version of Node does not have. */
  replace(object: object, name: string, replacement: Replacement): void {
    const original = (object as Record<string, unknown>)[name]
    if (typeof original !== 'function') return
    this.#install(object, name, original, () => this.#proxy(original as Callable, replacement))
  }

  #install(object: object, name: string, original: unknown, make: () => unknown): void {
    // The global `setTimeout` and that of `node:timers` are one function, and must stay one.
    let replacement = this.#replacements.get(original)
    if (!replacement) {
      replacement = make()
      this.#replacements.set(original, replacement)
    }
    const descriptor = Object.getOwnPropertyDescriptor(object, name)
    Object.defineProperty(object, name, {
      configurable: true,
      enumerable: descriptor?.enumerable ?? false,
      writable: true,
      value: replacement,
    })
    this.#patches.push({ object, name, descriptor, replacement })
  }

  /**
   * As `replace`, for functions that are called so often that a Proxy would cost too much. `around` is called before or after the
   * original, with the receiver and the arguments.
   */
  watch(object: object, name: string, when: 'before' | 'after', watcher: Watcher): void {
    const original = (object as Record<string, unknown>)[name]
    if (typeof original !== 'function') return
    const patches = this
    this.#install(object, name, original, () => {
      const before = when === 'before'
      const wrapper = function (this: unknown, ...args: unknown[]) {
        if (before && patches.#isOn()) watcher(this, args)
        const result = Reflect.apply(original, this, args) as unknown
        if (!before && patches.#isOn()) watcher(this, args)
        return result
      }
      for (const key of ['name', 'length']) {
        Object.defineProperty(wrapper, key, Object.getOwnPropertyDescriptor(original, key)!)
      }
      return wrapper
    })
  }

  /**
   * The same for a global that Node loads when it is first read, or when anybody asks for its descriptor: it is still loaded only then,
   * by `load`, which finds the same elsewhere.
   */
  replaceLazily(name: string, load: () => unknown, replacement: Replacement): void {
    if (!Object.hasOwn(globalThis, name)) return
    const common = { configurable: true, enumerable: false }
    const put = (value: unknown) => Object.defineProperty(globalThis, name, { ...common, writable: true, value })
    const get = (): unknown => {
      put(load())
      if (this.#active) this.replace(globalThis, name, replacement)
      return Reflect.get(globalThis, name)
    }
    // To define it anew, V8 would look at what it is now, and load it.
    Reflect.deleteProperty(globalThis, name)
    Object.defineProperty(globalThis, name, { ...common, get, set: value => void put(value) })
  }

  /** Named imports of built-in modules are copies. This gives them the present values of the modules' properties. */
  sync(): void {
    syncBuiltinESMExports()
  }

  /** Puts back what nobody else has replaced since. Otherwise the replacement stays, and only passes calls on. */
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

  #isOn(): boolean {
    return this.#active && canIterate()
  }

  #proxy(original: Callable, replacement: Replacement): unknown {
    return new Proxy(original, {
      apply: (target, self, args) => {
        const call = () => Reflect.apply(target, self, args)
        return this.#isOn() ? replacement(self, args, call) : call()
      },
      construct: (target, args, newTarget) => {
        const call = () => Reflect.construct(target, args, newTarget) as unknown
        return (this.#isOn() ? replacement(undefined, args, call) : call()) as object
      },
    })
  }
}
