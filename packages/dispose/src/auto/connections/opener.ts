/** Finds who opens a connection or makes a request: the evaluation whose code, or async chain, is running. */
import type { AsyncLocalStorage as Storage } from 'node:async_hooks'
import { Scope } from '../../scope.ts'
import type { Patches } from '../node/patches.ts'
import { captureCallSites } from '../ownership/call-sites.ts'
import type { ScopeOf } from '../ownership/owner-of-call.ts'
import { runningModule } from '../ownership/running-module.ts'

const { AsyncLocalStorage } = process.getBuiltinModule('node:async_hooks')

/** A call that opens something. */
export interface Call {
  /** The scope of the evaluation that makes it. A disposed one means that the evaluation is about to be replaced, or was. */
  readonly opener: Scope | undefined
  /** Was it made by a version that is not the current one? */
  readonly superseded: boolean
  sites(): readonly NodeJS.CallSite[]
}

const gone = new Scope('')
void gone.dispose()

/** What fetch and WebSockets do later, until they are connected, they do for their caller. */
const calls: Storage<Call> = new AsyncLocalStorage()

/** Who opens a connection now. Undefined in a request, and in other code that no evaluation started. */
export function openerOf(scopeOf: ScopeOf): Scope | undefined {
  return callOf(scopeOf).opener
}

export function callOf(scopeOf: ScopeOf): Call {
  const call = calls.getStore()
  if (call) return call
  const running = runningModule()
  const { superseded = false } = running ?? {}
  const opener = superseded ? gone : running && scopeOf(running.file, running.version)
  return { opener, superseded, sites: captureCallSites() }
}

/** Notices the callers of functions that connect later. */
export function patchCalls(patches: Patches, scopeOf: ScopeOf): void {
  const run = (call: () => unknown) => calls.run(callOf(scopeOf), call)
  patches.replace(globalThis, 'fetch', (_self, _args, call) => run(call))
  // Reading this global loads all of fetch, which takes 50 ms. So it is replaced only when it is read.
  const load = () => process.getBuiltinModule('node:http').WebSocket
  patches.replaceLazily('WebSocket', load, (_self, _args, call) => run(call))
  // It is there with a flag only.
  if (Object.hasOwn(globalThis, 'EventSource'))
    patches.replace(globalThis, 'EventSource', (_self, _args, call) => run(call))
}
