import { EventEmitter } from 'node:events'
import type { FSWatcher, WatchListener } from 'node:fs'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Change, FileTree } from '../src/index.ts'
import type { WatchSeams } from '../src/watching/watches.ts'

/** An operating system that watches nothing: the test raises the events. */
class Kernel {
  readonly listeners = new Map<string, WatchListener<string>>()
  readonly recursive: string[] = []
  readonly warnings: string[] = []
  refuse: (place: string) => string | undefined = () => undefined

  seams(platform: NodeJS.Platform): WatchSeams {
    return {
      platform,
      warn: message => void this.warnings.push(message),
      watch: (place, options, listener) => {
        const code = this.refuse(place)
        if (code) throw Object.assign(new Error(code), { code })
        this.listeners.set(place, listener)
        if (options.recursive) this.recursive.push(place)
        const close = () => void this.listeners.delete(place)
        return Object.assign(new EventEmitter(), { close, ref() {}, unref() {} }) as unknown as FSWatcher
      },
    }
  }
}

describe('A watching tree', () => {
  let dir: string
  let kernel: Kernel
  let tree: FileTree
  beforeEach(() => {
    dir = fs.realpathSync.native(fs.mkdtempSync(path.join(os.tmpdir(), 'tree-')))
    fs.mkdirSync(`${dir}/a/b`, { recursive: true })
    fs.writeFileSync(`${dir}/a/b/c.ts`, 'c')
    kernel = new Kernel()
  })
  afterEach(() => {
    tree.close()
    fs.rmSync(dir, { recursive: true })
  })

  /** Watches, and waits until the first comparison with the disk is over. From then on the tree has nothing but events. */
  const watching = async (platform: NodeJS.Platform, queue = 16_384) => {
    tree = new FileTree('.', dir, { testing: { ...kernel.seams(platform), queue } })
    fs.writeFileSync(`${dir}/ready`, 'ready')
    const ready = updated()
    tree.watch()
    await ready
  }
  const updated = () => new Promise(resolve => tree.once('filesUpdated', resolve))

  it('has a watch for each folder on Linux, and none when it is closed', () => {
    tree = new FileTree('.', dir, { testing: kernel.seams('linux') }).watch()
    expect([...kernel.listeners.keys()]).toEqual([dir, `${dir}/a`, `${dir}/a/b`])
    expect(kernel.recursive).toEqual([])
    tree.close()
    expect(kernel.listeners.size).toBe(0)
  })

  it.each(['darwin', 'win32'] as const)('has one recursive watch on %s, whose events name paths', async platform => {
    await watching(platform)
    expect(kernel.recursive).toEqual([dir])
    fs.writeFileSync(`${dir}/a/b/c.ts`, 'edited')
    fs.mkdirSync(`${dir}/n/m`, { recursive: true })
    fs.writeFileSync(`${dir}/n/m/o.ts`, 'new')
    const event = kernel.listeners.get(dir)!
    event('change', platform === 'win32' ? 'a\\b\\c.ts' : 'a/b/c.ts')
    event('rename', platform === 'win32' ? 'n\\m\\o.ts' : 'n/m/o.ts')
    // Each file settles for itself, so they may come as one update or as two.
    const changes: Change[] = []
    tree.on('filesUpdated', more => void changes.push(...more))
    while (changes.length < 2) await updated()
    expect(changes.sort((a, b) => (a.path < b.path ? -1 : 1))).toEqual([
      { path: '/a/b/c.ts', kind: 'changed' },
      { path: '/n/m/o.ts', kind: 'added' },
    ])
  })

  it('looks at a whole folder when an event has no name', async () => {
    await watching('linux')
    fs.writeFileSync(`${dir}/a/b/c.ts`, 'edited')
    kernel.listeners.get(`${dir}/a/b`)!('change', null)
    expect(await updated()).toEqual([{ path: '/a/b/c.ts', kind: 'changed' }])
  })

  it.each([
    ['ENOSPC', 'max_user_watches'],
    ['EMFILE', 'max_user_instances'],
    ['EACCES', 'readable'],
  ])('polls a folder that cannot be watched for %s, and says so once, with the remedy', async (code, remedy) => {
    kernel.refuse = place => (place.startsWith(`${dir}/a`) ? code : undefined)
    await watching('linux')
    expect(kernel.warnings).toEqual([expect.stringContaining(`Cannot watch ${dir}/a (${code})`)])
    expect(kernel.warnings[0]).toContain(remedy)
    fs.writeFileSync(`${dir}/a/b/c.ts`, 'edited, but nobody tells')
    expect(await updated()).toEqual([{ path: '/a/b/c.ts', kind: 'changed' }])
  })

  it('does not re-read a large folder of excluded files, unless a name has come or gone since', async () => {
    // The folder's time of change must lie well before that of the reading.
    const clock = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 60_000)
    for (const data of ['same', 'other']) {
      fs.mkdirSync(`${dir}/${data}`)
      for (let number = 0; number < 100; number++) fs.writeFileSync(`${dir}/${data}/${number}.png`, '')
    }
    const asked: string[] = []
    const exclude = (at: string) => {
      asked.push(at)
      return at.endsWith('.png')
    }
    tree = new FileTree('.', dir, { exclude, testing: kernel.seams('linux') })
    clock.mockRestore()
    const pictures = (data: string) => asked.splice(0).filter(at => at.startsWith(`/${data}/`)).length
    expect(pictures('same')).toBe(100)
    fs.writeFileSync(`${dir}/other/new.ts`, '')
    fs.writeFileSync(`${dir}/a/b/c.ts`, 'edited')
    tree.watch()
    expect(await updated()).toEqual([
      { path: '/a/b/c.ts', kind: 'changed' },
      { path: '/other/new.ts', kind: 'added' },
    ])
    expect(asked.filter(at => at.startsWith('/other/'))).toContain('/other/1.png')
    expect(pictures('same')).toBe(0)
    fs.writeFileSync(`${dir}/same/late.ts`, '')
    kernel.listeners.get(`${dir}/same`)!('change', null)
    expect(await updated()).toEqual([{ path: '/same/late.ts', kind: 'added' }])
  })

  it('compares everything with the disk when half as many events come at once as the kernel can keep', async () => {
    await watching('linux', 8)
    fs.writeFileSync(`${dir}/a/b/c.ts`, 'its event was dropped')
    for (const name of ['1', '2', '3', '4']) kernel.listeners.get(dir)!('change', name)
    expect(await updated()).toEqual([{ path: '/a/b/c.ts', kind: 'changed' }])
  })

  it('ignores the events of a watch that it has closed', async () => {
    await watching('linux')
    const event = kernel.listeners.get(`${dir}/a/b`)!
    fs.renameSync(`${dir}/a`, `${dir}/z`)
    kernel.listeners.get(dir)!('rename', 'a')
    kernel.listeners.get(dir)!('rename', 'z')
    event('change', 'c.ts')
    expect(await updated()).toEqual([
      { path: '/a/b/c.ts', kind: 'removed' },
      { path: '/z/b/c.ts', kind: 'added' },
    ])
    expect([...kernel.listeners.keys()].sort()).toEqual([dir, `${dir}/z`, `${dir}/z/b`])
  })

  it('publishes no file of a folder that is gone before the files that it waited for have settled', async () => {
    let vanish = () => {}
    const read = (at: string) => at === '/n/x.ts' && setImmediate(() => vanish())
    tree = new FileTree('.', dir, { testing: { ...kernel.seams('linux'), read } })
    fs.writeFileSync(`${dir}/ready`, 'ready')
    const ready = updated()
    tree.watch()
    await ready
    fs.mkdirSync(`${dir}/n`)
    fs.writeFileSync(`${dir}/n/x.ts`, 'new')
    // An emptied file may be half of a save for 100 ms.
    fs.writeFileSync(`${dir}/a/b/c.ts`, '')
    vanish = () => {
      fs.rmSync(`${dir}/n`, { recursive: true, force: true })
      kernel.listeners.get(dir)!('rename', 'n')
    }
    kernel.listeners.get(dir)!('rename', 'n')
    kernel.listeners.get(`${dir}/a/b`)!('change', 'c.ts')
    expect(await updated()).toEqual([{ path: '/a/b/c.ts', kind: 'changed' }])
    expect([...tree.files.keys()].sort()).toEqual(['/a/b/c.ts', '/ready'])
  })

  it('publishes no file that became a folder before the files that it waited for have settled', async () => {
    let become = () => {}
    const read = (at: string) => at === '/n' && setImmediate(() => become())
    tree = new FileTree('.', dir, { testing: { ...kernel.seams('linux'), read } })
    fs.writeFileSync(`${dir}/ready`, 'ready')
    const ready = updated()
    tree.watch()
    await ready
    fs.writeFileSync(`${dir}/n`, 'a file')
    fs.writeFileSync(`${dir}/a/b/c.ts`, '')
    become = () => {
      become = () => {}
      fs.rmSync(`${dir}/n`)
      fs.mkdirSync(`${dir}/n`)
      kernel.listeners.get(dir)!('rename', 'n')
    }
    kernel.listeners.get(dir)!('change', 'n')
    kernel.listeners.get(`${dir}/a/b`)!('change', 'c.ts')
    expect(await updated()).toEqual([{ path: '/a/b/c.ts', kind: 'changed' }])
  })

  it('closes the watches of the folders in a folder that was replaced', async () => {
    await watching('linux')
    fs.rmSync(`${dir}/a`, { recursive: true })
    fs.mkdirSync(`${dir}/a`)
    kernel.listeners.get(dir)!('rename', 'a')
    await updated()
    expect([...kernel.listeners.keys()]).toEqual([dir, `${dir}/a`])
  })
})
