import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { type Link, Urls } from '../src/paths/urls.ts'

const links = new Map<string, Link>()

describe('The URLs of a tree', () => {
  it.each(['/site', '/my site', '/50%', '/a#b?c', '/ü', '/u\u0308', '/[x]^{y}|~'])(
    'are those of Node for a root like %s',
    root => {
      const urls = new Urls(root, links)
      expect(urls.root).toBe(pathToFileURL(root).href)
      for (const path of [
        '/a.ts',
        '/a b/c#d.ts',
        '/100%.ts',
        '/é/e\u0301',
        '/[id].ts',
        '/a\\b',
        '/q?x',
        '/a^b|c',
        '/..a/.b',
      ]) {
        expect(urls.urlOf(path)).toBe(pathToFileURL(root + path).href)
        expect(urls.pathOf(urls.urlOf(path))).toBe(path)
        expect(urls.pathOf(new URL(`${urls.urlOf(path)}?ver=1#hash`))).toBe(path)
      }
    },
  )

  it('belong to no other folder with the same beginning, and not to the root itself', () => {
    const urls = new Urls('/site', links)
    for (const url of [
      'file:///site2/a',
      'file:///sit',
      'file:///site',
      'file:///site/',
      'file:///',
      'file:///site?/a',
    ])
      expect(urls.pathOf(url)).toBe(undefined)
  })

  it('are file URLs only', () => {
    const urls = new Urls('/site', links)
    for (const url of [
      'node:fs',
      'data:text/javascript,1',
      'https://x/site/a',
      'file://host/site/a',
      '/site/a',
      '',
      './a',
    ])
      expect(urls.pathOf(url)).toBe(undefined)
  })

  it('do not lead out by dot segments, encoded or not', () => {
    const urls = new Urls('/site', links)
    expect(urls.pathOf('file:///site/../etc/passwd')).toBe(undefined)
    expect(urls.pathOf('file:///site/%2e%2e/etc/passwd')).toBe(undefined)
    expect(urls.pathOf('file:///site/a/../b')).toBe('/b')
    expect(urls.pathOf('file:///site/a%2Fb')).toBe(undefined)
    expect(urls.pathOf('file:///site/a%zz')).toBe(undefined)
    expect(urls.pathOf('file:///site/.env')).toBe('/.env')
    expect(urls.pathOf('file:///site/a?x=%2F/../b')).toBe('/a')
  })

  it('are understood when they encode more than Node does', () => {
    expect(new Urls('/my site', links).pathOf('file:///my%20site/%61.ts')).toBe('/a.ts')
    expect(new Urls('/[x]', links).pathOf('file:///%5Bx%5D/a.ts')).toBe('/a.ts')
  })

  it('are those of the real file behind a link', () => {
    const urls = new Urls(
      '/site',
      new Map([
        ['/lib', { realPath: '/elsewhere/lib', isFolder: true }],
        ['/one.ts', { realPath: '/elsewhere/1.ts', isFolder: false }],
      ]),
    )
    expect(urls.urlOf('/lib/a b.ts')).toBe('file:///elsewhere/lib/a%20b.ts')
    expect(urls.urlOf('/one.ts')).toBe('file:///elsewhere/1.ts')
    expect(urls.urlOf('/library.ts')).toBe('file:///site/library.ts')
    expect(urls.pathOf('file:///elsewhere/lib/a%20b.ts?ver=3')).toBe('/lib/a b.ts')
    expect(urls.pathOf('file:///elsewhere/1.ts')).toBe('/one.ts')
    expect(urls.pathOf('file:///elsewhere/1.ts/x')).toBe(undefined)
    expect(urls.pathOf('file:///elsewhere/library/a.ts')).toBe(undefined)
  })

  it('of the root of the disk work, too', () => {
    const urls = new Urls('', links)
    expect(urls.root).toBe('file://')
    expect(urls.pathOf('file:///a/b.ts')).toBe('/a/b.ts')
    expect(urls.urlOf('/a/b.ts')).toBe('file:///a/b.ts')
  })
})
