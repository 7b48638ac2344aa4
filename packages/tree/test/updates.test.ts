import { beforeEach, describe, expect, it } from 'vitest'
import { TreeFile } from '../src/files/tree-file.ts'
import { nextVersion } from '../src/files/version.ts'
import { type Change, Updates } from '../src/updates/updates.ts'

const bytes = (text: string | undefined) => (text === undefined ? undefined : Buffer.from(text))
const shown = (changes: readonly Change[]) => changes.map(({ path, kind }) => `${kind} ${path}`).join(', ')

describe('An update', () => {
  let files: Map<string, TreeFile>
  let log: string[]
  let updates: Updates
  let ended: () => void
  const arrive = (path: string, text: string | undefined) => {
    updates.arrive(path, bytes(text))
    return updates.whenComplete()
  }

  beforeEach(() => {
    files = new Map()
    for (const path of ['/a', '/b']) files.set(path, new TreeFile(path, Buffer.from('old'), nextVersion()))
    log = []
    ended = () => {}
    updates = new Updates({
      files,
      updated: changes => void log.push(`updated ${shown(changes)}`),
      report: error => void log.push(`error ${error}`),
      ended: () => ended(),
    })
  })

  it('is busy until it ends, and what arrives at its end makes up the next one', async () => {
    updates.beforeUpdate(() => void log.push(`busy: ${updates.isBusy}`))
    ended = () => {
      log.push(`busy: ${updates.isBusy}`)
      ended = () => {}
      updates.arrive('/b', Buffer.from('late'))
    }
    updates.arrive('/a', Buffer.from('new'))
    log.push(`busy: ${updates.isBusy}`)
    await updates.idle
    expect(log).toEqual([
      'busy: false',
      'busy: true',
      'updated changed /a',
      'busy: false',
      'busy: true',
      'updated changed /b',
    ])
  })

  it('is staged, shown to each function in order and awaited, published in one step, and raised', async () => {
    updates.beforeUpdate(async (changes, update) => {
      log.push(`first begins, ${shown(changes)}, ${files.get('/a')?.text} will be ${update.file('/a')?.text}`)
      update.onPublish(() => void log.push(`published ${files.get('/a')?.text}`))
      update.afterPublish(async () => {
        await Promise.resolve()
        log.push('after')
      })
      await new Promise(resolve => setImmediate(resolve))
      log.push('first ends')
    })
    updates.beforeUpdate((_, update) => {
      log.push('second')
      update.afterPublish(() => void log.push('after that'))
    })
    await arrive('/a', 'new')
    log.push('complete')
    expect(log).toEqual([
      'first begins, changed /a, old will be new',
      'first ends',
      'second',
      'published new',
      'after',
      'after that',
      'updated changed /a',
      'complete',
    ])
  })

  it('is published in a macrotask of its own, onPublish callbacks included', async () => {
    updates.beforeUpdate((_, update) => {
      const promises = (async () => {
        for (let turn = 0; turn < 50; turn++) {
          log.push(files.get('/a')!.text)
          await Promise.resolve()
        }
      })()
      void promises.then(() => log.push('chain over'))
      update.onPublish(() => {
        log.push('publishing')
        queueMicrotask(() => log.push('microtask'))
      })
      update.onPublish(() => void log.push('still publishing'))
    })
    await arrive('/a', 'new')
    expect(log.slice(0, 50)).toEqual(Array(50).fill('old'))
    expect(log.slice(50, 54)).toEqual(['chain over', 'publishing', 'still publishing', 'microtask'])
  })

  it('holds its changes sorted by path, counted against what is published', async () => {
    updates.arrive('/z', bytes('z'))
    updates.arrive('/a', bytes('1'))
    updates.arrive('/a', bytes('2'))
    updates.arrive('/gone', bytes('x'))
    updates.arrive('/gone', undefined)
    await arrive('/b', undefined)
    expect(log).toEqual(['updated changed /a, removed /b, added /z'])
  })

  it('does not happen when no byte differs', async () => {
    updates.beforeUpdate(() => void log.push('called'))
    await arrive('/a', 'old')
    expect(log).toEqual([])
  })

  it('waits for the previous one, and has everything that arrived meanwhile', async () => {
    let go = () => {}
    const remove = updates.beforeUpdate(() => new Promise<void>(resolve => (go = resolve)))
    const first = arrive('/a', '1')
    await new Promise(resolve => setImmediate(resolve))
    const rest = [arrive('/a', '2'), arrive('/b', '2')]
    expect(updates.newest('/b')?.toString()).toBe('2')
    expect(files.get('/a')?.text).toBe('old')
    remove()
    go()
    await Promise.all([first, ...rest])
    expect(log).toEqual(['updated changed /a', 'updated changed /a, changed /b'])
  })

  it('that is held publishes nothing, and is part of the next one', async () => {
    let held: TreeFile | undefined
    const remove = updates.beforeUpdate((_, update) => {
      held = update.file('/a')
      update.hold()
    })
    await arrive('/a', 'broken')
    expect([files.get('/a')?.text, ...log]).toEqual(['old'])
    remove()
    await arrive('/b', 'new')
    expect(log).toEqual(['updated changed /a, changed /b'])
    expect(files.get('/a')).toBe(held)
  })

  it('that was held is tried again by a save of the same bytes, and dropped by one of the published bytes', async () => {
    let tries = 0
    updates.beforeUpdate((_, update) => {
      tries++
      update.hold()
    })
    await arrive('/a', 'broken')
    await arrive('/a', 'broken')
    expect(tries).toBe(2)
    await arrive('/a', 'old')
    await arrive('/b', 'old')
    expect([tries, files.get('/a')?.text, ...log]).toEqual([2, 'old'])
  })

  it('continues when a function throws or rejects, and reports that', async () => {
    updates.beforeUpdate((_, update) => {
      update.onPublish(() => {
        throw 'in publishing'
      })
      update.afterPublish(async () => {
        throw 'afterwards'
      })
      throw 'before'
    })
    await arrive('/a', 'new')
    expect(log).toEqual(['error before', 'error in publishing', 'error afterwards', 'updated changed /a'])
  })

  it('gives a changed file a new, greater version, and leaves the others alone', async () => {
    const [a, b] = [files.get('/a')!, files.get('/b')!]
    await arrive('/a', 'new')
    expect(files.get('/a')!.version).toBeGreaterThan(b.version)
    expect(a.text).toBe('old')
    expect(files.get('/b')).toBe(b)
  })

  it('begins for what arrives in the very moment the previous one ends', async () => {
    await arrive('/a', '1')
    const late = arrive('/b', '1')
    await late
    expect(log).toEqual(['updated changed /a', 'updated changed /b'])
  })
})
