/**
 * Hides from the program's async hooks what this product does in its process. The timers that are taken while its files are evaluated
 * come in, and what they do when they fire; async ids go out, those of the product's own work. The invariant: a hook of the program is
 * told of an id at every step, or never.
 *
 * Only what runs in one go counts: after an `await`, the product evaluates code of the program.
 */

const asyncHooks = process.getBuiltinModule('node:async_hooks')
const fs = process.getBuiltinModule('node:fs')
const { AsyncResource } = asyncHooks

/** Taken before they are replaced, and before the program may replace them. */
const { setTimeout, setInterval, setImmediate, queueMicrotask } = globalThis
const { watch } = fs

/** So many ranges of ids are known. Those of the start come first, and are kept: they may live as long as the process. */
const most = 2_000

/** The first and the last id of each range, in ascending order. */
const firsts: number[] = []
const lasts: number[] = []

/** How many calls of {@link hidden} are running, and the first id of the outermost one. */
let depth = 0
let first = 0

/** Node counts ids up: this is the next one. */
function nextId(): number {
  return new AsyncResource('immaculata', { requireManualDestroy: true }).asyncId()
}

/** Runs work of this product: what it creates is its own. */
export function hidden<T>(run: () => T): T {
  if (depth++ === 0) first = nextId()
  try {
    return run()
  } finally {
    if (depth === 1) note(nextId())
    depth--
  }
}

function note(last: number): void {
  const at = lasts.length - 1
  if (at >= 0 && lasts[at]! + 1 === first) lasts[at] = last
  else {
    firsts.push(first)
    lasts.push(last)
  }
  if (firsts.length <= most) return
  firsts.splice(1, most / 2)
  lasts.splice(1, most / 2)
}

function isOwn(id: number): boolean {
  if (depth > 0 && id >= first) return true
  let low = 0
  let high = firsts.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    if (lasts[middle]! < id) low = middle + 1
    else if (firsts[middle]! > id) high = middle - 1
    else return true
  }
  return false
}

type Callback = (this: unknown, id: number, ...more: unknown[]) => void

function told(name: string, callback: Callback): Callback {
  if (name !== 'init') {
    return function (id) {
      if (!isOwn(id)) Reflect.apply(callback, this, [id])
    }
  }
  return function (id, type, trigger, resource) {
    if (depth === 0) Reflect.apply(callback, this, [id, type, trigger, resource])
  }
}

const { createHook } = asyncHooks
const names = ['init', 'before', 'after', 'destroy', 'promiseResolve'] as const

asyncHooks.createHook = {
  createHook(callbacks: Parameters<typeof createHook>[0]) {
    if (typeof callbacks !== 'object' || callbacks === null) return createHook(callbacks) // Node throws its error
    const replaced: Record<string, unknown> = Object.create(callbacks)
    for (let at = 0; at < names.length; at++) {
      const callback: unknown = callbacks[names[at]!]
      if (typeof callback === 'function') replaced[names[at]!] = told(names[at]!, callback as Callback)
    }
    return createHook(replaced)
  },
}.createHook

/** The files of this product take their timers and microtasks while they are evaluated: they get these. */
export const ownTimeout = ((run: () => void, ms?: number) =>
  hidden(() => setTimeout(() => hidden(run), ms))) as typeof setTimeout
globalThis.setTimeout = ownTimeout
globalThis.setInterval = ((run: () => void, ms?: number) =>
  hidden(() => setInterval(() => hidden(run), ms))) as typeof setInterval
globalThis.setImmediate = ((run: () => void) => hidden(() => setImmediate(() => hidden(run)))) as typeof setImmediate
fs.watch = ((...given: Parameters<typeof watch>) => hidden(() => Reflect.apply(watch, fs, given))) as typeof watch
globalThis.queueMicrotask = run => hidden(() => queueMicrotask(() => hidden(run)))

/** All files of this product are evaluated: the program's timers are Node's own. */
export function giveTimersBack(): void {
  fs.watch = watch
  Object.assign(globalThis, { setTimeout, setInterval, setImmediate, queueMicrotask })
}
