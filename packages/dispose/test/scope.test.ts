import { afterEach, describe, expect, it, vi } from 'vitest'
import { Scope } from '../src/index.ts'

const failure = (scope: Scope): Promise<unknown> =>
  scope.dispose().then(
    () => undefined,
    error => error,
  )
const never = new Promise<never>(() => {})

// Before the package is loaded: it takes the timers that are there then.
vi.hoisted(() => vi.useFakeTimers())
afterEach(() => {
  vi.clearAllTimers()
  vi.restoreAllMocks()
})

describe('a scope', () => {
  it('disposes last in, first out, each awaited before the next', async () => {
    const log: string[] = []
    const scope = new Scope('job')
    scope.defer(() => log.push('defer'))
    scope.adopt('value', async value => {
      log.push(`adopt ${value} begins`)
      await null
      log.push('adopt ends')
    })
    scope.use({ [Symbol.dispose]: () => log.push('use sync') })
    scope.use({
      async [Symbol.asyncDispose]() {
        log.push('use async begins')
        await null
        log.push('use async ends')
      },
      [Symbol.dispose]: () => log.push('not this one'),
    })
    await scope.dispose()
    expect(log).toEqual(['use async begins', 'use async ends', 'use sync', 'adopt value begins', 'adopt ends', 'defer'])
  })

  it('returns what it is given', () => {
    const scope = new Scope('job')
    const resource = { [Symbol.dispose]() {} }
    expect(scope.use(resource)).toBe(resource)
    expect(scope.use(null)).toBe(null)
    expect(scope.use(undefined)).toBe(undefined)
    expect(scope.adopt(5, () => {})).toBe(5)
  })

  it('rejects what cannot be disposed, naming the module', () => {
    const scope = new Scope('file:///a.js')
    for (const wrong of [{}, 5, 'text', { [Symbol.dispose]: 'no function' }]) {
      expect(() => scope.use(wrong)).toThrow(/Symbol\.dispose.*file:\/\/\/a\.js/)
    }
    expect(() => scope.use({})).toThrow(TypeError)
    expect(() => scope.defer(undefined as never)).toThrow(/file:\/\/\/a\.js/)
    expect(() => scope.adopt(1, undefined as never)).toThrow(/file:\/\/\/a\.js/)
  })

  it('calls the dispose method that a resource had when it was given, on that resource', async () => {
    const log: unknown[] = []
    const resource = {
      name: 'r',
      [Symbol.dispose](): void {
        log.push(this.name)
      },
    }
    const scope = new Scope('job')
    scope.use(resource)
    resource[Symbol.dispose] = () => log.push('replaced')
    await scope.dispose()
    expect(log).toEqual(['r'])
  })

  it('is disposed once, however often dispose() is called', async () => {
    const log: string[] = []
    const scope = new Scope('job')
    scope.defer(() => log.push('once'))
    const first = scope.dispose()
    expect(scope.dispose()).toBe(first)
    await scope[Symbol.asyncDispose]()
    expect(log).toEqual(['once'])
  })

  it('is disposed, and its signal aborted, before the first disposer runs', async () => {
    const log: unknown[] = []
    const scope = new Scope('job')
    const { signal } = scope
    expect([scope.disposed, signal.aborted, scope.signal === signal]).toEqual([false, false, true])
    signal.addEventListener('abort', () => log.push('abort'))
    scope.defer(() => log.push(scope.disposed, signal.aborted))
    await scope.dispose()
    expect(log).toEqual(['abort', true, true])
  })

  it('has an aborted signal when that is first read after the disposal', async () => {
    const scope = new Scope('job')
    await scope.dispose()
    expect(scope.signal.aborted).toBe(true)
    expect(scope.signal.reason.name).toBe('AbortError')
  })

  it('has run every disposer before dispose() returns, if none returns a promise', () => {
    const log: string[] = []
    const scope = new Scope('job')
    scope.defer(() => log.push('first in'))
    scope.defer(() => log.push('last in'))
    void scope.dispose()
    expect(log).toEqual(['last in', 'first in'])
  })
})

describe('a disposer that fails', () => {
  it('stops no other, and all errors become one that names the module', async () => {
    const log: string[] = []
    const errors = [new Error('sync'), new Error('async')]
    const scope = new Scope('file:///a.js')
    scope.defer(() => log.push('ran'))
    scope.defer(() => Promise.reject(errors[1]))
    scope.defer(() => {
      throw errors[0]
    })
    const error = (await failure(scope)) as AggregateError
    expect(error).toBeInstanceOf(AggregateError)
    expect(error.errors).toEqual(errors)
    expect(error.errors[0]).toBe(errors[0])
    expect(error.message).toContain('file:///a.js')
    expect(error.message).toContain('sync')
    expect(log).toEqual(['ran'])
  })
})

