/**
 * The stretches of synchronous code that belong to one activity. A function comes in. Its own run is a stretch, and so is each
 * continuation of a promise that was made in one of its stretches. The begin and the end of each are told. Timers, events and requests
 * that it starts are activities of their own.
 */
import { promiseHooks } from 'node:v8'

export interface Followed<T> {
  readonly result: T
  /** Does anything go on: is one of its promises unsettled that continues no other one? `await` makes others that never settle. */
  goesOn(): boolean
  end(): void
}

export interface Follower<Mark> {
  /** Called when something begins to wait: what it returns is given to `before` when that goes on. `undefined`: the same as for this stretch. */
  mark(): Mark | undefined
  /** A stretch begins. */
  before(mark: Mark | undefined): void
  /** The stretch ends. Stretches never nest. */
  after(): void
  /** Nothing goes on, if the running stretch does not begin anything. */
  settled(): void
}

/** Runs `run` as the first stretch. */
export function followPromises<T, Mark>(run: () => T, { mark, before, after, settled }: Follower<Mark>): Followed<T> {
  const own = new WeakMap<object, Mark | undefined>()
  const first = new WeakSet<object>()
  let unsettled = 0
  let depth = 0
  let current: Mark | undefined
  let isMarking = false
  const enter = () => {
    if (depth++ === 0) before(current)
  }
  const leave = () => {
    if (--depth === 0) after()
  }
  const end = promiseHooks.createHook({
    init(promise, parent: Promise<unknown> | undefined) {
      if (depth === 0 || isMarking) return
      isMarking = true
      own.set(promise, (parent && mark()) || current)
      isMarking = false
      if (parent) return
      first.add(promise)
      unsettled++
    },
    before(promise) {
      if (!own.has(promise)) return
      if (depth === 0) current = own.get(promise)
      enter()
    },
    after(promise) {
      if (depth > 0 && own.has(promise)) leave()
    },
    settled(promise) {
      if (first.delete(promise) && --unsettled === 0) settled()
    },
  }) as () => void
  enter()
  try {
    return { result: run(), goesOn: () => unsettled > 0, end }
  } catch (error) {
    end()
    throw error
  } finally {
    leave()
  }
}
