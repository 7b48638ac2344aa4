import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { SafeEmitter } from '../src/updates/safe-emitter.ts'

describe('A listener that fails', () => {
  const printed: unknown[] = []
  beforeEach(() => {
    printed.length = 0
    vi.spyOn(console, 'error').mockImplementation(error => void printed.push(error))
  })
  afterEach(() => void vi.restoreAllMocks())

  it('by throwing or by rejecting stops no other, and raises an error event', async () => {
    const emitter = new SafeEmitter()
    const log: unknown[] = []
    emitter.on('error', error => void log.push(error))
    emitter.on('event', () => {
      throw 'thrown'
    })
    emitter.on('event', async () => {
      throw 'rejected'
    })
    emitter.on('event', value => void log.push(value))
    expect(emitter.emit('event', 'heard')).toBe(true)
    await Promise.resolve()
    expect(log).toEqual(['thrown', 'heard', 'rejected'])
  })

  it('is printed when nobody listens for error', () => {
    const emitter = new SafeEmitter()
    emitter.once('event', () => {
      throw 'thrown'
    })
    emitter.emit('event')
    expect(printed).toEqual(['thrown'])
    expect(emitter.emit('event')).toBe(false)
  })

  it('on the error event itself is printed, and raises no second error event', async () => {
    const emitter = new SafeEmitter()
    const log: unknown[] = []
    emitter.on('error', () => {
      throw 'from the listener'
    })
    emitter.on('error', async error => {
      log.push(error)
      throw 'rejected'
    })
    emitter.emit('error', 'first')
    await Promise.resolve()
    expect(log).toEqual(['first'])
    expect(printed).toEqual(['from the listener', 'rejected'])
  })

  it('has its error replaced by the functions of onError', () => {
    const emitter = new SafeEmitter()
    const remove = emitter.onError(error => `${error} in a.ts`)
    emitter.onError(() => undefined)
    emitter.emit('error', 'broken')
    remove()
    remove()
    emitter.emit('error', 'broken')
    expect(printed).toEqual(['broken in a.ts', 'broken'])
  })
})
