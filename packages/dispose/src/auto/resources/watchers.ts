/** File watchers. */
import type { FSWatcher, StatWatcher } from 'node:fs'
import type { Patches } from '../node/patches.ts'
import { openForEvents } from '../ownership/origins.ts'
import type { Owned } from '../ownership/owned-resources.ts'
import type { Owners } from '../ownership/owner-of-call.ts'
import { ownIterable } from './endless-iterables.ts'

const fs = process.getBuiltinModule('node:fs')

export function patchWatchers(patches: Patches, owned: Owned, owners: Owners): void {
  patches.replace(fs, 'watch', (_self, _args, call) => {
    const scope = owners.find()?.scope
    const watcher = openForEvents(call) as FSWatcher
    if (scope) {
      let open = true
      watcher.once('close', () => {
        open = false
      })
      owned.give(scope, { kind: 'watchers', resource: watcher, isOpen: () => open, close: () => watcher.close() })
    }
    return watcher
  })
  patches.replace(fs, 'watchFile', (_self, args, call) => {
    const scope = owners.find()?.scope
    const watcher = openForEvents(call) as StatWatcher
    if (scope) {
      const listener = args.find(arg => typeof arg === 'function') as () => void
      owned.give(scope, {
        kind: 'watchers',
        resource: watcher,
        isOpen: () => watcher.listeners('change').includes(listener),
        close: () => fs.unwatchFile(args[0] as string, listener),
      })
    }
    return watcher
  })
  patches.replace(fs.promises, 'watch', (_self, args, call) => {
    const scope = typeof args[1] === 'string' ? undefined : owners.find()?.scope
    return scope ? ownIterable('watchers', owned, scope, call, args, 1) : call()
  })
}
