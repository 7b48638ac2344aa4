/** What goes on after an evaluation, and what becomes of it when its module is replaced. */
import assert from 'node:assert/strict'
import { Program, said, until } from './program.ts'

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

/** The words that are said in the next moments. */
async function saidSoon(): Promise<string[]> {
  said.length = 0
  await until(() => said.length > 12, 'a dozen words')
  return [...new Set(said)].sort()
}

export const chains: Record<string, () => Promise<void>> = {
  'ends with it: loops that sleep, in whatever way': async () => {
    const program = new Program({ knowsModules: true })
    const source = (n: number) => `
      import { setImmediate as turn, scheduler, setTimeout as sleep } from 'node:timers/promises'
      import { promisify } from 'node:util'
      const ways = {
        sleep: () => sleep(2),
        wait: () => scheduler.wait(2),
        turn: () => turn().then(() => sleep(1)),
        promisified: () => promisify(setTimeout)(2),
        callback: () => new Promise(resolve => setTimeout(resolve, 2)),
        arrow: () => new Promise(resolve => setTimeout(() => resolve(), 2)),
      }
      async function loop(name) { for (;;) { await ways[name](); say(name + ' ${n}') } }
      for (const name of Object.keys(ways)) loop(name)`
    await program.load('m.mjs', source(1))
    await until(() => new Set(said).size === 6, 'all loops')
    for (const n of [2, 3]) await program.save('m.mjs', source(n))
    await pause(10)
    assert.deepEqual(
      await saidSoon(),
      ['arrow', 'callback', 'promisified', 'sleep', 'turn', 'wait'].map(name => `${name} 3`),
    )
    await program.end()
  },

  'ends with it, and not with a helper module': async () => {
    const program = new Program({ knowsModules: true })
    await program.load(
      'every.mjs',
      `import { setTimeout as sleep } from 'node:timers/promises'
      export async function every(ms, fn) { for (;;) { await sleep(ms); fn() } }`,
    )
    const version = `./every.mjs?ver=1`
    const source = (name: string, n: number) =>
      `import { every } from '${version}'; every(1, () => say('${name} ${n}'))`
    await program.load('a.mjs', source('a', 1))
    await program.load('b.mjs', source('b', 1))
    await program.save('a.mjs', source('a', 2))
    await pause(10)
    assert.deepEqual(await saidSoon(), ['a 2', 'b 1'])
    await program.end()
  },

  'opens nothing after an await any more: timers, listeners, children, servers': async () => {
    const program = new Program({ knowsModules: true })
    let go = () => {}
    Object.assign(globalThis, { gate: new Promise<void>(resolve => (go = resolve)) })
    const source = (n: number) => `
      import { spawn } from 'node:child_process'
      import http from 'node:http'
      async function main() {
        await gate
        setInterval(() => {}, 1e6)
        process.on('SIGHUP', () => {})
        spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
        http.createServer().listen(0, () => say('v${n} listens'))
        setTimeout(() => say('v${n} goes on'), 1)
      }
      main()`
    await program.load('m.mjs', source(1))
    await program.save('m.mjs', source(2))
    go()
    await until(() => said.length === 2, 'the new version')
    await pause(20)
    assert.deepEqual(said.sort(), ['v2 goes on', 'v2 listens'])
    assert.deepEqual(program.open, { servers: 1, timers: 1, listeners: 1, processes: 1 })
    assert.equal(process.listenerCount('SIGHUP'), 1)
    await program.end()
    assert.equal(process.listenerCount('SIGHUP'), 0)
  },

  'goes on to its end if it has begun: a task that sleeps between two steps': async () => {
    const program = new Program({ knowsModules: true })
    const source = (n: number) => `
      import { setTimeout as sleep } from 'node:timers/promises'
      setInterval(async () => {
        say('begin ${n}')
        await new Promise(resolve => setTimeout(resolve, 40))
        await sleep(20)
        await new Promise(resolve => setTimeout(() => resolve(), 20))
        say('commit ${n}')
      }, 100)
      setTimeout(function poll() { say('poll ${n}'); setTimeout(poll, 5) }, 5)`
    await program.load('m.mjs', source(1))
    for (let n = 2; n <= 4; n++) {
      await until(() => said.includes(`begin ${n - 1}`), 'a task that has begun')
      await program.save('m.mjs', source(n))
      assert.ok(said.includes(`commit ${n - 1}`), said.join())
      const polled = said.lastIndexOf(`poll ${n - 1}`)
      await until(() => said.includes(`poll ${n}`), 'the new poll')
      assert.equal(said.lastIndexOf(`poll ${n - 1}`), polled)
    }
    for (let n = 1; n < 4; n++) {
      assert.equal(
        said.filter(word => word === `begin ${n}`).length,
        said.filter(word => word === `commit ${n}`).length,
      )
    }
    await program.end()
  },

  'is cut off after a second if it does not end': async () => {
    const program = new Program({ knowsModules: true })
    await program.load(
      'm.mjs',
      `import { setTimeout as sleep } from 'node:timers/promises'
      setInterval(async () => { say('begin'); for (;;) { await sleep(10); say('on') } }, 5)`,
    )
    await until(() => said.includes('on'), 'a run')
    const start = performance.now()
    await program.save('m.mjs', '')
    assert.ok(performance.now() - start < 3000)
    said.length = 0
    await pause(50)
    assert.deepEqual(said, [])
    await program.end()
  },

  'goes on if its module keeps it': async () => {
    const program = new Program({ knowsModules: true })
    const source = (n: number) => `
      import { setTimeout as sleep } from 'node:timers/promises'
      const pause = () => new Promise(resolve => setTimeout(resolve, 1))
      async function loop() { while (!globalThis.isOver) { await sleep(1); await pause(); say('loop ${n}') } }
      scope(import.meta.url).keep('loop', () => ({ done: loop() }))`
    await program.load('m.mjs', source(1))
    await saidSoon()
    await program.save('m.mjs', source(2))
    assert.deepEqual(await saidSoon(), ['loop 1'])
    Object.assign(globalThis, { isOver: true })
    await program.end()
  },

  'does not stay in memory: sleeps that are over': async () => {
    const program = new Program({ knowsModules: true })
    await program.load(
      'm.mjs',
      `async function loop() { for (let i = 0; i < 400; i++) await new Promise(resolve => setTimeout(resolve, 0)); say('over') }
      loop()`,
    )
    await until(() => said.includes('over'), 'four hundred sleeps')
    assert.deepEqual(program.open, {})
    await program.end()
  },
}
