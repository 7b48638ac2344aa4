import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { FileTree } from '../../src/index.ts'
import { queueCapacity } from '../../src/watching/kernel-queue.ts'
import { freshFolder, pause, quiet, save, saveAtomically, settled, until, watched } from './disk.ts'

/** What must hold with a real disk and a real watcher, on every Node: a sentence for each, and the code that shows it. */
export const scenarios: Record<string, () => Promise<void>> = {
  async 'sees three atomic saves of one file in a row'() {
    const dir = freshFolder({ 'a.ts': '0' })
    const { tree, updates } = watched(dir)
    await quiet(tree, dir)
    updates.length = 0
    for (const text of ['one', 'two', 'three']) {
      saveAtomically(dir, 'a.ts', text)
      await until(() => tree.files.get('/a.ts')?.text === text, `${text} is published`)
    }
    assert.deepEqual(updates, Array(3).fill([{ path: '/a.ts', kind: 'changed' }]))
    tree.close()
  },

  async 'sees three saves that keep a backup, and never publishes the moment in which the file is missing'() {
    const dir = freshFolder({ 'a.ts': '0' })
    const { tree, updates } = watched(dir)
    await quiet(tree, dir)
    for (const text of ['first', 'second', 'third!']) {
      fs.renameSync(`${dir}/a.ts`, `${dir}/a.ts~`)
      fs.writeFileSync(`${dir}/a.ts`, text)
      await until(() => tree.files.get('/a.ts')?.text === text, `${text} is published`)
    }
    await settled(tree, dir)
    assert.equal(updates.flat().filter(change => change.path === '/a.ts' && change.kind !== 'changed').length, 0)
    tree.close()
  },

  async 'follows a truncation that is filled after 1 to 300 ms, and publishes no empty file if it took under 90 ms'() {
    const dir = freshFolder({ 'a.ts': 'start' })
    const { tree } = watched(dir)
    await quiet(tree, dir)
    for (const ms of [1, 3, 10, 30, 60, 150, 300]) {
      const text = `after ${ms} ms`
      let empty = false
      const remove = tree.beforeUpdate((_, update) => {
        if (update.file('/a.ts')?.content.length === 0) empty = true
      })
      const fd = fs.openSync(`${dir}/a.ts`, 'w')
      const at = performance.now()
      await pause(ms)
      const late = performance.now() - at > 80
      fs.writeSync(fd, text)
      fs.closeSync(fd)
      await until(() => tree.files.get('/a.ts')?.text === text, `${text} is published`)
      if (!late) assert.equal(empty, false, `no empty file is published for a pause of ${ms} ms`)
      remove()
    }
    tree.close()
  },

  async 'ends with the second of two writes 10 ms apart, and with the last of 20 saves 5 ms apart'() {
    const dir = freshFolder({ 'a.ts': '0', 'b.ts': '0' })
    const { tree } = watched(dir)
    await quiet(tree, dir)
    fs.writeFileSync(`${dir}/a.ts`, 'one')
    await pause(10)
    fs.writeFileSync(`${dir}/a.ts`, 'two')
    for (let save = 1; save <= 20; save++) {
      fs.writeFileSync(`${dir}/b.ts`, `save ${save}`)
      await pause(5)
    }
    await until(() => tree.files.get('/a.ts')?.text === 'two', 'two')
    await until(() => tree.files.get('/b.ts')?.text === 'save 20', 'save 20')
    tree.close()
  },

  async 'publishes no half of a file that is written in two halves 2 ms apart'() {
    const dir = freshFolder({ 'a.ts': '0' })
    const { tree } = watched(dir)
    await quiet(tree, dir)
    const halves: string[] = []
    tree.on('filesUpdated', () => void halves.push(tree.files.get('/a.ts')!.text))
    for (let round = 0; round < 10; round++) {
      const text = `${round}`.repeat(1000)
      const fd = fs.openSync(`${dir}/a.ts`, 'w')
      fs.writeSync(fd, text.slice(0, 500))
      const at = performance.now()
      while (performance.now() < at + 2) await new Promise(resolve => setImmediate(resolve))
      const late = performance.now() - at > 4
      fs.writeSync(fd, text.slice(500))
      fs.closeSync(fd)
      await until(() => tree.files.get('/a.ts')?.text === text, `round ${round}`)
      if (!late) assert.ok(!halves.includes(text.slice(0, 500)), `half of round ${round} was published`)
    }
    tree.close()
  },

  async 'publishes files that are saved together in one update, in whatever way each is saved'() {
    const dir = freshFolder({ 'a.ts': 'longer than before', 'b.ts': '0', 'c.ts': '0', 'gone.ts': '0' })
    const { tree, updates } = watched(dir)
    await quiet(tree, dir)
    for (let round = 0; round < 5; round++) {
      updates.length = 0
      save(dir, 'a.ts', `short ${round}`)
      save(dir, 'b.ts', `${round}`.repeat(100))
      saveAtomically(dir, 'c.ts', `round ${round}`)
      save(dir, `new/${round}.ts`, 'new')
      fs.rmSync(`${dir}/gone.ts`)
      await settled(tree, dir)
      await until(() => updates.length > 0, 'an update')
      assert.deepEqual(
        updates.map(changes => changes.map(change => change.path)),
        [['/a.ts', '/b.ts', '/c.ts', '/gone.ts', `/new/${round}.ts`]],
      )
      save(dir, 'a.ts', 'longer than before')
      save(dir, 'gone.ts', '0')
      await settled(tree, dir)
    }
    tree.close()
  },

  async 'publishes a save while a log file is written to without end'() {
    const dir = freshFolder({ 'a.ts': '0', log: '' })
    const { tree } = watched(dir)
    await quiet(tree, dir)
    const timer = setInterval(() => fs.appendFileSync(`${dir}/log`, 'line\n'), 1)
    for (const text of ['one', 'two', 'three']) {
      save(dir, 'a.ts', text)
      await until(() => tree.files.get('/a.ts')?.text === text, `${text} is published`)
      saveAtomically(dir, 'a.ts', `${text}, moved`)
      await until(() => tree.files.get('/a.ts')?.text === `${text}, moved`, `${text}, moved, is published`)
    }
    clearInterval(timer)
    await settled(tree, dir)
    tree.close()
  },

  async 'follows folders that are renamed, renamed back, and replaced'() {
    const dir = freshFolder({ 'a/b/c.ts': 'c', 'a/d.ts': 'd', 'other/d.ts': 'other' })
    const { tree } = watched(dir)
    await quiet(tree, dir)
    fs.renameSync(`${dir}/a`, `${dir}/z`)
    await settled(tree, dir)
    save(dir, 'z/b/c.ts', 'edited after the rename')
    await settled(tree, dir)
    fs.renameSync(`${dir}/z`, `${dir}/a`)
    save(dir, 'a/b/c.ts', 'edited at once')
    await settled(tree, dir)
    fs.rmSync(`${dir}/a`, { recursive: true })
    fs.renameSync(`${dir}/other`, `${dir}/a`)
    await settled(tree, dir)
    save(dir, 'a/d.ts', 'edited after the replacement')
    await settled(tree, dir)
    fs.rmSync(`${dir}/a`, { recursive: true })
    save(dir, 'a/deep/er/x.ts', 'anew')
    await settled(tree, dir)
    tree.close()
  },

  async 'publishes both halves of a rename in one update'() {
    const dir = freshFolder({ 'a/b.ts': 'b' })
    const { tree, updates } = watched(dir)
    await quiet(tree, dir)
    updates.length = 0
    fs.renameSync(`${dir}/a`, `${dir}/z`)
    await settled(tree, dir)
    await until(() => updates.length > 0, 'an update')
    assert.deepEqual(updates, [
      [
        { path: '/a/b.ts', kind: 'removed' },
        { path: '/z/b.ts', kind: 'added' },
      ],
    ])
    tree.close()
  },

  async 'follows a file that becomes a folder and a folder that becomes a file'() {
    const dir = freshFolder({ a: 'file', 'b/c': 'in b' })
    const { tree } = watched(dir)
    await quiet(tree, dir)
    fs.rmSync(`${dir}/a`)
    save(dir, 'a/b', 'in a')
    fs.rmSync(`${dir}/b`, { recursive: true })
    save(dir, 'b', 'file')
    await settled(tree, dir)
    fs.rmSync(`${dir}/a`, { recursive: true })
    save(dir, 'a', 'file again')
    fs.rmSync(`${dir}/b`)
    save(dir, 'b/c', 'folder again')
    await settled(tree, dir)
    save(dir, 'b/c', 'and watched')
    await settled(tree, dir)
    tree.close()
  },

  async 'sees a file replaced by one of the same size and time'() {
    const dir = freshFolder({ 'a.ts': 'aaaa' })
    const { tree } = watched(dir)
    await quiet(tree, dir)
    const { atime, mtime } = fs.statSync(`${dir}/a.ts`)
    save(dir, 'b.tmp', 'bbbb')
    fs.utimesSync(`${dir}/b.tmp`, atime, mtime)
    fs.renameSync(`${dir}/b.tmp`, `${dir}/a.ts`)
    await until(() => tree.files.get('/a.ts')?.text === 'bbbb', 'the replacement')
    fs.writeFileSync(`${dir}/a.ts`, 'cccc')
    fs.utimesSync(`${dir}/a.ts`, atime, mtime)
    await until(() => tree.files.get('/a.ts')?.text === 'cccc', 'the overwriting')
    tree.close()
  },

  async 'sees a save at the very moment watch() returns'() {
    for (let round = 0; round < 10; round++) {
      const dir = freshFolder({ 'a.ts': '0', 'b/c.ts': '0' })
      const { tree } = watched(dir)
      fs.writeFileSync(`${dir}/a.ts`, 'now')
      saveAtomically(dir, 'b/c.ts', 'now')
      save(dir, 'new/d.ts', 'now')
      await settled(tree, dir)
      tree.close()
    }
  },

  async 'publishes what changed between the constructor and watch() as the first update'() {
    const dir = freshFolder({ 'a.ts': '0', 'gone.ts': '0', 'x/gone.ts': '0', 'kept.ts': '0' })
    const tree = new FileTree('.', dir)
    const updates: unknown[] = []
    tree.on('filesUpdated', changes => void updates.push(changes))
    save(dir, 'a.ts', '1')
    save(dir, 'new/b.ts', '1')
    fs.rmSync(`${dir}/gone.ts`)
    fs.rmSync(`${dir}/x`, { recursive: true })
    tree.watch()
    await until(() => updates.length > 0, 'the first update')
    assert.deepEqual(updates, [
      [
        { path: '/a.ts', kind: 'changed' },
        { path: '/gone.ts', kind: 'removed' },
        { path: '/new/b.ts', kind: 'added' },
        { path: '/x/gone.ts', kind: 'removed' },
      ],
    ])
    tree.close()
  },

  async 'follows the replacement of 2,000 files at once'() {
    const dir = freshFolder()
    for (let file = 0; file < 2000; file++) save(dir, `d${file % 40}/f${file}.ts`, `before ${file}`)
    const { tree, updates } = watched(dir)
    await quiet(tree, dir)
    updates.length = 0
    for (let file = 0; file < 2000; file++) {
      fs.unlinkSync(`${dir}/d${file % 40}/f${file}.ts`)
      if (file % 5 !== 0) save(dir, `d${file % 40}/f${file}.ts`, `after ${file}`)
      else save(dir, `n${file % 40}/f${file}.ts`, `moved ${file}`)
    }
    await until(() => updates.length > 0, 'an update')
    await settled(tree, dir)
    assert.ok(updates.length <= 2, `${updates.length} updates`)
    save(dir, 'n0/f0.ts', 'and watched')
    await settled(tree, dir)
    tree.close()
  },

  async 'loses nothing when the kernel drops events because too many come at once'() {
    const dir = freshFolder({ 'a/a.ts': '0', 'a/b.ts': '0' })
    const { tree } = watched(dir)
    await quiet(tree, dir)
    // One event for each, without a turn of the event loop: the kernel has no room for the events that follow.
    for (let event = 0; event < queueCapacity() + 100; event++)
      fs.utimesSync(`${dir}/a/${event % 2 ? 'a' : 'b'}.ts`, 1, 1)
    for (let file = 0; file < 200; file++)
      save(dir, `${file % 2 ? 'a' : 'late'}/f${file}.ts`, 'after the queue was full')
    await settled(tree, dir)
    tree.close()
  },

  async 'follows links to folders and files outside, also broken ones whose target appears'() {
    const outside = freshFolder({ 'lib/x.ts': 'x', 'one.ts': 'one' })
    const dir = path.join(freshFolder({ 'src/a.ts': 'a', 'beside.ts': 'beside' }), 'src')
    fs.symlinkSync(`${outside}/lib`, `${dir}/lib`)
    fs.symlinkSync(`${outside}/one.ts`, `${dir}/one.ts`)
    fs.symlinkSync(`${outside}/later.ts`, `${dir}/later.ts`)
    fs.symlinkSync('circle', `${dir}/circle`)
    fs.symlinkSync('..', `${dir}/up`)
    fs.symlinkSync('.', `${dir}/self`)
    const { tree, errors } = watched(dir)
    await quiet(tree, dir)
    const text = (at: string) => tree.files.get(at)?.text
    assert.deepEqual([...tree.files.keys()].sort(), ['/a.ts', '/lib/x.ts', '/one.ts', '/ready', '/up/beside.ts'])
    assert.equal(text('/lib/x.ts'), 'x')
    assert.equal(tree.urlOf('/lib/x.ts'), pathToFileURL(`${outside}/lib/x.ts`).href)
    assert.equal(tree.pathOf(pathToFileURL(`${outside}/lib/x.ts`)), '/lib/x.ts')
    assert.equal(tree.urlOf('/one.ts'), pathToFileURL(`${outside}/one.ts`).href)
    assert.equal(tree.pathOf(pathToFileURL(`${outside}/one.ts`)), '/one.ts')
    saveAtomically(outside, 'lib/x.ts', 'edited')
    await until(() => text('/lib/x.ts') === 'edited', 'a file in a linked folder')
    saveAtomically(outside, 'one.ts', 'edited')
    await until(() => text('/one.ts') === 'edited', 'a linked file, replaced')
    save(outside, 'one.ts', 'again')
    await until(() => text('/one.ts') === 'again', 'a linked file, overwritten')
    save(outside, 'later.ts', 'here')
    await until(() => text('/later.ts') === 'here', 'a healed link')
    fs.renameSync(`${outside}/lib`, `${outside}/away`)
    await until(() => text('/lib/x.ts') === undefined, 'the target of a link is gone')
    save(outside, 'lib/y.ts', 'new target')
    await until(() => text('/lib/y.ts') === 'new target', 'the target of a link is back')
    assert.deepEqual(errors, [])
    tree.close()
  },

  async 'waits for a root that vanished, and follows the one that comes back'() {
    const parent = freshFolder({ 'src/a.ts': 'a' })
    const dir = path.join(parent, 'src')
    const { tree } = watched(dir)
    await quiet(tree, dir)
    fs.rmSync(dir, { recursive: true })
    await until(() => tree.files.size === 0, 'everything is removed')
    save(dir, 'b/c.ts', 'back')
    await settled(tree, dir)
    saveAtomically(dir, 'b/c.ts', 'and watched')
    await settled(tree, dir)
    fs.renameSync(dir, `${dir}.old`)
    save(dir, 'd.ts', 'swapped')
    await settled(tree, dir)
    save(dir, 'd.ts', 'and watched again')
    await settled(tree, dir)
    tree.close()
  },

  async 'waits for a root that may not even be looked at, as for one that vanished'() {
    if (process.platform === 'win32') return
    const parent = freshFolder({ 'src/a.ts': 'a' })
    const dir = path.join(parent, 'src')
    const { tree } = watched(dir)
    await quiet(tree, dir)
    fs.renameSync(dir, `${dir}.away`)
    // ELOOP, as a mount that is gone says EIO, and a folder that is out of bounds EACCES.
    fs.symlinkSync(dir, dir)
    await until(() => tree.files.size === 0, 'everything is removed')
    fs.unlinkSync(dir)
    save(`${dir}.away`, 'a.ts', 'back')
    fs.renameSync(`${dir}.away`, dir)
    await settled(tree, dir)
    save(dir, 'a.ts', 'and watched')
    await settled(tree, dir)
    tree.close()
  },

  async 'raises nothing for a save that changed no byte'() {
    const dir = freshFolder({ 'a.ts': 'same' })
    const { tree, updates } = watched(dir)
    await quiet(tree, dir)
    updates.length = 0
    fs.writeFileSync(`${dir}/a.ts`, 'same')
    saveAtomically(dir, 'a.ts', 'same')
    fs.utimesSync(`${dir}/a.ts`, 1, 1)
    await pause(30)
    saveAtomically(dir, 'b.ts', 'b')
    await until(() => updates.length > 0, 'the update of another file')
    assert.deepEqual(updates, [[{ path: '/b.ts', kind: 'added' }]])
    tree.close()
  },

  async 'never opens a fifo, and forgets a file that became one'() {
    const dir = freshFolder({ 'a.ts': 'a' })
    execFileSync('mkfifo', [`${dir}/pipe`])
    const { tree, updates } = watched(dir)
    await quiet(tree, dir)
    fs.rmSync(`${dir}/a.ts`)
    execFileSync('mkfifo', [`${dir}/a.ts`])
    await until(() => !tree.files.has('/a.ts'), 'the file is removed')
    assert.deepEqual([...tree.files.keys()], ['/ready'])
    assert.ok(updates.length > 0)
    tree.close()
  },

  async 'keeps what was written in memory through events and rescans, until the bytes on the disk change'() {
    const dir = freshFolder({ 'a/a.ts': 'disk', 'a/b.ts': 'disk' })
    const { tree } = watched(dir)
    await quiet(tree, dir)
    await tree.write('/a/a.ts', 'memory')
    await tree.remove('/a/b.ts')
    await tree.write('/a/only.ts', 'memory')
    fs.utimesSync(`${dir}/a/a.ts`, 1, 1)
    fs.writeFileSync(`${dir}/a/b.ts`, 'disk')
    await pause(40)
    fs.renameSync(`${dir}/a`, `${dir}/z`)
    fs.renameSync(`${dir}/z`, `${dir}/a`)
    await pause(40)
    await quiet(tree, dir)
    assert.equal(tree.files.get('/a/a.ts')?.text, 'memory')
    assert.equal(tree.files.has('/a/b.ts'), false)
    assert.equal(tree.files.get('/a/only.ts')?.text, 'memory')
    save(dir, 'a/a.ts', 'disk wins')
    save(dir, 'a/b.ts', 'disk wins')
    save(dir, 'a/only.ts', 'disk wins')
    await settled(tree, dir)
    tree.close()
  },

  async 'follows the disk by polling alone'() {
    const dir = freshFolder({ 'a.ts': '0', 'b/c.ts': '0' })
    const { tree } = watched(dir, { poll: 20 })
    save(dir, 'a.ts', 'one')
    save(dir, 'new/d/e.ts', 'one')
    await settled(tree, dir)
    saveAtomically(dir, 'b/c.ts', 'two')
    save(dir, 'new/d/e.ts', 'two')
    await settled(tree, dir)
    fs.rmSync(`${dir}/new`, { recursive: true })
    await settled(tree, dir)
    tree.close()
  },

  async 'keeps no process alive when it is not persistent, whatever it is waiting for'() {
    const outside = freshFolder({ 'one.ts': 'one' })
    const dir = freshFolder({ 'a.ts': 'a' })
    fs.symlinkSync(`${outside}/one.ts`, `${dir}/one.ts`)
    const { tree } = watched(dir, { persistent: false })
    await quiet(tree, dir)
    watched(freshFolder({ 'a.ts': 'a' }), { persistent: false, poll: 20 })
    const vanishing = freshFolder({ 'a.ts': 'a' })
    const { tree: vanished } = watched(vanishing, { persistent: false })
    fs.rmSync(vanishing, { recursive: true })
    await until(() => vanished.files.size === 0, 'everything is removed')
    // An emptied file is looked at again after 100 ms.
    save(dir, 'a.ts', '')
  },

  async 'keeps a process alive until it is closed'() {
    for (const poll of ['', 'poll: 20']) {
      const dir = freshFolder({ 'src/a.ts': 'a' })
      const index = new URL('../../src/index.ts', import.meta.url).href
      save(
        dir,
        'program.mjs',
        `import { FileTree } from '${index}'
         const tree = new FileTree('src', import.meta.dirname).watch({ ${poll} })
         process.on('exit', () => console.log('ended'))
         tree.once('filesUpdated', () => { console.log('closed'); tree.close() })
         console.log('watching')`,
      )
      const child = spawn(process.execPath, [...process.execArgv, `${dir}/program.mjs`], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      let output = ''
      child.stdout.on('data', data => {
        output += data
      })
      const end = new Promise(resolve => child.on('close', resolve))
      await until(() => output.includes('watching'), 'the program watches')
      // Longer than anything else could keep it alive.
      await pause(200)
      assert.equal(output, 'watching\n')
      save(dir, 'src/a.ts', 'saved')
      await end
      assert.equal(output, 'watching\nclosed\nended\n')
    }
  },
}
