/** Once something was saved, nothing but the user ends the command: it waits for the next save, says for what, and goes on. */
import { existsSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { command, folder, immaculata, nodes, Running, write } from './running.ts'

const type = { 'package.json': '{ "type": "module" }' }
const alive = (word: string) => `console.log('alive ${word}'); setInterval(() => {}, 1e6)`

describe.each(nodes)('the command on $name', ({ node }) => {
  const start = async (...flags: string[]) => {
    const cwd = folder({ ...type, 'app/main.js': alive('one') })
    const running = immaculata({ node, cwd: join(cwd) }, ...flags, 'app/main.js')
    await running.prints('alive one')
    return { cwd, running }
  }

  it('waits for the next save when a saved version ends by itself', async () => {
    const { cwd, running } = await start()
    write(cwd, { 'app/main.js': `console.log('gives up'); process.exit(1)` })
    await running.prints('ended with code 1: the next save starts it again')
    write(cwd, { 'app/main.js': alive('two') })
    await running.prints('alive two')
    write(cwd, { 'app/main.js': `console.log('done')` })
    await running.prints('ended with code 0: the next save starts it again')
    write(cwd, { 'app/main.js': alive('three') })
    await running.prints('alive three')
    running.child.kill('SIGTERM')
    expect(await running.ended).toEqual({ code: null, signal: 'SIGTERM' })
  })

  it('starts afresh when a program ends itself because it was started twice in one process, as a lock of its own has it', async () => {
    const cwd = folder({
      'node_modules/framework/index.js': `let locked = false
        exports.prepare = async () => {
          await new Promise(resolve => setTimeout(resolve, 50))
          if (locked) { console.error('Another server is already running.'); process.exit(1) }
          locked = true
        }`,
      'main.js': `const { createServer } = require('node:http')
        const { word } = require('./word')
        require('framework').prepare().then(() => {
          createServer((_, answer) => answer.end(word)).listen(0, () => console.log('serves ' + word))
        })`,
      'word.js': `exports.word = 'one'`,
    })
    const running = immaculata({ node, cwd }, 'main.js')
    await running.prints('serves one')
    write(cwd, { 'word.js': `exports.word = 'two'` })
    await running.prints('serves two')
    expect(running.stderr).toContain('restarting (the program ended with code 1 while the save went live)')
    write(cwd, { 'word.js': `process.exit(3)` })
    await running.prints('ended with code 3: the next save starts it again')
    expect(running.stderr.match(/ended with code 3 while/g)).toHaveLength(1)
    write(cwd, { 'word.js': `exports.word = 'four'` })
    await running.prints('serves four')
  })

  it('waits with --stay when the program ends before any save, and ends with it otherwise', async () => {
    const cwd = folder({ ...type, 'main.js': `console.log('one'); process.exitCode = 4` })
    expect(await immaculata({ node, cwd }, 'main.js').ended).toEqual({ code: 4, signal: null })
    const running = immaculata({ node, cwd }, '--stay', 'main.js')
    await running.prints('ended with code 4: the next save starts it again')
    write(cwd, { 'main.js': alive('two') })
    await running.prints('alive two')
  })

  it.runIf(existsSync('/usr/bin/script'))('waits at a terminal, where r restarts and q ends', async () => {
    const cwd = folder({ ...type, 'main.js': `console.log('one'); process.exitCode = 4` })
    const shell = `"${node}" "${command}" main.js`
    const running = new Running(['-qec', shell, '/dev/null'], { node: '/usr/bin/script', cwd })
    await running.prints('ended with code 4: the next save starts it again')
    running.child.stdin!.write('r\n')
    await running.prints('ended with code 4: the next save starts it again', 2)
    write(cwd, { 'main.js': alive('two') })
    await running.prints('alive two')
    running.child.stdin!.write('r\n')
    await running.prints('restarting (you pressed r)')
    await running.prints('alive two', 2)
    running.child.stdin!.write('q\n')
    expect(await running.ended).toEqual({ code: 0, signal: null })
  })

  it('ends at a crash with --once', async () => {
    const cwd = folder({ ...type, 'main.js': `throw new Error('no')` })
    expect(await immaculata({ node, cwd }, '--once', 'main.js').ended).toEqual({ code: 1, signal: null })
  })

  it('survives an endless loop, and the save that mends it goes live', async () => {
    const { cwd, running } = await start()
    write(cwd, { 'app/main.js': `console.log('loops'); for (;;);` })
    await running.prints('loops')
    write(cwd, { 'app/main.js': alive('two') })
    await running.prints('alive two')
    expect(running.stderr).toContain('stuck')
  })

  it('ends at once by Ctrl-C in an endless loop', async () => {
    const { cwd, running } = await start()
    write(cwd, { 'app/main.js': `console.log('loops'); for (;;);` })
    await running.prints('loops')
    const asked = Date.now()
    running.child.kill('SIGINT')
    expect(await running.ended).toEqual({ code: null, signal: 'SIGINT' })
    expect(Date.now() - asked).toBeLessThan(3_000)
  })

  it.each(['', '{ "type": ', '<<<<<<< HEAD\n{ "type": "module" }'])(
    'survives a package.json that is %j',
    async text => {
      const { cwd, running } = await start()
      write(cwd, { 'package.json': text })
      await running.prints('the next save starts it again')
      write(cwd, { 'package.json': '{ "type": "module", "version": "2.0.0" }' })
      await running.prints('alive one', 2)
    },
  )

  it('survives when its entry point or its folder is missing for a while', async () => {
    const { cwd, running } = await start()
    write(cwd, { '.env': 'A=1' })
    rmSync(join(cwd, 'app'), { recursive: true })
    await running.prints('main.js')
    write(cwd, { 'app/main.js': alive('two') })
    await running.prints('alive two')
    renameSync(join(cwd, 'app'), join(cwd, 'away'))
    write(cwd, { 'package.json': '{ "type": "module", "version": "3.0.0" }' })
    await running.prints('waiting for')
    renameSync(join(cwd, 'away'), join(cwd, 'app'))
    await running.prints('alive two', 2)
  })

  it('notices a save in the moment of a crash', async () => {
    const { cwd, running } = await start()
    for (const word of ['two', 'three', 'four', 'five']) {
      write(cwd, { 'app/main.js': `setTimeout(() => { throw new Error('crash ${word}') }, 5)` })
      await running.prints(`Error: crash ${word}`)
      write(cwd, { 'app/main.js': alive(word) })
      await running.prints(`alive ${word}`)
    }
  })

  it.each([
    'throw Object.create(null)',
    'throw Object.assign(new Error("no"), { get message() { throw 1 } })',
    'throw Object.defineProperty(new Error("no"), "stack", { get() { throw new Error("stack") } })',
    'throw new Proxy({}, { get() { throw new Error("get") } })',
  ])('survives %s', async text => {
    const { cwd, running } = await start()
    write(cwd, { 'app/main.js': text })
    await running.prints('the next save tries again')
    write(cwd, { 'app/main.js': alive('two') })
    await running.prints('alive two')
  })

  it('keeps running when nobody reads its output', async () => {
    const { cwd, running } = await start()
    running.child.stderr!.destroy()
    for (const word of ['two', 'three']) {
      write(cwd, { 'app/main.js': `export const = 1` })
      await new Promise(resolve => setTimeout(resolve, 100))
      write(cwd, { 'app/main.js': alive(word) })
      await running.prints(`alive ${word}`)
    }
  })
})