describe('a disposer that hangs', () => {
  it('is given up on after disposeTimeout, and named; the remaining ones are started, not awaited', async () => {
    const log: string[] = []
    const scope = new Scope('file:///a.js', { disposeTimeout: 100 })
    scope.defer(() => log.push('last'))
    scope.defer(() => {
      log.push('also hangs')
      return never
    })
    scope.defer(() => never)
    const disposal = failure(scope)
    await vi.advanceTimersByTimeAsync(99)
    expect(log).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(log).toEqual(['also hangs', 'last'])
    const error = (await disposal) as AggregateError
    expect(error.errors).toHaveLength(1)
    expect(error.errors[0].name).toBe('TimeoutError')
    expect(error.errors[0].message).toMatch(/file:\/\/\/a\.js.*100 ms/)
  })

  it('shares one time limit with all others of its scope, 5 s by default', async () => {
    const scope = new Scope('job')
    const slow = () => new Promise(resolve => setTimeout(resolve, 2000))
    for (let i = 0; i < 3; i++) scope.defer(slow)
    const disposal = failure(scope)
    await vi.advanceTimersByTimeAsync(5000)
    expect(((await disposal) as AggregateError).errors[0].message).toContain('5000 ms')
  })

  it('reports a later error to onError', async () => {
    const log: unknown[] = []
    const scope = new Scope('job', { disposeTimeout: 10, onError: (error, id) => log.push([id, error]) })
    let fail = (_: string) => {}
    scope.defer(() => new Promise((_, reject) => (fail = reject)))
    const disposal = failure(scope)
    await vi.advanceTimersByTimeAsync(10)
    await disposal
    fail('too late')
    await vi.advanceTimersByTimeAsync(0)
    expect(log).toEqual([['job', 'too late']])
  })

  it('leaves no timer behind when it ends in time', async () => {
    const scope = new Scope('job')
    scope.defer(async () => {})
    await scope.dispose()
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('what is given to a disposed scope', () => {
  it('is disposed at once', async () => {
    const log: string[] = []
    const scope = new Scope('job')
    await scope.dispose()
    scope.use({ [Symbol.dispose]: () => log.push('use') })
    scope.adopt('adopt', value => log.push(value))
    scope.defer(() => log.push('defer'))
    expect(log).toEqual(['use', 'adopt', 'defer'])
  })

  it('is disposed at once while the disposal is still running', async () => {
    const log: string[] = []
    const scope = new Scope('job')
    scope.defer(() => log.push('first in'))
    scope.defer(() => {
      scope.defer(() => log.push('given during disposal'))
      log.push('last in')
    })
    await scope.dispose()
    expect(log).toEqual(['given during disposal', 'last in', 'first in'])
  })

  it('reports its errors to onError, and never throws', async () => {
    const log: unknown[] = []
    const scope = new Scope('job', { onError: (error, id) => log.push([id, error]) })
    await scope.dispose()
    scope.defer(() => {
      throw 'sync'
    })
    scope.defer(() => Promise.reject('async'))
    await vi.advanceTimersByTimeAsync(0)
    expect(log).toEqual([
      ['job', 'sync'],
      ['job', 'async'],
    ])
  })

  it('has its errors printed if there is no onError, or if onError throws', async () => {
    const printed = vi.spyOn(console, 'error').mockImplementation(() => {})
    const onError = () => {
      throw 'second'
    }
    for (const scope of [new Scope('plain'), new Scope('throwing', { onError })]) {
      await scope.dispose()
      scope.defer(() => Promise.reject('first'))
      await vi.advanceTimersByTimeAsync(0)
    }
    expect(printed.mock.calls.map(call => call.at(-1))).toEqual(['first', 'first', 'second'])
  })
})

describe('a scope without a successor', () => {
  it('disposes what it keeps, after everything else', async () => {
    const log: string[] = []
    const scope = new Scope('job')
    scope.defer(() => log.push('deferred'))
    const value = scope.keep(
      'key',
      () => ({}),
      () => log.push('kept'),
    )
    expect(scope.keep('key', () => ({}))).toBe(value)
    scope.data.x = 1
    expect(scope.data).toEqual({ x: 1 })
    await scope.dispose()
    expect(log).toEqual(['deferred', 'kept'])
  })

  it('rejects a disposeTimeout that is not a number of milliseconds', () => {
    expect(() => new Scope('job', { disposeTimeout: Number.NaN })).toThrow(RangeError)
  })
})

// Node 24 and later have both. The other tests show that Node 22, which has neither, needs neither.
if ('AsyncDisposableStack' in globalThis) {
  describe('with the syntax and classes of newer Nodes', () => {
    it('is disposed at the end of an `await using` block', async () => {
      const log: string[] = []
      const scope = new Scope('job')
      scope.defer(() => log.push('disposed'))
      // Compiled at run time, since the compiler of the tests would replace the syntax.
      const AsyncFunction = (async () => {}).constructor as FunctionConstructor
      await AsyncFunction(
        'scope',
        'log',
        '{ await using held = scope; log.push(held.id) } log.push("after")',
      )(scope, log)
      expect(log).toEqual(['job', 'disposed', 'after'])
    })

    it('can be part of an AsyncDisposableStack, and have one as a part', async () => {
      const log: string[] = []
      const outer = new AsyncDisposableStack()
      const scope = outer.use(new Scope('job'))
      const inner = scope.use(new AsyncDisposableStack())
      inner.defer(() => void log.push('inner'))
      scope.defer(() => log.push('scope'))
      outer.defer(() => void log.push('outer'))
      await outer.disposeAsync()
      expect(log).toEqual(['outer', 'scope', 'inner'])
    })
  })
}
