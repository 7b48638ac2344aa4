/** Who opens a connection or makes a request: the evaluation whose code, or asynchronous chain, is running. */
import type { AsyncLocalStorage as Storage } from 'node:async_hooks'
import type { Patches } from '../node/patches.ts'
import type { ScopeOf } from '../ownership/owner-of-call.ts'
import { runningModule } from '../ownership/running-module.ts'

const { AsyncLocalStorage } = process.getBuiltinModule('node:async_hooks')

/** A scope, as far as it matters here: a disposed one is that of an evaluation that was replaced. */
export interface Opener {
  readonly disposed: boolean
}

const replaced: Opener = { disposed: true }

/** What fetch and WebSockets do later, on the way to their connection, they do for whoever called them. */
const calls: Storage<{ readonly opener: Opener | undefined }> = new AsyncLocalStorage()

/** Undefined in a request, and in whatever else no evaluation has begun. */
export function openerOf(scopeOf: ScopeOf): Opener | undefined {
  const call = calls.getStore()
  if (call) return call.opener
  const running = runningModule()
  if (!running) return undefined
  return running.superseded ? replaced : scopeOf(running.file, running.version)
}

/** Notices who calls what connects later. */
export function patchCalls(patches: Patches, scopeOf: ScopeOf): void {
  const run = (call: () => unknown) => calls.run({ opener: openerOf(scopeOf) }, call)
  patches.replace(globalThis, 'fetch', (_self, _args, call) => run(call))
  for (const name of ['WebSocket', 'EventSource']) {
    // Asking for one of them loads all of fetch: 50 ms that only those pay who need it.
    patches.replaceLazily(globalThis, name, (_self, _args, call) => run(call))
  }
}
