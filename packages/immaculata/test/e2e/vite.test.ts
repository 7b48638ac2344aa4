import { mkdirSync, realpathSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { answers, folder, freePort, immaculata, nodes, request, write } from './running.ts'

const modules = fileURLToPath(new URL('../../node_modules', import.meta.url))

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

  it('accepts a dependency by the name in its source, which the compiler leads to another file', async () => {
    const cwd = folder({
      'package.json': '{ "type": "module" }',
      'server.ts': `import { word } from './dep.js'
        console.log('server evaluated', word)
        import.meta.hot.accept('./dep.js', ({ word }) => console.log('accepted', word))
        setInterval(() => {}, 1e6)`,
      'dep.ts': `export const word: string = 'one'`,
    })
    mkdirSync(join(cwd, 'node_modules'))
    symlinkSync(realpathSync(join(modules, 'tsx')), join(cwd, 'node_modules/tsx'))
    const running = immaculata({ node, cwd }, '--import', 'tsx', 'server.ts')
    await running.prints('server evaluated one')
    write(cwd, { 'dep.ts': `export const word: string = 'two'` })
    await running.prints('accepted two')
    expect(running.stdout.match(/server evaluated/g)).toHaveLength(1)
  })

  it('restarts when invalidate() comes round in a circle', async () => {
    const cwd = folder({
      'package.json': '{ "type": "module" }',
      'main.js': `import { a } from './a.js'; console.log('alive', a()); setInterval(() => {}, 1e6)`,
      'a.js': `import './b.js'; export const a = () => 'one'
        import.meta.hot.accept(() => import.meta.hot.invalidate())`,
      'b.js': `import './a.js'
        import.meta.hot.accept(() => import.meta.hot.invalidate())`,
    })
    const running = immaculata({ node, cwd }, 'main.js')
    await running.prints('alive one')
    const text = `import './b.js'; export const a = () => 'two'
      import.meta.hot.accept(() => import.meta.hot.invalidate())`
    write(cwd, { 'a.js': text })
    await running.prints('alive two')
    await running.prints('importers led back to it')
    expect(running.stdout.match(/alive/g)!.length).toBeLessThan(4)
  })

  it('acceptExports() accepts a change only if nobody imports the other exports', async () => {
    const lib = (word: string) => `export const a = '${word}'; export const b = '${word}'
      import.meta.hot.acceptExports(['a'], module => console.log('accepted', module.a))`
    const cwd = folder({
      'package.json': '{ "type": "module" }',
      'main.js': `import { a } from './lib.js'; console.log('main evaluated', a); setInterval(() => {}, 1e6)`,
      'lib.js': lib('one'),
    })
    const running = immaculata({ node, cwd }, 'main.js')
    await running.prints('main evaluated one')
    write(cwd, { 'lib.js': lib('two') })
    await running.prints('accepted two')
    write(cwd, {
      'main.js': `import { a, b } from './lib.js'; console.log('main evaluated', a, b); setInterval(() => {}, 1e6)`,
    })
    await running.prints('main evaluated two two')
    write(cwd, { 'lib.js': lib('three') })
    await running.prints('main evaluated three three')
    expect(running.stdout.match(/main evaluated/g)).toHaveLength(3)
  })
})
