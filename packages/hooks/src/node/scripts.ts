/**
 * Finds the source that a function was compiled from. A function comes in; the id and the URL of its script come out. A runtime function
 * of V8 returns the id in 10 ns. The URLs come from the debugger, once for all new scripts.
 */
import { setFlagsFromString } from 'node:v8'
import { compileFunction } from 'node:vm'
import type { Inspector, Script } from './inspector.ts'

/** The id of a function's script; -1 for builtins, bound functions, and everything that is not a function. */
export function scriptIdOf(value: unknown): number {
  if (typeof value !== 'function') return -1
  ask ??= compileAsk()
  return ask(value)
}

let ask: ((value: object) => number) | undefined

/** It is not tried without the flag: a text that does not parse ends a process with `--abort-on-uncaught-exception`, caught or not. */
function compileAsk(): (value: object) => number {
  const isGiven = process.execArgv.some(flag => /^--allow[-_]natives[-_]syntax$/.test(flag))
  setFlagsFromString('--allow-natives-syntax')
  try {
    return compileFunction('return %FunctionGetScriptId(value)', ['value']) as (value: object) => number
  } finally {
    if (!isGiven) setFlagsFromString('--no-allow-natives-syntax')
  }
}

let marks = 0

/** An id that is larger than those of all scripts so far, and smaller than those of all later ones. */
export function nextScriptId(): number {
  return scriptIdOf(compileFunction(`return ${++marks}`))
}

const unknown: Script = { id: -1, url: '', module: false }

/** The scripts of this process. For an unknown one, the list is read once more. */
export class Scripts {
  readonly #byId = new Map<number, Script>()

  /** The script of a function; its URL is empty for builtins. */
  of(fn: unknown, inspector: Inspector): Script {
    const id = scriptIdOf(fn)
    if (id < 0) return unknown
    const known = this.#byId.get(id)
    if (known) return known
    for (const script of inspector.scripts()) this.#byId.set(script.id, script)
    const found = this.#byId.get(id)
    // V8 does not report every internal script, so each is asked for only once.
    if (!found) this.#byId.set(id, { id, url: '', module: false })
    return found ?? unknown
  }
}
