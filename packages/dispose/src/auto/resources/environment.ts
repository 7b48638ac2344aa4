/**
 * Environment variables.
 *
 * What a module sets in `process.env` during its evaluation comes in. When the module is replaced, each variable gets the value back
 * that it had before. The invariant: a variable that somebody else has set since keeps its value.
 *
 * While something is loaded, `process.env` is a Proxy, since nothing else tells of a variable that is set. The program runs on with
 * Node's own object, which reads faster, and can be cloned.
 */
import type { Owned } from '../ownership/owned-resources.ts'
import type { Owners } from '../ownership/owner-of-call.ts'

/** A variable as one evaluation has set it. `undefined`: there is no such variable. */
interface Setting {
  readonly value: string | undefined
  before: string | undefined
}

export class Environment {
  readonly #owned: Owned
  readonly #owners: Owners
  /** By Node's object, or by what the program has put in its place. */
  readonly #proxies = new WeakMap<NodeJS.ProcessEnv, NodeJS.ProcessEnv>()
  #watched: NodeJS.ProcessEnv | undefined

  constructor(owned: Owned, owners: Owners) {
    this.#owned = owned
    this.#owners = owners
  }

  /** Something begins to be loaded. */
  watch(): void {
    const variables = process.env
    this.#watched = variables
    let proxy = this.#proxies.get(variables)
    if (!proxy) {
      proxy = this.#proxy(variables)
      this.#proxies.set(variables, proxy)
      this.#proxies.set(proxy, proxy)
    }
    process.env = proxy
  }

  /** Nothing is being loaded any more. */
  unwatch(): void {
    const variables = this.#watched
    this.#watched = undefined
    if (variables && process.env === this.#proxies.get(variables)) process.env = variables
  }

  /** Variables live in Node's object alone, so the receiver is not passed on. */
  #proxy(variables: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
    const settings = new Settings(variables)
    const change = (name: string | symbol, apply: () => boolean): boolean => {
      const opener = typeof name === 'string' ? this.#owners.findCheaply() : undefined
      if (!opener) return apply()
      const before = variables[name as string]
      const done = apply()
      const setting = settings.add(name as string, { value: variables[name as string], before })
      this.#owned.give(opener.scope, {
        kind: undefined,
        resource: setting,
        isOpen: () => settings.has(name as string, setting),
        close: () => settings.takeBack(name as string, setting),
      })
      return done
    }
    return new Proxy(variables, {
      set: (target, name, value) => change(name, () => Reflect.set(target, name, value)),
      defineProperty: (target, name, property) => change(name, () => Reflect.defineProperty(target, name, property)),
      deleteProperty: (target, name) => change(name, () => Reflect.deleteProperty(target, name)),
    })
  }
}

/** What evaluations have set, by the variable's name, oldest first. */
class Settings {
  readonly #variables: NodeJS.ProcessEnv
  readonly #ofVariables = new Map<string, Setting[]>()

  constructor(variables: NodeJS.ProcessEnv) {
    this.#variables = variables
  }

  add(name: string, setting: Setting): Setting {
    const all = this.#ofVariables.get(name) ?? []
    all.push(setting)
    this.#ofVariables.set(name, all)
    return setting
  }

  has(name: string, setting: Setting): boolean {
    return this.#ofVariables.get(name)?.includes(setting) ?? false
  }

  takeBack(name: string, setting: Setting): void {
    const all = this.#ofVariables.get(name)
    const at = all?.indexOf(setting) ?? -1
    if (!all || at < 0) return
    all.splice(at, 1)
    if (all.length === 0) this.#ofVariables.delete(name)
    const next = all[at]
    if (next) next.before = setting.before
    else if (this.#variables[name] === setting.value) this.#restore(name, setting.before)
  }

  #restore(name: string, value: string | undefined): void {
    if (value === undefined) delete this.#variables[name]
    else this.#variables[name] = value
  }
}
