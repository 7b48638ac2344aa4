import { describe, expect, it } from 'vitest'
import { isBelow, normalise } from '../src/paths/paths.ts'

describe('A path', () => {
  it.each([
    ['a.ts', '/a.ts'],
    ['/a/./b.ts', '/a/b.ts'],
    ['a//b.ts', '/a/b.ts'],
    ['/a/../b.ts', '/b.ts'],
  ])('%s is %s', (path, normal) => expect(normalise(path)).toBe(normal))

  it.each(['..', '/../a', 'a/../../b', '', '/', '.', 'a/..', 'a/', 'a\0b'])(
    'like %j is refused with an error that names it',
    path => {
      expect(() => normalise(path)).toThrow(TypeError)
      expect(() => normalise(path)).toThrow(path.includes('\0') ? JSON.stringify(path) : `'${path}'`)
    },
  )

  it('is below its folder, but not below a folder whose name begins alike', () => {
    expect(isBelow('/site/a', '/site')).toBe(true)
    expect(isBelow('/site2', '/site')).toBe(false)
    expect(isBelow('/site', '/site')).toBe(false)
    expect(isBelow('/a', '')).toBe(true)
  })
})
