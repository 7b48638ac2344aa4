import { afterEach, describe, expect, it, vi } from 'vitest'
import { Scope, Scopes } from '../src/index.ts'

const never = new Promise<never>(() => {})

// Before the package is loaded: it takes the timers that are there then.
vi.hoisted(() => vi.useFakeTimers())
afterEach(() => vi.clearAllTimers())

describe('dispose', () => {
  it('disposes the scopes in the order given, each awaited before the next', async () => {
    const log: string[] = []
    const scopes = new Scopes()
    for (const id of ['b', 'a']) {
      scopes.open(id, 1).defer(async () => {
        log.push(`${id} begins`)
        await null
        log.push(`${id} ends`)
      })
    }
    expect(await scopes.dispose(['a', 'unknown', 'b'])).toBe(undefined)
    expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends'])
  })

  it('resolves with all errors in one; a scope that fails stops no other', async () => {
    const scopes = new Scopes()
    const errors = [new Error('one'), new Error('two')]
    scopes.open('a', 1).defer(() => Promise.reject(errors[0]))
    scopes.open('fine', 1)
    scopes.open('b', 1).defer(() => {
      throw errors[1]
    })
    const error = await scopes.dispose(['a', 'fine', 'b'])
    expect(error).toBeInstanceOf(AggregateError)
    expect(error!.errors).toEqual(errors)
    expect(error!.message).toMatch(/a: one, b: two/)
  })

  it('tells onDisposed of each scope when it is disposed, with the time that took', async () => {
    const told: [string, number][] = []
    const scopes = new Scopes({ onDisposed: (id, duration) => told.push([id, duration]) })
    scopes.open('slow', 1).defer(() => new Promise(resolve => setTimeout(resolve, 30)))
    scopes.open('quick', 1)
    const disposed = scopes.dispose(['slow', 'unknown', 'quick'])
    expect(told).toEqual([])
    await vi.advanceTimersByTimeAsync(30)
    await disposed
    expect(told).toEqual([
      ['slow', 30],
      ['quick', 0],
    ])
    await scopes.dispose(['slow'])
    expect(told.length).toBe(2)
  })

  it('gives up on a scope that hangs, names it, and disposes the next one', async () => {
    const log: string[] = []
    const scopes = new Scopes({ disposeTimeout: 50 })
    scopes.open('hangs', 1).defer(() => never)
    scopes.open('next', 1).defer(() => log.push('next'))
    const disposal = scopes.dispose(['hangs', 'next'])
    await vi.advanceTimersByTimeAsync(50)
    expect((await disposal)!.message).toMatch(/hangs.*50 ms/)
    expect(log).toEqual(['next'])
  })

  it('reports a failure once, although the module is disposed a second time before it is re-evaluated', async () => {
    const scopes = new Scopes()
    scopes.open('a', 1).defer(() => Promise.reject(new Error('once')))
    expect((await scopes.dispose(['a']))!.errors).toHaveLength(1)
    expect(await scopes.dispose(['a'])).toBe(undefined)
  })

  it('has run every disposer before it returns, if none returns a promise', () => {
    const log: string[] = []
    const scopes = new Scopes()
    for (const id of ['a', 'b']) scopes.open(id, 1).defer(() => log.push(id))
    void scopes.dispose(['a', 'b'])
    expect(log).toEqual(['a', 'b'])
  })
})

describe('the scope of an evaluation', () => {
  it('is the scope that was opened last, disposed or not', async () => {
    const scopes = new Scopes()
    expect(scopes.get('a')).toBe(undefined)
    const first = scopes.open('a', 1)
    expect(scopes.get('a')).toBe(first)
    await scopes.dispose(['a'])
    expect(scopes.get('a')).toBe(first)
    expect(scopes.open('a', 2)).toBe(scopes.get('a'))
  })

  it('is found by its version, given as a number or as text from a URL', () => {
    const scopes = new Scopes()
    const scope = scopes.open('a', 17)
    expect(scopes.find('a', '17')).toBe(scope)
    expect(scopes.find('never opened', 17)).toBe(undefined)
  })

  it('is disposed for a superseded evaluation: what is still given to it is disposed at once', async () => {
    const log: string[] = []
    const scopes = new Scopes()
    scopes.open('a', 1)
    await scopes.dispose(['a'])
    const current = scopes.open('a', 2)
    const late = scopes.find('a', 1)!
    expect([late.id, late.disposed, late.signal.aborted]).toEqual(['a', true, true])
    late.defer(() => log.push('late'))
    current.defer(() => log.push('current'))
    expect(log).toEqual(['late'])
  })

  it('is disposed for a module that is gone', async () => {
    const scopes = new Scopes()
    scopes.open('a', 1)
    await scopes.forget(['a'])
    expect(scopes.get('a')).toBe(undefined)
    expect(scopes.find('a', 1)!.disposed).toBe(true)
  })

  it('is disposed when its successor opens, if it was not before, with errors to onError', async () => {
    const log: unknown[] = []
    const scopes = new Scopes({ onError: (error, id) => log.push(id, (error as AggregateError).errors) })
    const first = scopes.open('a', 1)
    first.defer(() => Promise.reject('failed'))
    scopes.open('a', 2)
    expect(first.disposed).toBe(true)
    await vi.advanceTimersByTimeAsync(0)
    expect(log).toEqual(['a', ['failed']])
  })
})

