import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { answers, folder, freePort, immaculata, nodes, Running, request, write } from './running.ts'

const examples = fileURLToPath(new URL('../../../../examples/', import.meta.url))

describe.each(nodes)('an example on $name', ({ node }) => {
  function copy(example: string) {
    const cwd = folder({})
    cpSync(join(examples, example), cwd, { recursive: true, filter: name => !name.includes('node_modules') })
    const edit = (name: string, from: string, to: string) => {
      const text = readFileSync(join(cwd, name), 'utf8')
      if (!text.includes(from)) throw new Error(`${name} has no ${from}`)
      write(cwd, { [name]: text.replace(from, to) })
    }
    return { cwd, edit }
  }

  it('worker-queue keeps its database, and the jobs in it, while everything else is edited', async () => {
    const { cwd, edit } = copy('worker-queue')
    const running = immaculata({ node, cwd }, 'main.js')
    await running.prints('greet #2: hello, visitor 2')
    edit('jobs.js', 'hello', 'welcome')
    await running.prints('welcome, visitor')
    expect(running.stdout).not.toContain('#1: welcome')
    edit('database.js', `console.log('database opened')`, `console.log('opened anew')`)
    await running.prints('database.js changed')
    const last = /#(\d+)[^#]*$/.exec(running.stdout)![1]
    await running.prints(`#${Number(last) + 1}: welcome`)
    expect(running.stdout).not.toContain('opened anew')
    // One timer that adds: each number comes once.
    const numbers = [...running.stdout.matchAll(/#(\d+)/g)].map(([, number]) => Number(number))
    expect(numbers).toEqual(numbers.map((_, index) => index + 1))
  })

  it('import-meta-hot replaces what it accepts, and re-evaluates nothing else', async () => {
    const { cwd, edit } = copy('import-meta-hot')
    const port = await freePort()
    const running = immaculata({ node, cwd, env: { PORT: String(port) } }, 'server.js')
    await running.prints('http://localhost')
    expect((await request(port)).text).toContain('seconds since')
    edit('render.js', 'seconds since', 'ticks since')
    await answers(port, ({ text }) => text.includes('ticks since'))
    await running.prints('1 of 3 modules re-evaluated')
    expect(running.stdout.split('http://localhost')).toHaveLength(2)
  })

  it.each(['worker-queue', 'import-meta-hot', 'node-http'])('%s runs in plain Node as well', async example => {
    const { cwd } = copy(example)
    const main = example === 'worker-queue' ? 'main.js' : 'server.js'
    const running = new Running([main], { node, cwd, env: { PORT: '0' } })
    await running.prints(example === 'worker-queue' ? 'greet #1' : 'http://localhost')
  })
})
