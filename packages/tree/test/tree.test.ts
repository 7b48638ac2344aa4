import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { FileTree } from '../src/index.ts'
import { isBelow } from '../src/paths/paths.ts'

const folders: string[] = []
afterEach(() => {
  vi.restoreAllMocks()
  for (const dir of folders.splice(0)) fs.rmSync(dir, { recursive: true, force: true })
})

function folder(files: Record<string, string | Buffer> = {}, name = 'src'): string {
  const parent = fs.realpathSync.native(fs.mkdtempSync(path.join(os.tmpdir(), 'tree-')))
  folders.push(parent)
  const dir = path.join(parent, name)
  fs.mkdirSync(dir)
  for (const [at, content] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(dir, at)), { recursive: true })
    fs.writeFileSync(path.join(dir, at), content)
  }
  return dir
}

const paths = (tree: FileTree) => [...tree.files.keys()].sort()

describe('A tree', () => {
  it('has every file with its bytes, its text without a byte order mark, and a version of its own', () => {
    const binary = Buffer.from([0, 255, 128])
    const tree = new FileTree('.', folder({ 'a.ts': '\ufeffa', 'b/c.bin': binary, 'd/e/f/empty': '' }))
    expect(paths(tree)).toEqual(['/a.ts', '/b/c.bin', '/d/e/f/empty'])
    expect(tree.files.get('/a.ts')).toMatchObject({ path: '/a.ts', text: 'a' })
    expect(tree.files.get('/a.ts')?.content.length).toBe(4)
    expect(tree.files.get('/b/c.bin')?.content.equals(binary)).toBe(true)
    expect(new Set([...tree.files.values()].map(file => file.version)).size).toBe(3)
  })

  it.each(['with space', 'a#b', '100%', 'ünï', 'e\u0301'])('takes a root named %s', name => {
    const dir = folder({ 'a b/#.ts': 'x' }, name)
    const tree = new FileTree(name, path.dirname(dir))
    expect(tree.root).toBe(pathToFileURL(dir).href)
    expect(paths(tree)).toEqual(['/a b/#.ts'])
    expect(tree.pathOf(pathToFileURL(`${dir}/a b/#.ts`))).toBe('/a b/#.ts')
  })

  it('has the real folder as its root when it is made from a link', () => {
    const dir = folder({ 'a.ts': 'a' })
    fs.symlinkSync(dir, `${path.dirname(dir)}/link`)
    const tree = new FileTree('link', path.dirname(dir))
    expect(tree.root).toBe(pathToFileURL(dir).href)
  })

  it('takes the root of the disk', async () => {
    const dir = folder({ 'a b.ts': 'a' })
    const exclude = (at: string) => !(dir === at || isBelow(dir, at) || isBelow(at, dir))
    const tree = new FileTree('/', dir, { exclude })
    expect(tree.root).toBe('file://')
    expect(paths(tree)).toEqual([`${dir}/a b.ts`])
    expect(tree.urlOf(`${dir}/a b.ts`)).toBe(pathToFileURL(`${dir}/a b.ts`).href)
    expect(tree.pathOf(pathToFileURL(`${dir}/a b.ts`))).toBe(`${dir}/a b.ts`)
    expect(tree.pathOf('file:///')).toBe(undefined)
    const updated = new Promise(resolve => tree.once('filesUpdated', resolve))
    fs.writeFileSync(`${dir}/b.ts`, 'b')
    tree.watch()
    expect(await updated).toEqual([{ path: `${dir}/b.ts`, kind: 'added' }])
    tree.close()
  })

  it('follows a link to the root of the disk', () => {
    const dir = folder({ 'a.ts': 'a' })
    const other = folder()
    fs.symlinkSync('/', `${other}/disk`)
    const wanted = `/disk${dir}`
    const exclude = (at: string) => !(at === '/disk' || wanted === at || isBelow(wanted, at) || isBelow(at, wanted))
    const tree = new FileTree('.', other, { exclude })
    expect(paths(tree)).toEqual([`${wanted}/a.ts`])
    expect(tree.urlOf(`${wanted}/a.ts`)).toBe(pathToFileURL(`${dir}/a.ts`).href)
    expect(tree.pathOf(pathToFileURL(`${dir}/a.ts`))).toBe(`${wanted}/a.ts`)
  })

  it('calls exclude once for each folder when it is asked about paths below it', () => {
    let asked = 0
    const exclude = () => ++asked === 0
    const tree = new FileTree('.', folder(), { exclude })
    for (let file = 0; file < 100; file++) expect(tree.excludes(`/a/b/c/${file}.ts`)).toBe(false)
    // The three folders, and each path as a file and as a folder.
    expect(asked).toBe(203)
    for (let file = 0; file < 100; file++) expect(tree.excludes(`/node_modules/x/${file}.js`)).toBe(true)
    expect(asked).toBe(203)
  })

  it('says where it looked when there is no folder', () => {
    const dir = folder({ file: '' })
    expect(() => new FileTree('none', dir)).toThrow(`there is no folder at ${dir}/none (from 'none' and '${dir}')`)
    expect(() => new FileTree('file', dir)).toThrow(`${dir}/file is a file`)
  })

  it('leaves out node_modules, .git and what is excluded, and never reads them', () => {
    const dir = folder({
      'node_modules/a/x': '',
      'b/node_modules/x': '',
      '.git/x': '',
      'out/x': '',
      'a.log': '',
      'a.ts': '',
      '.env': '',
    })
    const asked: string[] = []
    const exclude = (at: string, isDirectory: boolean) => {
      asked.push(at)
      return isDirectory ? at === '/out' : at.endsWith('.log')
    }
    const tree = new FileTree('.', dir, { exclude })
    expect(paths(tree)).toEqual(['/.env', '/a.ts'])
    expect(asked.filter(at => /modules|git|out\//.test(at))).toEqual([])
    for (const at of ['/node_modules/x.js', '/b/node_modules', '/out/deep/x', '/x.log'])
      expect(tree.excludes(at)).toBe(true)
    for (const at of ['/a.ts', '/none.ts', '/b/none.ts', '/outer/x']) expect(tree.excludes(at)).toBe(false)
  })

  it('holds a file of 100 MB', () => {
    const dir = folder({ big: Buffer.alloc(100 * 2 ** 20, 1) })
    expect(new FileTree('.', dir).files.get('/big')?.content.length).toBe(100 * 2 ** 20)
  })

  it('leaves out a file of more than 2 GiB, and reports it', async () => {
    const dir = folder({ big: 'x', 'a.ts': 'a' })
    fs.truncateSync(`${dir}/big`, 2 ** 31)
    const tree = new FileTree('.', dir)
    const error = await new Promise(resolve => tree.on('error', resolve))
    expect(String(error)).toMatch(`${dir}/big is left out of the tree`)
    expect(paths(tree)).toEqual(['/a.ts'])
  })

  it('leaves out a file that may not be read, and reports it once', async () => {
    const dir = folder({ 'a.ts': 'a', secret: 's' })
    const read = (at: string) => {
      if (at === '/secret') throw Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' })
    }
    const tree = new FileTree('.', dir, { testing: { read } })
    const errors: unknown[] = []
    tree.on('error', (error: unknown) => void errors.push(error))
    await tree.remove('/secret')
    await new Promise(resolve => setImmediate(resolve))
    expect(errors.map(String)).toEqual([
      `Error: ${dir}/secret is left out of the tree, it cannot be read: EACCES: permission denied. Make it readable, or exclude it.`,
    ])
    expect(paths(tree)).toEqual(['/a.ts'])
  })

  it('lacks a file that vanishes between the listing and the reading', () => {
    const dir = folder({ 'a.ts': 'a', 'b.ts': 'b' })
    const tree = new FileTree('.', dir, { testing: { read: at => at === '/b.ts' && fs.rmSync(`${dir}/b.ts`) } })
    expect(paths(tree)).toEqual(['/a.ts'])
  })
})

describe('Memory', () => {
  it('raises the events of a save, without a watcher', async () => {
    const dir = folder({ 'a.ts': 'a', 'b.ts': 'b' })
    const tree = new FileTree('.', dir)
    const log: unknown[] = []
    tree.on('filesUpdated', changes => void log.push(changes))
    await Promise.all([tree.write('a.ts', 'new'), tree.write('/c/d.ts', Buffer.from('d')), tree.remove('/b.ts')])
    expect(log).toEqual([
      [
        { path: '/a.ts', kind: 'changed' },
        { path: '/b.ts', kind: 'removed' },
        { path: '/c/d.ts', kind: 'added' },
      ],
    ])
    expect(tree.files.get('/c/d.ts')?.text).toBe('d')
    expect(fs.existsSync(`${dir}/c`)).toBe(false)
  })

  it('keeps a copy of the bytes it was given', async () => {
    const tree = new FileTree('.', folder())
    const bytes = Buffer.from('abc')
    await tree.write('/a', bytes)
    bytes.fill(0)
    expect(tree.files.get('/a')?.text).toBe('abc')
  })

  it('resolves at once for the same bytes, or a file that is not there', async () => {
    const tree = new FileTree('.', folder({ 'a.ts': 'a' }))
    tree.on('filesUpdated', () => expect.unreachable())
    await tree.write('/a.ts', 'a')
    await tree.remove('/none')
  })

  it('can be written in a filesUpdated listener, which makes the next update', async () => {
    const tree = new FileTree('.', folder({ 'a.ts': 'a' }))
    const log: string[] = []
    tree.once('filesUpdated', async () => {
      await tree.write('/b.ts', 'b')
      log.push('written')
    })
    const second = new Promise<void>(resolve => {
      tree.on('filesUpdated', changes => {
        log.push(changes.map(change => change.path).join())
        if (tree.files.has('/b.ts')) resolve()
      })
    })
    await tree.write('/a.ts', '1')
    await second
    await new Promise(resolve => setImmediate(resolve))
    expect(log).toEqual(['/a.ts', '/b.ts', 'written'])
  })

  it('refuses an invalid path, and a path below a file or with files below it, and names them', async () => {
    const tree = new FileTree('.', folder({ 'a.ts': 'a', 'b/c.ts': 'c' }))
    await expect(tree.write('../x', '')).rejects.toThrow(TypeError)
    await expect(tree.remove('/')).rejects.toThrow("'/'")
    await expect(tree.write('/a.ts/x', '')).rejects.toThrow("Cannot write '/a.ts/x': '/a.ts' is a file")
    await expect(tree.write('/b', '')).rejects.toThrow("Cannot write '/b': it is a folder, '/b/c.ts' is in it")
    await tree.remove('/a.ts')
    await tree.write('/a.ts/x', 'now it can be')
    expect(paths(tree)).toEqual(['/a.ts/x', '/b/c.ts'])
  })
})

describe('As a file system, a tree', () => {
  it('lists the names in a folder, and names a path that is not a folder', () => {
    const tree = new FileTree('.', folder({ 'b/c/d': '', 'b/a': '', a: '', 'b2/x': '' }))
    expect(tree.list()).toEqual(['a', 'b', 'b2'])
    expect(tree.list('/b')).toEqual(['a', 'c'])
    expect(tree.list('b/c/')).toEqual(['d'])
    expect(() => tree.list('/none')).toThrow(expect.objectContaining({ code: 'ENOENT', path: '/none' }))
    expect(() => tree.list('/a')).toThrow(expect.objectContaining({ code: 'ENOTDIR', path: '/a' }))
    expect(new FileTree('.', folder()).list('/')).toEqual([])
  })

  it('finds files by pattern, sorted', () => {
    const tree = new FileTree('.', folder({ 'b.ts': '', 'a/x.ts': '', 'a/x.js': '' }))
    expect(tree.glob('**/*.ts')).toEqual(['/a/x.ts', '/b.ts'])
  })

  it('writes what differs, and deletes nothing', async () => {
    const tree = new FileTree('.', folder({ 'a.ts': 'a', 'b/c.ts': 'c' }))
    await tree.write('/m.ts', 'memory')
    const out = path.join(folder({ 'old.ts': 'old' }), 'out/put')
    expect(tree.writeTo(out)).toEqual(['/a.ts', '/b/c.ts', '/m.ts'])
    fs.writeFileSync(`${out}/a.ts`, 'x')
    fs.writeFileSync(`${out}/other.ts`, 'stays')
    expect(tree.writeTo(out)).toEqual(['/a.ts'])
    expect(fs.readdirSync(out, { recursive: true }).sort()).toEqual(['a.ts', 'b', 'b/c.ts', 'm.ts', 'other.ts'])
    expect(fs.readFileSync(`${out}/a.ts`, 'utf8')).toBe('a')
  })

  it.each(['b', 'a.ts'])('writes nothing at all when a link named %s would lead elsewhere', name => {
    const tree = new FileTree('.', folder({ 'a.ts': 'a', 'b/c.ts': 'c' }))
    const elsewhere = folder({ 'a.ts': 'untouched' })
    const out = folder()
    fs.symlinkSync(name === 'b' ? elsewhere : `${elsewhere}/a.ts`, `${out}/${name}`)
    expect(() => tree.writeTo(out)).toThrow(`${out}/${name}: a symbolic link is in the way`)
    expect(fs.readdirSync(out)).toEqual([name])
    expect(fs.readdirSync(elsewhere)).toEqual(['a.ts'])
    expect(fs.readFileSync(`${elsewhere}/a.ts`, 'utf8')).toBe('untouched')
  })
})

describe('A closed tree', () => {
  it('raises closed once, cannot be watched again, and can still be written', async () => {
    const tree = new FileTree('.', folder())
    let closed = 0
    tree.on('closed', () => closed++)
    expect(tree.watch()).toBe(tree)
    expect(tree.watch()).toBe(tree)
    await tree[Symbol.asyncDispose]()
    tree[Symbol.dispose]()
    expect(closed).toBe(1)
    expect(() => tree.watch()).toThrow('was closed')
    await tree.write('/a', 'a')
    expect(paths(tree)).toEqual(['/a'])
  })
})
