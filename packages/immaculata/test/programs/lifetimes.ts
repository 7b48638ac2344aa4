/** Modules that go on doing something after their evaluation: loops, consumers, servers that start late, workers. */
import { answering, listen, type Program, saves } from './program.ts'

const pause = (milliseconds: number) => `await new Promise(resolve => setTimeout(resolve, ${milliseconds}))`

export const lifetimes: Program[] = [
  {
    name: 'a loop that sleeps',
    files: {
      'seen.js': 'export const seen = new Set()\n',
      'loop.js': version => `import { setTimeout as sleep } from 'node:timers/promises'
import { seen } from './seen.js'

async function loop() {
  for (;;) {
    await sleep(10)
    seen.add('loop ${version}')
  }
}
loop()
`,
      'server.js': answering(
        "import { seen } from './seen.js'\nimport './loop.js'",
        `(async () => { seen.clear(); ${pause(80)}; return [...seen] })()`,
      ),
    },
    edits: saves('loop.js', 2),
  },
  {
    name: 'a consumer that waits on the queue of another module',
    files: {
      'queue.js': `const waiting = []
const jobs = []
export function push(job) {
  const next = waiting.shift()
  if (next) next(job)
  else jobs.push(job)
}
export async function* take() {
  for (;;) yield jobs.length > 0 ? jobs.shift() : await new Promise(resolve => waiting.push(resolve))
}
export const done = []
`,
      'worker.js': version => `import { done, take } from './queue.js'

async function work() {
  for await (const job of take()) done.push(\`worker ${version}: \${job}\`)
}
work()
`,
      'server.js': answering(
        "import { done, push } from './queue.js'\nimport './worker.js'",
        `(async () => { done.length = 0; for (const job of [1, 2, 3]) { push(job); ${pause(5)} } return done })()`,
      ),
    },
    edits: saves('worker.js', 2),
  },
  {
    name: 'a run of an interval that sleeps between two steps',
    files: {
      'steps.js': 'export const steps = []\n',
      'word.js': version => `export const word = 'word ${version}'\n`,
      'server.js': answering(
        "import { steps } from './steps.js'\nimport { word } from './word.js'",
        `(async () => {
      ${pause(400)}
      const count = step => steps.filter(each => each === step).length
      return [word, count('begin') - count('commit') <= 1]
    })()`,
        `setInterval(async () => {
  steps.push('begin')
  ${pause(90)}
  steps.push('commit')
}, 150)`,
      ),
    },
    edits: saves('word.js'),
  },
  {
    name: 'listen() in a module that nothing touched, after an await',
    files: {
      'listen.js': `import { createServer } from 'node:http'\n\nexport const serve = handler => createServer(handler)${listen}\n`,
      'greet.js': version => `export const greet = () => 'greeting ${version}'\n`,
      'server.js': `import { readFile } from 'node:fs/promises'
import { greet } from './greet.js'
import { kept } from './kept.js'
import { serve } from './listen.js'

async function main() {
  await readFile(new URL(import.meta.url))
  serve((request, response) => response.end(request.url === '/kept' ? kept : greet()))
}
main()
`,
    },
    edits: saves('greet.js'),
  },
  {
    name: 'a server of one module, listen() in the entry',
    files: {
      'app.js': `import { createServer } from 'node:http'
import { kept } from './kept.js'

export const words = []
export const server = createServer((request, response) => {
  response.end(request.url === '/kept' ? kept : JSON.stringify(words))
})
`,
      'word.js': version => `export const word = 'word ${version}'\n`,
      'server.js': `import { server, words } from './app.js'
import { word } from './word.js'

words.length = 0
words.push(word)
server${listen}
`,
    },
    edits: saves('word.js'),
  },
  {
    name: 'what can be done once per process, awaited by the entry',
    files: {
      'source.js': `let isOpen = false

export const source = {
  async open() {
    if (isOpen) throw new Error('already open')
    isOpen = true
  },
}
`,
      'word.js': version => `export const word = 'word ${version}'\n`,
      'server.js': `import { createServer } from 'node:http'
import { kept } from './kept.js'
import { source } from './source.js'
import { word } from './word.js'

const serve = () => createServer((request, response) => response.end(request.url === '/kept' ? kept : word))${listen}
source.open().then(serve, error => console.log(error.message))
`,
    },
    edits: saves('word.js'),
  },
  {
    name: 'pino: a transport in a worker, made in the entry',
    files: {
      'word.js': version => `export const word = 'word ${version}'\n`,
      'server.js': answering(
        "import pino from 'pino'\nimport { word } from './word.js'",
        'word',
        "pino({ transport: { target: 'pino/file', options: { destination: 1 } } }).info('up')",
      ),
    },
    edits: saves('word.js'),
  },
  {
    name: 'Piscina: a worker file by its path, and what it requires',
    files: {
      'job.cjs': "const { word } = require('./helper.cjs')\n\nmodule.exports = () => word\n",
      'helper.cjs': version => `exports.word = 'word ${version}'\n`,
      'pool.js': `import { join } from 'node:path'
import { Piscina } from 'piscina'

export const pool = new Piscina({ filename: join(import.meta.dirname, 'job.cjs'), maxThreads: 1, minThreads: 1 })
`,
      'server.js': answering("import { pool } from './pool.js'", 'pool.run()'),
    },
    edits: saves('helper.cjs', 2),
  },
  {
    name: 'state that unchanged modules gathered while running',
    files: {
      'cache.js': `export const cache = new Map()
export const count = { asked: 0 }
globalThis.parked ??= { since: Math.random() }
`,
      'ask.js': version => `import { cache, count } from './cache.js'

export function ask() {
  count.asked++
  cache.set('answer', ${version})
  return cache.get('answer')
}
`,
      'server.js': answering(
        "import { count } from './cache.js'\nimport { ask } from './ask.js'",
        '[ask(), count.asked > 0, typeof globalThis.parked.since]',
      ),
    },
    edits: saves('ask.js'),
  },
]
