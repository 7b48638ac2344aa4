/**
 * Stretches of synchronous code that belong to one activity. A function comes in; its own run, and each continuation of a promise
 * that was made in one of its stretches, is told of when it begins and when it ends. Timers, events and requests that it has
 * started are activities of their own: what happens in between is not told.
 */
import { promiseHooks } from 'node:v8'

/** Runs `run` as the first stretch. `before` and `after` frame each stretch; they do not nest. */
export function followPromises<T>(
  run: () => T,
  { before, after }: { before(): void; after(): void },
): { readonly result: T; readonly end: () => void } {
  const own = new WeakSet<object>()
  let depth = 0
  const enter = () => {
    if (depth++ === 0) before()
  }
  const leave = () => {
    if (--depth === 0) after()
  }
  const end = promiseHooks.createHook({
    init(promise) {
      if (depth > 0) own.add(promise)
    },
    before(promise) {
      if (own.has(promise)) enter()
    },
    after(promise) {
      if (depth > 0 && own.has(promise)) leave()
    },
  }) as () => void
  enter()
  try {
    return { result: run(), end }
  } catch (error) {
    end()
    throw error
  } finally {
    leave()
  }
}
