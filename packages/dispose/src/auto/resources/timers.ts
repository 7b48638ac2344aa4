/** Timers and sleeps: the timers of a replaced module never fire again, and its sleeps never end. */

import type { Scope } from '../../scope.ts'
import type { Patches } from '../node/patches.ts'
import { currentOrigin } from '../ownership/origins.ts'
import type { Owned } from '../ownership/owned-resources.ts'
import type { Owners } from '../ownership/owner-of-call.ts'
import { TimerChain } from '../ownership/timer-chain.ts'
import { ownIterable } from './endless-iterables.ts'

const timers = process.getBuiltinModule('node:timers')
const timersPromises = process.getBuiltinModule('node:timers/promises')

export function patchTimers(patches: Patches, owned: Owned, owners: Owners): void {
  const clear = { setTimeout: clearTimeout, setInterval: clearInterval, setImmediate: clearImmediate }
  const register = (scope: Scope) => (chain: TimerChain, resource: object) =>
    owned.give(scope, {
      kind: 'timers',
      resource,
      isOpen: () => chain.isOpen,
      isOver: () => chain.isOver,
      close: () => chain.close(),
    })
  for (const [name, close] of Object.entries(clear)) {
    const repeats = name === 'setInterval'
    for (const object of [globalThis, timers]) {
      patches.replace(object, name, (_self, args, call) => {
        const scope = owners.findDirect()?.scope
        const chain = scope ? new TimerChain(register(scope)) : TimerChain.current
        if (!chain) return call()
        const create = (callback: unknown) => {
          args[0] = callback
          return call() as object
        }
        return chain.set(args[0], repeats, create, timer => close(timer as never))
      })
    }
  }
  patches.replace(timersPromises, 'setInterval', (_self, args, call) => {
    const scope = owners.findDirect()?.scope
    return scope ? ownIterable('timers', owned, scope, call, args, 2) : call()
  })
  for (const name of ['setTimeout', 'setImmediate']) patchSleep(patches, timersPromises, name, owners)
  const scheduler = Object.getPrototypeOf(timersPromises.scheduler) as object
  for (const name of ['wait', 'yield']) patchSleep(patches, scheduler, name, owners)
}

function patchSleep(patches: Patches, object: object, name: string, owners: Owners): void {
  patches.replace(object, name, (_self, _args, call) => {
    const goesOn = whetherGoesOn(owners)
    const slept = call() as Promise<unknown>
    if (!goesOn) return slept
    return new Promise((resolve, reject) => {
      slept.then(
        value => goesOn() && resolve(value),
        error => goesOn() && reject(error),
      )
    })
  })
}

/** Returns a function that tells later whether the running code may still go on. Undefined if it always may: in a request. */
function whetherGoesOn(owners: Owners): (() => boolean) | undefined {
  const origin = currentOrigin()
  if (!origin) return undefined
  const { timers } = origin
  if (timers) return () => timers.goesOn()
  const scope = owners.find()?.scope
  // A running evaluation always goes on: its importers wait for its end.
  return scope && (() => !scope.disposed || scope.carriesOver || !origin.evaluation.over)
}
