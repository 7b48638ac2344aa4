/** The debugger's port that a module opens by itself: it is open once in a process, and a second call is refused. */
import type { Builtins } from '../node/builtins.ts'
import type { Patches } from '../node/patches.ts'
import type { Owned } from '../ownership/owned-resources.ts'
import type { Owners } from '../ownership/owner-of-call.ts'

export function patchDebuggers(patches: Patches, owned: Owned, owners: Owners, builtins: Builtins): void {
  builtins.whenLoaded('inspector', inspector => {
    patches.replace(inspector, 'open', (_self, _args, call) => {
      const scope = owners.find()?.scope
      const opened = call() as object | undefined
      const isOpen = () => inspector.url() !== undefined
      // Node 22 returns nothing.
      const resource = opened ?? {}
      if (scope) owned.give(scope, { kind: undefined, resource, isOpen, close: () => inspector.close() })
      return opened
    })
  })
}
