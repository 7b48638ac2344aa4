/** Something to be called once, at the end of a lifetime. */

/** Taken before the program may replace them. */
const { setTimeout, clearTimeout } = globalThis
export type Disposer = () => unknown

export interface Limits {
  /** How long one whole disposal may take, in ms. */
  readonly disposeTimeout: number
  /** Takes an error that nobody waits for. */
  readonly onError: (error: unknown, id: string) => void
}

export const defaultTimeout = 5000

export function reportToConsole(error: unknown, id: string): void {
  console.error(`Disposing of ${id} failed:`, error)
}

/**
 * Calls `disposers`, last in first out, each awaited before the next. Resolves with everything they threw. Only promises are
 * awaited: if no disposer returns one, all have run when this returns, which an `exit` handler needs.
 *
 * After `disposeTimeout` the disposer that hangs is given up on. The remaining ones are then started in order, but not awaited.
 * Errors that still come go to `onError`.
 */
export async function unwind(
  id: string,
  disposers: Disposer[],
  limits: Limits,
  ended?: () => void,
): Promise<unknown[]> {
  const errors: unknown[] = []
  const limit = startLimit(limits.disposeTimeout)
  try {
    for (let disposer = disposers.pop(); disposer; disposer = disposers.pop()) {
      try {
        const result = disposer()
        if (!isThenable(result)) continue
        const settling = Promise.resolve(result)
        if (limit.exceeded) {
          reportRejection(id, settling, limits)
        } else if (!(await limit.allows(settling))) {
          reportRejection(id, settling, limits)
          errors.push(new DisposeTimeout(id, limits.disposeTimeout))
        }
      } catch (error) {
        errors.push(error)
      }
    }
  } finally {
    limit.clear()
    ended?.()
  }
  return errors
}

/** Calls one disposer that nobody waits for. */
export function disposeNow(id: string, disposer: Disposer, limits: Limits): void {
  try {
    const result = disposer()
    if (isThenable(result)) reportRejection(id, Promise.resolve(result), limits)
  } catch (error) {
    report(id, error, limits)
  }
}

/** Hands an error to `onError`. An `onError` that throws must not end the process. */
export function report(id: string, error: unknown, limits: Limits): void {
  try {
    limits.onError(error, id)
  } catch (second) {
    reportToConsole(error, id)
    reportToConsole(second, id)
  }
}

/** One error with all of them in its `errors`, and a message that names the modules; `undefined` if nothing failed. */
export function toAggregate(failures: readonly Failure[]): AggregateError | undefined {
  const failed = failures.filter(failure => failure.errors.length > 0)
  if (failed.length === 0) return undefined
  const errors = failed.flatMap(failure => failure.errors)
  const lines = failed.map(({ id, errors }) => `${id}: ${errors.map(messageOf).join('; ')}`)
  return new AggregateError(errors, `Disposing failed: ${lines.join(', ')}`)
}

export interface Failure {
  readonly id: string
  readonly errors: readonly unknown[]
}

class DisposeTimeout extends Error {
  override readonly name = 'TimeoutError'

  constructor(id: string, timeout: number) {
    super(`Disposing of ${id} took longer than ${timeout} ms and was given up on`)
  }
}

/** Limits the time of one disposal. The clock starts with the first promise: a disposal without any needs no timer. */
function startLimit(timeout: number) {
  let timer: ReturnType<typeof setTimeout> | undefined
  let over: Promise<false> | undefined
  const limit = {
    exceeded: false,
    /** Waits for the promise, but not beyond the limit: false if the limit came first. Rejects as the promise does. */
    allows(settling: Promise<unknown>): Promise<boolean> {
      over ??= new Promise(resolve => {
        timer = setTimeout(() => {
          limit.exceeded = true
          resolve(false)
        }, timeout)
      })
      return Promise.race([settling.then(() => true), over])
    },
    clear() {
      if (timer !== undefined) clearTimeout(timer)
    },
  }
  return limit
}

function reportRejection(id: string, settling: Promise<unknown>, limits: Limits): void {
  settling.then(undefined, error => report(id, error, limits))
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return false
  return 'then' in value && typeof value.then === 'function'
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
