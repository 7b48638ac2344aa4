/** Children, workers and compilers: what is ended takes nobody with it, and what is nobody's is not ended. */
import assert from 'node:assert/strict'
import path from 'node:path'
import { Program, said, until } from './program.ts'

const wait = `['-e', 'setInterval(() => {}, 1000)']`

export const endings: Record<string, () => Promise<void>> = {
  'is a worker, and the listeners for its end are not called': async () => {
    const program = new Program()
    for (const n of [1, 2, 3]) {
      await program.save(
        'm.mjs',
        `import { Worker } from 'node:worker_threads'
        const worker = new Worker('setInterval(() => {}, 1000)', { eval: true })
        worker.on('exit', code => { throw new Error('exit ' + code) })
        await new Promise(resolve => worker.once('online', resolve))
        say(${n})`,
      )
    }
    assert.deepEqual(program.open, { workers: 1 })
    await program.end()
    assert.deepEqual(said, ['1', '2', '3'])
  },

  'is a child, and no promise is rejected': async () => {
    const program = new Program({ knowsModules: true })
    await program.load(
      'm.mjs',
      `import { execFile, spawn } from 'node:child_process'
      import { promisify } from 'node:util'
      promisify(execFile)(process.execPath, ${wait})
      const child = spawn(process.execPath, ${wait})
      child.on('exit', () => say('exit'))
      await new Promise(resolve => child.once('spawn', resolve))`,
    )
    assert.deepEqual(program.open, { processes: 2 })
    await program.save('m.mjs', '')
    await new Promise(resolve => setTimeout(resolve, 20))
    assert.deepEqual(said, [])
    await program.end()
  },

  'is every worker of a cluster that the program loads': async () => {
    const program = new Program({ knowsModules: true })
    program.write('worker.cjs', 'setInterval(() => {}, 1000)')
    const source = `
      import cluster from 'node:cluster'
      cluster.setupPrimary({ exec: ${JSON.stringify(path.join(program.folder, 'worker.cjs'))} })
      cluster.on('exit', () => { say('exit'); cluster.fork() })
      cluster.fork()
      cluster.fork()
      await new Promise(resolve => cluster.once('online', resolve))
      export { cluster }`
    const { cluster } = (await program.load('m.mjs', source)) as { cluster: { workers: Record<string, unknown> } }
    await program.save('m.mjs', source)
    await until(() => Object.keys(cluster.workers).length === 2, 'two workers')
    await program.save('m.mjs', '')
    await until(() => Object.keys(cluster.workers).length === 0, 'no worker')
    assert.deepEqual(said, [])
    await program.end()
  },

  'is nothing that a hook opens for itself while a module is evaluated': async () => {
    const program = new Program({ knowsModules: true })
    program.write('required.cjs', 'exports.word = 1')
    await program.load(
      'm.mjs',
      `import { createRequire, registerHooks } from 'node:module'
      import { Worker } from 'node:worker_threads'
      registerHooks({ load(url, context, next) {
        globalThis.compiler ??= new Worker('setInterval(() => {}, 1000)', { eval: true })
        return next(url, context)
      } })
      createRequire(import.meta.url)('./required.cjs')`,
    )
    const { compiler } = globalThis as unknown as { compiler: { threadId: number; terminate(): Promise<number> } }
    assert.ok(compiler.threadId > 0)
    assert.deepEqual(program.open, {})
    await program.save('m.mjs', '')
    assert.ok(compiler.threadId > 0)
    await compiler.terminate()
    await program.end()
  },
}
