/** Timers and sleeps: the timers of a replaced module never fire again, and its sleeps never end. */

import type { Scope } from '../../scope.ts'
import type { Patches } from '../node/patches.ts'
import { currentOrigin, isSuperseded } from '../ownership/origins.ts'
import type { Owned } from '../ownership/owned-resources.ts'
import type { Opener, Owners } from '../ownership/owner-of-call.ts'
import { TimerChain, textOf } from '../ownership/timer-chain.ts'
import type { WorkInFlight } from '../ownership/work.ts'
import { ownIterable } from './endless-iterables.ts'

const timers = process.getBuiltinModule('node:timers')
const timersPromises = process.getBuiltinModule('node:timers/promises')

export function patchTimers(patches: Patches, owned: Owned, owners: Owners, work: WorkInFlight): void {
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
        const opener = owners.findDirect()
        if (opener && isStep(work, opener, name, args)) {
          return stepOf(work, opener, args, call, timer => close(timer as never))
        }
        const scope = opener?.scope
        const chain = scope ? new TimerChain(register(scope)) : TimerChain.current
        if (!chain) return call()
        const create = (callback: unknown) => {
          args[0] = callback
          return call() as object
        }
        const atOnce = name === 'setImmediate' || (name === 'setTimeout' && !((args[1] as number) > 1))
        return chain.set(args[0], { repeats, atOnce }, create, timer => close(timer as never))
      })
    }
  }
  patches.replace(timersPromises, 'setInterval', (_self, args, call) => {
    const scope = owners.findDirect()?.scope
    return scope ? ownIterable('timers', owned, scope, call, args, 2) : call()
  })
  for (const name of ['setTimeout', 'setImmediate']) patchSleep(patches, timersPromises, name, owners, work)
  const scheduler = Object.getPrototypeOf(timersPromises.scheduler) as object
  for (const name of ['wait', 'yield']) patchSleep(patches, scheduler, name, owners, work)
}

function isStep(work: WorkInFlight, opener: Opener, name: string, [callback, ms]: readonly unknown[]): boolean {
  if (name === 'setInterval' || typeof callback !== 'function') return false
  return work.isStep(opener, name === 'setImmediate' ? 0 : Number(ms ?? 1), textOf(callback as () => unknown))
}

interface Timer {
  /** Undocumented, and the same from Node 11 to 26: true once it was cleared, or fired. */
  readonly _destroyed?: boolean
}

/** Sets a timer that is a step of some work. */
function stepOf(
  work: WorkInFlight,
  opener: Opener,
  args: unknown[],
  call: () => unknown,
  clear: (timer: object) => void,
) {
  const callback = args[0] as (...args: unknown[]) => unknown
  args[0] = function (this: unknown, ...values: unknown[]) {
    work.moved()
    return isSuperseded(opener.module) ? undefined : Reflect.apply(callback, this, values)
  }
  const timer = call() as Timer
  const end = () => clear(timer)
  if (!work.begin(opener, () => timer._destroyed === true, end)) end()
  return timer
}

function patchSleep(patches: Patches, object: object, name: string, owners: Owners, work: WorkInFlight): void {
  patches.replace(object, name, (_self, args, call) => {
    const ms = name === 'setTimeout' || name === 'wait' ? Number(args[0] ?? 1) : 0
    const goesOn = whetherGoesOn(owners, work, ms)
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
function whetherGoesOn(owners: Owners, work: WorkInFlight, ms: number): (() => boolean) | undefined {
  const origin = currentOrigin()
  if (!origin) return undefined
  const { timers } = origin
  if (timers) return () => timers.goesOn()
  const opener = owners.find()
  if (!opener) return undefined
  const { scope } = opener
  if (!work.isStep(opener, ms, undefined)) {
    return () => !scope.disposed || scope.carriesOver || !origin.evaluation.over
  }
  let isOver = false
  const begun = work.begin(
    opener,
    () => isOver,
    () => {
      isOver = true
    },
  )
  return () => {
    const goesOn = begun && !isOver && !isSuperseded(opener.module)
    isOver = true
    work.moved()
    return goesOn
  }
}
