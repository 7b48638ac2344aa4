import { afterEach, describe, expect, it, vi } from 'vitest'
import { nextVersion } from '../src/files/version.ts'

afterEach(() => void vi.restoreAllMocks())

describe('A version', () => {
  it('is the time in ms', () => {
    const ahead = Date.now() + 60_000
    vi.spyOn(Date, 'now').mockReturnValue(ahead)
    expect(nextVersion()).toBe(ahead)
  })

  it('is greater than the last one, within one ms and when the clock is set back', () => {
    const first = nextVersion()
    vi.spyOn(Date, 'now').mockReturnValue(first)
    expect(nextVersion()).toBe(first + 1)
    vi.spyOn(Date, 'now').mockReturnValue(5)
    expect(nextVersion()).toBe(first + 2)
  })

  it('is shared with another copy of this package in the same process', async () => {
    const first = nextVersion()
    vi.resetModules()
    const copy = await import('../src/files/version.ts')
    expect(copy.nextVersion).not.toBe(nextVersion)
    expect(copy.nextVersion()).toBeGreaterThan(first)
    expect(nextVersion()).toBeGreaterThan(first + 1)
  })
})