describe('what an evaluation owns', () => {
  const log: string[] = []
  const scopes = new Scopes()
  const own = (scope: Scope, name: string) => {
    const resource = { name }
    scope.own(resource, () => log.push(`${name} closed`))
    return resource
  }
  const took = () => log.splice(0)

  it('is closed with it, unless it is in data by then: the next evaluation then owns it', async () => {
    const first = scopes.open('a', 1)
    own(first, 'other')
    const server = own(first, 'server')
    first.defer(() => {
      first.data.server = server
    })
    await scopes.dispose(['a'])
    expect(took()).toEqual(['other closed'])
    scopes.open('a', 2)
    await scopes.dispose(['a'])
    const third = scopes.open('a', 3)
    expect(took()).toEqual([])
    delete third.data.server
    await scopes.dispose(['a'])
    expect(took()).toEqual(['server closed'])
  })

  it('is handed on as a property of a value in data or of a kept value, and in a kept promise', async () => {
    const first = scopes.open('b', 1)
    first.data.app = { server: own(first, 'in data') }
    first.keep('value', () => own(first, 'kept'))
    await first.keep('promise', async () => own(first, 'promised'))
    own(first, 'other')
    await scopes.dispose(['b'])
    scopes.open('b', 2)
    await scopes.dispose(['b'])
    expect(took()).toEqual(['other closed'])
    await scopes.forget(['b'])
    expect(took().sort()).toEqual(['in data closed', 'kept closed', 'promised closed'])
  })

  it('is closed when the module is gone, and at once by a scope without a successor', async () => {
    const first = scopes.open('c', 1)
    first.data.server = own(first, 'server')
    await scopes.forget(['c'])
    expect(took()).toEqual(['server closed'])
    const alone = new Scope('alone')
    alone.data.server = own(alone, 'server')
    await alone.dispose()
    expect(took()).toEqual(['server closed'])
  })
})

