/**
 * Which source a function was compiled from. A function comes in; its script's id and URL come out. V8 tells the id in 10 ns
 * through one of its own runtime functions; the URLs come from the debugger, once for all scripts that are new.
 */
import { setFlagsFromString } from 'node:v8'
import { compileFunction } from 'node:vm'
import type { Inspector, Script } from './inspector.ts'

/** The id of the script that a function stands in; -1 for builtins, bound functions and everything that is no function. */
export function scriptIdOf(value: unknown): number {
  if (typeof value !== 'function') return -1
  ask ??= compileAsk()
  return ask(value)
}

let ask: ((value: object) => number) | undefined

function compileAsk(): (value: object) => number {
  const compile = () => compileFunction('return %FunctionGetScriptId(value)', ['value']) as (value: object) => number
  try {
    return compile() // the program may run with that flag
  } catch {
    setFlagsFromString('--allow-natives-syntax')
    try {
      return compile()
    } finally {
      setFlagsFromString('--no-allow-natives-syntax')
    }
  }
}

const unknown: Script = { id: -1, url: '', module: false }

/** The scripts of this process. One that is asked for and not known yet has the list read anew. */
export class Scripts {
  readonly #byId = new Map<number, Script>()

  /** The script that a function stands in; its URL is empty for builtins. */
  of(fn: unknown, inspector: Inspector): Script {
    const id = scriptIdOf(fn)
    if (id < 0) return unknown
    const known = this.#byId.get(id)
    if (known) return known
    this.#byId.clear()
    for (const script of inspector.scripts()) this.#byId.set(script.id, script)
    const found = this.#byId.get(id)
    // V8 does not tell of every internal script: nothing is asked twice.
    if (!found) this.#byId.set(id, { id, url: '', module: false })
    return found ?? unknown
  }
}
