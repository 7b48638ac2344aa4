/** Finds who opens a connection or makes a request: the evaluation whose code, or async chain, is running. */
import type { AsyncLocalStorage as Storage } from 'node:async_hooks'
import type { Patches } from '../node/patches.ts'
import type { ScopeOf } from '../ownership/owner-of-call.ts'
import { runningModule } from '../ownership/running-module.ts'

const { AsyncLocalStorage } = process.getBuiltinModule('node:async_hooks')

/** The scope of an evaluation. A disposed scope means that the evaluation was replaced. */
export interface Opener {
  readonly disposed: boolean
}

const replaced: Opener = { disposed: true }

/** What fetch and WebSockets do later, until they are connected, they do for their caller. */
const calls: Storage<{ readonly opener: Opener | undefined }> = new AsyncLocalStorage()

/** Who opens a connection now. Undefined in a request, and in other code that no evaluation started. */
export function openerOf(scopeOf: ScopeOf): Opener | undefined {
  const call = calls.getStore()
  if (call) return call.opener
  const running = runningModule()
  if (!running) return undefined
  return running.superseded ? replaced : scopeOf(running.file, running.version)
}

/** Notices the callers of functions that connect later. */
export function patchCalls(patches: Patches, scopeOf: ScopeOf): void {
  const run = (call: () => unknown) => calls.run({ opener: openerOf(scopeOf) }, call)
  patches.replace(globalThis, 'fetch', (_self, _args, call) => run(call))
  for (const name of ['WebSocket', 'EventSource']) {
    // Reading one of these globals loads all of fetch, which takes 50 ms. So they are replaced only when they are read.
    patches.replaceLazily(globalThis, name, (_self, _args, call) => run(call))
  }
}
