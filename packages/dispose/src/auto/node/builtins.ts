/**
 * Node's modules for servers take some 30 ms to load, and most programs ask for none or one of them. So they are loaded and patched only
 * when the program asks for them.
 *
 * The names that the program asks for come in, before Node loads them. What to do with a loaded module is called once, before the
 * program gets it. The invariant: the program never sees one of these modules without its patches.
 */
import { syncBuiltinESMExports } from 'node:module'

/** Taken before it is replaced. */
const { getBuiltinModule } = process

/** Node's list of what it has loaded, in the order of loading (seen on Node 22.15 to 26.12). */
const { moduleLoadList } = process as unknown as { readonly moduleLoadList?: readonly string[] }

/** A module of Node, if anybody has loaded it. */
export function ifLoaded<Id extends keyof Modules>(id: Id): Modules[Id] | undefined {
  return isLoaded(id) ? (getBuiltinModule(`node:${id}`) as Modules[Id]) : undefined
}

interface Modules {
  readonly http: typeof import('node:http')
  readonly https: typeof import('node:https')
  readonly http2: typeof import('node:http2')
  readonly inspector: typeof import('node:inspector')
  readonly tls: typeof import('node:tls')
}

function isLoaded(id: string): boolean {
  return moduleLoadList?.includes(`NativeModule ${id}`) ?? true
}

/** The modules whose names say that one of {@link Modules} is needed. Others load some of them later, by themselves. */
const leading = /^(?:node:)?(?:https?|http2|inspector|tls|_http_\w+|_tls_\w+)$/

export class Builtins {
  readonly #waiting = new Map<keyof Modules, ((module: never) => void)[]>()
  #looked = 0

  /** `told`: is `asked` called for each module? Otherwise all of them are loaded now. */
  constructor(told: boolean) {
    if (!told) for (const id of ['http', 'https', 'http2', 'inspector', 'tls']) getBuiltinModule(`node:${id}`)
  }

  /** Calls `use` with a module as soon as it is loaded, or now. */
  whenLoaded<Id extends keyof Modules>(id: Id, use: (module: Modules[Id]) => void): void {
    const module = ifLoaded(id)
    if (module) use(module)
    else this.#waiting.set(id, [...(this.#waiting.get(id) ?? []), use])
  }

  /** The program asks for a module, by any of its names. */
  asked(name: string): void {
    if (this.#waiting.size === 0) return
    if (leading.test(name)) getBuiltinModule(name)
    this.look()
  }

  /** Node may have loaded some of them for something else, such as `fetch`. */
  look(): void {
    if (this.#waiting.size === 0 || this.#looked === moduleLoadList?.length) return
    this.#looked = moduleLoadList?.length ?? 0
    let used = false
    for (const [id, uses] of [...this.#waiting]) {
      const module = ifLoaded(id)
      if (!module) continue
      this.#waiting.delete(id)
      for (const use of uses) use(module as never)
      used = true
    }
    if (used) syncBuiltinESMExports()
  }
}
