/** Node's endless async iterables: `setInterval` of `node:timers/promises`, `watch` of `node:fs/promises`. */

import type { Scope } from '../../scope.ts'
import type { Owned } from '../ownership/owned-resources.ts'

interface Endless {
  readonly iterable: AsyncIterableIterator<unknown>
  isOpen(): boolean
  end(): void
}

/**
 * Calls `create` with the options and a signal of its own. At `end()` the loop over the iterable ends as if there were nothing more to
 * come. An AbortError would be an error that nobody catches.
 */
export function endless(
  options: { signal?: AbortSignal } | undefined,
  create: (options: { signal: AbortSignal }) => unknown,
): Endless {
  const controller = new AbortController()
  const { signal } = controller
  const theirs = options?.signal
  const inner = create({ ...options, signal: theirs ? AbortSignal.any([theirs, signal]) : signal })
  const iterator = inner as AsyncIterator<unknown>
  let open = true
  const over = { done: true, value: undefined } as const
  const step = async (call: () => Promise<IteratorResult<unknown>>) => {
    if (signal.aborted) return over
    try {
      const result = await call()
      if (result.done) open = false
      return signal.aborted ? over : result
    } catch (error) {
      open = false
      if (signal.aborted && !theirs?.aborted) return over
      throw error
    }
  }
  const iterable: AsyncIterableIterator<unknown> = {
    next: () => step(() => iterator.next()),
    return: value => step(() => iterator.return?.(value) ?? Promise.resolve(over)),
    throw: error => step(() => iterator.throw?.(error) ?? Promise.reject(error)),
    [Symbol.asyncIterator]: () => iterable,
  }
  return {
    iterable,
    isOpen: () => open,
    end() {
      open = false
      controller.abort()
    },
  }
}

/** Replaces functions that take options with a signal as argument `at`. The iterable that they return belongs to the scope. */
export function ownIterable(
  kind: 'timers' | 'watchers',
  owned: Owned,
  scope: Scope,
  call: () => unknown,
  args: unknown[],
  at: number,
): unknown {
  const options = args[at]
  if (options !== undefined && (options === null || typeof options !== 'object')) return call()
  // If a signal is invalid, Node throws when the loop begins.
  const { signal } = (options ?? {}) as { signal?: unknown }
  if (signal !== undefined && !(signal instanceof AbortSignal)) return call()
  while (args.length < at) args.push(undefined)
  const { iterable, isOpen, end } = endless(options, changed => {
    args[at] = changed
    return call()
  })
  owned.give(scope, { kind, resource: iterable, isOpen, close: end })
  return iterable
}
