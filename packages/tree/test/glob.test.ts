import { describe, expect, it } from 'vitest'
import { matcher } from '../src/files/glob.ts'

const matching = (pattern: string, paths: string[]) => paths.filter(matcher(pattern))

describe('A glob pattern', () => {
  it('is anchored at the root, with or without its slash', () => {
    expect(matching('a.ts', ['/a.ts', '/b/a.ts'])).toEqual(['/a.ts'])
    expect(matching('/a.ts', ['/a.ts', '/b/a.ts'])).toEqual(['/a.ts'])
  })

  it('keeps * and ? within one name', () => {
    expect(matching('/*/?.ts', ['/a/b.ts', '/a/bb.ts', '/a/b/c.ts', '/b.ts'])).toEqual(['/a/b.ts'])
  })

  it('matches any number of folders with **, also none', () => {
    expect(matching('**/b.ts', ['/b.ts', '/a/b.ts', '/a/a/b.ts', '/a/bb.ts'])).toEqual([
      '/b.ts',
      '/a/b.ts',
      '/a/a/b.ts',
    ])
    expect(matching('/a/**/c', ['/a/c', '/a/b/c', '/a/b/b/c', '/c'])).toEqual(['/a/c', '/a/b/c', '/a/b/b/c'])
    expect(matching('/a/**', ['/a', '/a/b', '/a/b/c'])).toEqual(['/a/b', '/a/b/c'])
    expect(matching('**/a/**/b', ['/a/x/a/y/b', '/a/b/c', '/x/b'])).toEqual(['/a/x/a/y/b'])
  })

  it('treats ** within a name as *', () => {
    expect(matching('/a**.ts', ['/abc.ts', '/a/b.ts'])).toEqual(['/abc.ts'])
  })

  it('expands braces, nested ones and ranges of numbers', () => {
    expect(matching('/{a,b{1..2,x}}.{ts,js}', ['/a.ts', '/b1.js', '/bx.ts', '/b3.ts'])).toEqual(['/a.ts', '/bx.ts'])
    expect(matching('/b{1..2}', ['/b1', '/b2', '/b3'])).toEqual(['/b1', '/b2'])
    expect(matching('/{a/b,c}/*', ['/a/b/x', '/c/x', '/a/x'])).toEqual(['/a/b/x', '/c/x'])
    expect(matching('/{a}', ['/a', '/{a}'])).toEqual(['/{a}'])
  })

  it('matches sets of characters, and negated ones', () => {
    expect(matching('/[a-c]', ['/a', '/d'])).toEqual(['/a'])
    expect(matching('/[!a-c]', ['/a', '/d'])).toEqual(['/d'])
    expect(matching('/[]x]', ['/]', '/x', '/a'])).toEqual(['/]', '/x'])
    expect(matching('/[a', ['/[a', '/a'])).toEqual(['/[a'])
  })

  it('matches every other character literally, and any character after a backslash', () => {
    expect(matching('/a+(b).$x', ['/a+(b).$x', '/aab_$x'])).toEqual(['/a+(b).$x'])
    expect(matching('/\\*\\{a,b\\}', ['/*{a,b}', '/x{a,b}'])).toEqual(['/*{a,b}'])
  })

  it('matches names that begin with a dot, and non-ASCII ones', () => {
    expect(matching('*', ['/.env', '/ü', '/😀'])).toEqual(['/.env', '/ü', '/😀'])
    expect(matching('?', ['/.env', '/ü', '/😀'])).toEqual(['/ü', '/😀'])
  })

  it('never takes exponential time', () => {
    const path = `/${'a/'.repeat(200)}b`
    expect(matcher(`${'**/a/'.repeat(50)}c`)(path)).toBe(false)
    expect(matcher(`/${'*a'.repeat(12)}b`)(`/${'a'.repeat(60)}`)).toBe(false)
    expect(() => matcher('{1..1000000}')).toThrow('may stand for 10000 names')
    expect(() => matcher('{a,b}'.repeat(16))).toThrow(RangeError)
    expect(matcher('{1..9999}')('/7777')).toBe(true)
  })
})
