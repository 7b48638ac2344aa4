/** What modules open, other than servers, and the programs whose old versions went on working. */
import assert from 'node:assert/strict'
import timers from 'node:timers'
import { answered, Program, said, until } from './program.ts'

const active = (kind: string) => process.getActiveResourcesInfo().filter(name => name === kind).length

export const openings: Record<string, () => Promise<void>> = {
  'is closed when the module is replaced, of every kind': async () => {
    const program = new Program()
    await program.load(
      'm.mjs',
      `import childProcess, { spawn } from 'node:child_process'
      import dgram from 'node:dgram'
      import fs, { watch } from 'node:fs'
      import { watch as iterate } from 'node:fs/promises'
      import http from 'node:http'
      import timers from 'node:timers'
      import { setInterval as ticks } from 'node:timers/promises'
      import { Worker } from 'node:worker_threads'
      const { filename } = import.meta
      setTimeout(() => say('timeout'), 1e6)
      timers.setInterval(() => say('interval'), 1e6)
      setImmediate(() => {})
      process.on('SIGHUP', () => {})
      http.createServer().listen(0)
      dgram.createSocket('udp4').bind(0)
      spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
      childProcess.execFile(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], () => {})
      watch(filename, () => {})
      fs.watchFile(filename, () => {})
      export const worker = new Worker('setInterval(() => {}, 1000)', { eval: true })
      async function consume(iterable, word) { for await (const _ of iterable); say(word) }
      consume(ticks(1e6), 'no more ticks')
      consume(iterate(filename), 'no more changes')
      await new Promise(resolve => worker.once('online', resolve))
      // The worker may be online before the immediate above has run: it is over when a second one is.
      await new Promise(resolve => setImmediate(resolve))`,
    )
    assert.deepEqual(program.open, {
      servers: 1,
      timers: 3,
      listeners: 1,
      watchers: 3,
      processes: 2,
      workers: 1,
      sockets: 1,
    })
    await program.scopes.dispose([program.id('m.mjs')])
    assert.deepEqual(program.open, {})
    assert.equal(process.listenerCount('SIGHUP'), 0)
    await until(() => said.length === 2, 'the end of both iterations')
    assert.deepEqual(said.sort(), ['no more changes', 'no more ticks'])
    await program.end()
  },

  'is not closed while it is in data or kept, and its module is not gone': async () => {
    const program = new Program()
    const source = (number: number) => `
      import { createServer } from 'node:http'
      const own = scope(import.meta.url)
      own.data.interval ??= setInterval(() => say('kept in data'), 2)
      own.keep('app', async () => {
        await null
        return { server: createServer((_, response) => response.end('one app')).listen(0) }
      })
      export const { server } = await own.keep('app')
      setInterval(() => say('tick ${number}'), 2)`
    await program.load('m.mjs', source(1))
    for (let number = 2; number <= 4; number++) await program.save('m.mjs', source(number))
    said.length = 0
    await until(() => said.filter(word => word === 'tick 4').length > 5, 'ticks')
    assert.deepEqual([...new Set(said)].sort(), ['kept in data', 'tick 4'])
    const { server } = (await program.save('m.mjs', source(5))) as { server: { address(): { port: number } } }
    assert.equal((await answered({ port: server.address().port })).text, 'one app')
    assert.deepEqual(program.open, { servers: 1, timers: 2 })
    await program.end()
  },

  'does not multiply: intervals': async () => {
    const program = new Program()
    const source = (n: number) => `setInterval(() => say('tick ${n}'), 2)`
    await program.load('m.mjs', source(1))
    for (let n = 2; n <= 12; n++) await program.save('m.mjs', source(n))
    said.length = 0
    await until(() => said.length > 5, 'ticks')
    assert.deepEqual([...new Set(said)], ['tick 12'])
    assert.deepEqual(program.open, { timers: 1 })
    await program.end()
  },

  'does not multiply: timeouts that set the next one': async () => {
    const program = new Program()
    const source = (n: number) => `
      function tick() { say('tick ${n}'); setTimeout(tick, 1) }
      tick()
      async function poll() { await null; say('poll ${n}'); await new Promise(setImmediate); setTimeout(poll, 1) }
      setTimeout(poll, 1)`
    await program.load('m.mjs', source(1))
    for (let n = 2; n <= 8; n++) await program.save('m.mjs', source(n))
    await until(() => said.includes('poll 8'), 'the newest poll')
    said.length = 0
    await until(() => said.length > 20, 'twenty more')
    assert.deepEqual([...new Set(said)].sort(), ['poll 8', 'tick 8'])
    await program.end()
    said.length = 0
    await new Promise(resolve => setImmediate(resolve))
    assert.deepEqual(said, [])
  },

  'does not multiply: listeners of a signal': async () => {
    const program = new Program()
    for (let n = 1; n <= 15; n++) await program.save('m.mjs', `process.on('SIGTERM', () => say('${n}'))`)
    await new Promise(resolve => setImmediate(resolve))
    process.emit('SIGTERM')
    assert.deepEqual(said, ['15'])
    assert.deepEqual(program.warnings, [])
    await program.end()
  },

  'does not multiply: consumers of a queue': async () => {
    const program = new Program()
    const queue: string[] = []
    Object.assign(globalThis, { queue })
    const source = (n: number) => `
      import { EventEmitter } from 'node:events'
      const jobs = new EventEmitter()
      jobs.on('job', job => say('v${n} ' + job))
      setInterval(() => { const job = queue.shift(); if (job) jobs.emit('job', job) }, 1)`
    for (let n = 1; n <= 5; n++) await program.save('m.mjs', source(n))
    queue.push('a', 'b', 'c')
    await until(() => said.length === 3, 'three jobs done')
    assert.deepEqual(said, ['v5 a', 'v5 b', 'v5 c'])
    await program.end()
  },

  'survives an edit of another module': async () => {
    const program = new Program()
    await program.load('jobs.mjs', `export const timer = setInterval(() => {}, 1e6)`)
    await program.load('server.mjs', `setInterval(() => {}, 1e6)`)
    await program.save('server.mjs', '')
    assert.deepEqual(program.open, { timers: 1 })
    await program.save('jobs.mjs', '')
    assert.deepEqual(program.open, {})
    await program.end()
  },

  'is closed when its evaluation fails': async () => {
    const program = new Program()
    await assert.rejects(program.save('m.mjs', `setInterval(() => {}, 1e6); throw new Error('half way')`), /half way/)
    assert.deepEqual(program.open, {})
    assert.equal(active('Timeout'), 0)
    await program.end()
  },

  'is not counted any more once it has ended by itself': async () => {
    const program = new Program()
    await program.load(
      'm.mjs',
      `import { promisify } from 'node:util'
      import { spawn } from 'node:child_process'
      setTimeout(() => say('timeout'), 1)
      await promisify(setTimeout)(5)
      process.once('at once', () => say('once'))
      process.emit('at once')
      await new Promise(resolve => spawn(process.execPath, ['-e', '']).once('exit', resolve))`,
    )
    assert.deepEqual(said, ['timeout', 'once'])
    assert.deepEqual(program.open, {})
    await program.end()
  },

  'a process that ignores SIGTERM is killed': async () => {
    const program = new Program()
    const { child } = (await program.load(
      'm.mjs',
      `import { spawn } from 'node:child_process'
      export const child = spawn(process.execPath, ['-e', 'process.on("SIGTERM", () => {}); console.log("up"); setInterval(() => {}, 1000)'])
      await new Promise(resolve => child.stdout.once('data', resolve))`,
    )) as { child: { signalCode: string | null } }
    await program.save('m.mjs', '')
    assert.equal(child.signalCode, 'SIGKILL')
    await program.end()
  },

  'an iteration that its own signal ends still fails with its AbortError': async () => {
    const program = new Program()
    await program.load(
      'm.mjs',
      `import { setInterval as ticks } from 'node:timers/promises'
      const controller = new AbortController()
      try { for await (const tick of ticks(1, 'tick', { signal: controller.signal })) { say(tick); controller.abort() } } catch ({ name }) { say(name) }`,
    )
    assert.deepEqual(said, ['tick', 'AbortError'])
    await program.end()
  },

  'is closed in order, whatever a cleanup of the module does': async () => {
    const program = new Program()
    await program.load(
      'm.mjs',
      `const own = scope(import.meta.url)
      setInterval(() => {}, 1e6)
      own.defer(() => say('first opened'))
      own.defer(() => { throw new Error('of a cleanup') })
      process.on('SIGHUP', () => {})
      own.defer(async () => { await new Promise(resolve => setTimeout(resolve, 5)); say('async, ' + process.listenerCount('SIGHUP')) })
      own.defer(() => { setInterval(() => {}, 1e6).unref(); own.defer(() => say('late')); say('new work') })`,
    )
    await program.save('m.mjs', '')
    assert.deepEqual(said.slice(0, 4), ['late', 'new work', 'async, 1', 'first opened'])
    assert.match(said[4]!, /m\.mjs: of a cleanup/)
    assert.equal(said.length, 5)
    assert.equal(process.listenerCount('SIGHUP'), 0)
    assert.deepEqual(program.open, {})
    await program.end()
  },

  'is closed although a cleanup hangs, and the module is named': async () => {
    const program = new Program()
    await program.load('m.mjs', `setInterval(() => {}, 1e6); scope(import.meta.url).defer(() => new Promise(() => {}))`)
    const start = performance.now()
    await program.save('m.mjs', '')
    assert.ok(performance.now() - start < 6000)
    assert.match(said[0]!, /m\.mjs/)
    assert.deepEqual(program.open, {})
    await program.end()
  },

  'is not noticed after stop(), and Node is as it was': async () => {
    const before = [setTimeout, timers.setInterval, process.on]
    const own = Object.getOwnPropertyNames(process)
    const program = new Program()
    assert.notEqual(setTimeout, before[0])
    assert.equal(setTimeout, timers.setTimeout)
    await program.end()
    assert.deepEqual([setTimeout, timers.setInterval, process.on], before)
    assert.deepEqual(Object.getOwnPropertyNames(process), own)
    await program.load('m.mjs', `import { setTimeout } from 'node:timers'; setTimeout(() => {}, 1)`)
    assert.deepEqual(program.open, {})
  },
}