describe('what an evaluation keeps', () => {
  it('is returned to the next evaluation, which creates nothing', async () => {
    const log: string[] = []
    const scopes = new Scopes()
    const create = (name: string) => () => {
      log.push(`create ${name}`)
      return { name }
    }
    const value = scopes.open('a', 1).keep('db', create('first'), () => log.push('disposed'))
    await scopes.dispose(['a'])
    const next = scopes.open('a', 2)
    expect(next.keep('db', create('second'))).toBe(value)
    expect(next.keep('db', create('third'))).toBe(value)
    await scopes.settled('a')
    expect(log).toEqual(['create first'])
  })

  it('is not returned to another module', () => {
    const scopes = new Scopes()
    scopes.open('a', 1).keep('key', () => 'of a')
    expect(scopes.open('b', 1).keep('key', () => 'of b')).toBe('of b')
  })

  it('is disposed when a successor finishes without asking for it, last created first', async () => {
    const log: string[] = []
    const scopes = new Scopes()
    const first = scopes.open('a', 1)
    for (const key of ['one', 'two', 'three'])
      first.keep(
        key,
        () => key,
        value => log.push(value),
      )
    await scopes.dispose(['a'])
    scopes.open('a', 2).keep('two', () => 'new')
    expect(log).toEqual([])
    expect(await scopes.settled('a')).toBe(undefined)
    expect(log).toEqual(['three', 'one'])
  })

  it('waits for the evaluation after the next, if the next one fails', async () => {
    const log: string[] = []
    const scopes = new Scopes()
    scopes.open('a', 1).keep(
      'key',
      () => 'value',
      () => log.push('disposed'),
    )
    await scopes.dispose(['a'])
    scopes.open('a', 2)
    await scopes.dispose(['a'])
    expect(scopes.open('a', 3).keep('key', () => 'new')).toBe('value')
    await scopes.settled('a')
    expect(log).toEqual([])
  })

  it('stays when a superseded evaluation finishes late, or one finishes after its disposal', async () => {
    const log: string[] = []
    const scopes = new Scopes()
    scopes.open('a', 1).keep(
      'key',
      () => 'value',
      () => log.push('disposed'),
    )
    await scopes.dispose(['a'])
    await scopes.settled('a')
    scopes.open('a', 2)
    await scopes.settled('a', 1)
    expect(log).toEqual([])
    await scopes.settled('a', '2')
    expect(log).toEqual(['disposed'])
  })

  it('is disposed by the function that was given last', async () => {
    const log: string[] = []
    const scopes = new Scopes()
    scopes.open('a', 1).keep(
      'key',
      () => 'value',
      () => log.push('old'),
    )
    await scopes.dispose(['a'])
    const next = scopes.open('a', 2)
    next.keep(
      'key',
      () => 'value',
      () => log.push('new'),
    )
    next.keep('key', () => 'value')
    await scopes.forget(['a'])
    expect(log).toEqual(['new'])
  })

  it('is disposed by its own method if no function was given', async () => {
    const log: string[] = []
    const scopes = new Scopes()
    scopes.open('a', 1).keep('key', () => ({ [Symbol.dispose]: () => log.push('own') }))
    await scopes.forget(['a'])
    expect(log).toEqual(['own'])
  })

  it('is nothing if create throws, and a promise if create returns one', async () => {
    const scopes = new Scopes()
    const scope = scopes.open('a', 1)
    expect(() =>
      scope.keep('key', () => {
        throw new Error('not yet')
      }),
    ).toThrow('not yet')
    const promise = Promise.resolve(5)
    expect(scope.keep<Promise<number>>('key', () => promise)).toBe(promise)
  })

  it('is returned to a superseded evaluation too, but nothing new is kept for one', async () => {
    const log: string[] = []
    const scopes = new Scopes()
    scopes.open('a', 1)
    await scopes.dispose(['a'])
    const current = scopes.open('a', 2)
    const late = scopes.find('a', 1)!
    const value = current.keep('there', () => ({}))
    expect(late.keep('there', () => ({}))).toBe(value)
    expect(
      late.keep(
        'new',
        () => 'created',
        created => log.push(created),
      ),
    ).toBe('created')
    expect(log).toEqual(['created'])
    expect(current.keep('new', () => 'mine')).toBe('mine')
  })

  it('is disposed when the module is gone, and its data forgotten', async () => {
    const log: string[] = []
    const scopes = new Scopes()
    const first = scopes.open('a', 1)
    first.data.count = 1
    await scopes.dispose(['a'])
    const second = scopes.open('a', 2)
    expect(second.data).toBe(first.data)
    second.keep(
      'key',
      () => 'value',
      () => log.push('kept'),
    )
    second.defer(() => log.push('deferred'))
    await scopes.forget(['a'])
    expect(log).toEqual(['deferred', 'kept'])
    expect(scopes.open('a', 3).data).toEqual({})
  })

  it('may fail or hang like every other disposal', async () => {
    const scopes = new Scopes({ disposeTimeout: 20 })
    scopes.open('fails', 1).keep(
      'key',
      () => 1,
      () => Promise.reject(new Error('no')),
    )
    scopes.open('hangs', 1).keep(
      'key',
      () => 1,
      () => never,
    )
    const disposal = scopes.forget(['fails', 'hangs'])
    await vi.advanceTimersByTimeAsync(20)
    expect((await disposal)!.message).toMatch(/fails: no, hangs: .*20 ms/)
  })
})

describe('disposeAll', () => {
  it('disposes what was opened last first, each scope followed by what it kept', async () => {
    const log: string[] = []
    const scopes = new Scopes()
    for (const id of ['a', 'b', 'c', 'a']) scopes.open(id, 1)
    for (const id of ['a', 'b', 'c']) {
      scopes.get(id)!.defer(() => log.push(id))
      scopes.get(id)!.keep(
        'key',
        () => id,
        () => log.push(`kept by ${id}`),
      )
    }
    await scopes.disposeAll()
    expect(log).toEqual(['a', 'kept by a', 'c', 'kept by c', 'b', 'kept by b'])
    expect(scopes.get('a')).toBe(undefined)
  })

  it('disposes in a given order, and the modules that are not in it afterwards', async () => {
    const log: string[] = []
    const scopes = new Scopes()
    for (const id of ['a', 'b', 'c', 'd']) scopes.open(id, 1).defer(() => log.push(id))
    await scopes.disposeAll(['b', 'c'])
    expect(log).toEqual(['b', 'c', 'd', 'a'])
  })

  it('runs in an exit handler every disposer that needs no promise', () => {
    const log: string[] = []
    const scopes = new Scopes()
    for (const id of ['a', 'b'])
      scopes.open(id, 1).keep(
        'key',
        () => id,
        value => log.push(value),
      )
    void scopes.disposeAll()
    expect(log).toEqual(['b', 'a'])
  })
})
