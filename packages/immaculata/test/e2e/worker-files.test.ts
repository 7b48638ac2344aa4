import { describe, expect, it } from 'vitest'
import { answers, folder, freePort, immaculata, nodes, request, write } from './running.ts'

const type = { 'package.json': '{ "type": "module" }' }

/** Packages that start a worker or a child of their own, and tell it by message what to load. */
const packages = {
  'node_modules/pool/package.json': '{ "main": "index.cjs" }',
  'node_modules/pool/index.cjs': `
    const { Worker } = require('node:worker_threads')
    exports.Pool = class {
      constructor({ filename, lazy }) { this.filename = filename; if (!lazy) this.start() }
      start() { this.worker = new Worker(__dirname + '/worker.cjs'); this.worker.postMessage({ load: this.filename }) }
      async run() {
        if (!this.worker) { await null; this.start() }
        return new Promise(done => { this.worker.once('message', done); this.worker.postMessage('run') })
      }
    }`,
  'node_modules/pool/worker.cjs': `
    const { parentPort } = require('node:worker_threads')
    let job
    parentPort.on('message', message => message === 'run' ? parentPort.postMessage(job()) : job = require(message.load))`,
  'node_modules/forks/package.json': '{ "main": "index.cjs" }',
  'node_modules/forks/index.cjs': `
    const { fork } = require('node:child_process')
    exports.start = file => { const child = fork(__dirname + '/child.cjs'); child.send({ cmd: 'init', value: file }); return child }
    exports.run = child => new Promise(done => { child.once('message', done); child.send('run') })`,
  'node_modules/forks/child.cjs': `
    let job
    process.on('message', message => message === 'run' ? process.send(job()) : job = require(message.value))`,
}

const files = {
  ...type,
  ...packages,
  'job.cjs': `const { word } = require('./helper.cjs'); module.exports = () => word`,
  'helper.cjs': `exports.word = 'one'`,
  'kept.js': `export const kept = String(Math.random())`,
  'server.js': `import { createServer } from 'node:http'
    import { kept } from './kept.js'
    import { run } from './jobs.js'
    createServer(async (request, response) => response.end(request.url === '/kept' ? kept : await run())).listen(process.env.PORT, () => console.log('listening'))`,
}

const jobs = {
  'a worker that is told when it starts': `import { Pool } from 'pool'
    const pool = new Pool({ filename: import.meta.dirname + '/job.cjs' })
    export const run = () => pool.run()`,
  'a worker that is started when there is work': `import { Pool } from 'pool'
    import { join } from 'node:path'
    const pool = new Pool({ filename: join(import.meta.dirname, 'job.cjs'), lazy: true })
    export const run = () => pool.run()`,
  'a child process': `import { run as runIn, start } from 'forks'
    const child = start(import.meta.dirname + '/job.cjs')
    export const run = () => runIn(child)`,
}

describe.each(nodes)('a file that a package loads elsewhere, on $name', ({ node }) => {
  it.each(Object.entries(jobs))('%s: a save of it, or of what it requires, is live', async (_, text) => {
    const cwd = folder({ ...files, 'jobs.js': text })
    const port = await freePort()
    const running = immaculata({ node, cwd, env: { PORT: String(port) } }, 'server.js')
    await running.prints('listening')
    const kept = await request(port, '/kept')
    await answers(port, ({ text }) => text === 'one')
    write(cwd, { 'helper.cjs': `exports.word = 'two'` })
    await answers(port, ({ text }) => text === 'two')
    write(cwd, { 'job.cjs': `const { word } = require('./helper.cjs'); module.exports = () => word + '!'` })
    await answers(port, ({ text }) => text === 'two!')
    expect(await request(port, '/kept')).toEqual(kept)
  })

  it('restarts the program when it is not known which module loads it, and says so', async () => {
    const cwd = folder({
      ...files,
      'jobs.js': `import { Pool } from 'pool'
        const pool = new Pool({ filename: import.meta.dirname + '/j' + 'ob.cjs', lazy: true })
        export const run = () => pool.run()`,
    })
    const port = await freePort()
    const running = immaculata({ node, cwd, env: { PORT: String(port) } }, 'server.js')
    await running.prints('listening')
    await answers(port, ({ text }) => text === 'one')
    write(cwd, { 'job.cjs': `module.exports = () => 'two'` })
    await answers(port, ({ text }) => text === 'two')
    expect(running.stderr).toContain('job.cjs changed, and a worker runs it that nobody is known to have started')
  })
})
