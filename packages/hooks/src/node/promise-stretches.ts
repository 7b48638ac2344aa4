/**
 * The stretches of synchronous code that belong to one activity. A function comes in. Its own run is a stretch, and so is each
 * continuation of a promise that was made in one of its stretches. The begin and the end of each are told. Timers, events and requests
 * that it starts are activities of their own.
 */
import { promiseHooks } from 'node:v8'

/** Runs `run` as the first stretch. `before` and `after` are called around each stretch, which never nest. */
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
