import { describe, expect, it } from 'vitest'
import { answers, folder, freePort, immaculata, nodes, request, write } from './running.ts'

/** As one writes them for the module runner of Vite's server: `accept`, `dispose` and `data`, and `hot` may be missing. */
const program = {
  'package.json': '{ "type": "module" }',
  'server.js': `import { createServer } from 'node:http'
    import { counter } from './counter.js'
    import { render } from './render.js'

    const server = import.meta.hot?.data.server ?? createServer().listen(process.env.PORT, () => console.log('listening'))
    const respond = (_, response) => response.end(render() + ' ' + counter.next())
    server.on('request', respond)
    console.log('server evaluated')

    if (import.meta.hot) {
      import.meta.hot.accept()
      import.meta.hot.dispose(data => {
        data.server = server
        server.off('request', respond)
      })
    }`,
  'counter.js': `let count = import.meta.hot?.data.count ?? 0
    const timer = setInterval(() => {}, 1000)
    export const counter = { next: () => ++count }
    if (import.meta.hot) {
      import.meta.hot.dispose(data => { data.count = count; clearInterval(timer) })
    }`,
  'render.js': `export const render = () => 'one'`,
}

describe.each(nodes)("a program written for Vite's server runner, on $name", ({ node }) => {
  async function start(files: Record<string, string>) {
    const cwd = folder(files)
    const port = await freePort()
    const running = immaculata({ node, cwd, env: { PORT: String(port) } }, 'server.js')
    await running.prints('listening')
    return { cwd, port, running }
  }

  it('runs unmodified: its server stays open in data, its listeners change, its state is handed on', async () => {
    const { cwd, port, running } = await start(program)
    expect((await request(port)).text).toBe('one 1')
    write(cwd, { 'render.js': `export const render = () => 'two'` })
    // Nobody answers in between: what the program's server is asked while it has no listener, no one ever answers.
    await running.prints('server evaluated', 2)
    const { text } = await request(port)
    expect(text).toBe('two 2')
    write(cwd, { 'counter.js': `${program['counter.js']}\n// edited` })
    await running.prints('server evaluated', 3)
    // Longer than a socket waits for a server that succeeds to it: this one is still the first one's.
    const end = Date.now() + 1_500
    let last = Number(text.slice(4))
    while (Date.now() < end) {
      const [, count] = /^two (\d+)$/.exec((await request(port)).text)!
      expect(Number(count)).toBe(last + 1)
      last++
    }
    expect(running.stdout.split('listening')).toHaveLength(2)
  })

  it('may recreate its server, and close it in dispose', async () => {
    const { cwd, port, running } = await start({
      ...program,
      'server.js': `import { createServer } from 'node:http'
        import { counter } from './counter.js'
        import { render } from './render.js'
        const server = createServer((_, response) => response.end(render() + ' ' + counter.next()))
        server.listen(process.env.PORT, () => console.log('listening'))
        if (import.meta.hot) {
          import.meta.hot.accept()
          import.meta.hot.dispose(() => new Promise(resolve => server.close(resolve)))
        }`,
    })
    for (const word of ['two', 'three', 'four']) {
      write(cwd, { 'render.js': `export const render = () => '${word}'` })
      await answers(port, ({ text }) => text.startsWith(word))
    }
    expect(running.stderr).not.toMatch(/EADDRINUSE|Error/)
  })

  it('gets events for its updates and their errors under the names that Vite uses', async () => {
    const { cwd, running } = await start({
      ...program,
      'ears.js': `const names = ['beforeUpdate', 'afterUpdate', 'beforeFullReload', 'error']
        for (const name of names) import.meta.hot.on('vite:' + name, ({ err }) => console.log(name, err?.message ?? ''))`,
      'server.js': `import './ears.js'; import './render.js'; console.log('listening'); setInterval(() => {}, 1e6)`,
    })
    write(cwd, { 'render.js': `throw new Error('not today')` })
    await running.prints('error not today')
    write(cwd, { 'render.js': `export const broken = = true` })
    await running.prints(`error Unexpected token '='`)
    expect(running.stdout).toMatch(/beforeUpdate \nbeforeFullReload \nafterUpdate \nerror not today\n/)
  })
})
