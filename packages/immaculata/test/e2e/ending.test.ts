import { describe, expect, it } from 'vitest'
import { folder, immaculata, nodes, write } from './running.ts'

const type = { 'package.json': '{ "type": "module" }' }

describe.each(nodes)('a program under immaculata on $name', ({ node }) => {
  const run = (text: string, files: Record<string, string> = {}) =>
    immaculata({ node, cwd: folder({ ...type, ...files, 'main.js': text }) }, 'main.js')

  it('ends with its own exit code, when it has nothing left to do', async () => {
    expect(await run(`process.exit(7)`).ended).toEqual({ code: 7, signal: null })
    expect(await run(`process.exitCode = 5`).ended).toEqual({ code: 5, signal: null })
    expect(await run(`setTimeout(() => {}, 20)`).ended).toEqual({ code: 0, signal: null })
    expect(await run(`process.kill(process.pid, 'SIGKILL')`).ended).toEqual({ code: null, signal: 'SIGKILL' })
  })

  it('ends with the exit code of a later life, with --once', async () => {
    const cwd = folder({ ...type, 'main.js': `console.log('up'); setInterval(() => {}, 1e6)` })
    const running = immaculata({ node, cwd }, '--once', 'main.js')
    await running.prints('up')
    write(cwd, { 'main.js': `process.exit(3)` })
    expect(await running.ended).toEqual({ code: 3, signal: null })
  })

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('is disposed, importers first, and ends by %s', async signal => {
    const running = run(
      `import './a.js'
       import.meta.hot.dispose(async () => { await new Promise(resolve => setTimeout(resolve, 20)); console.log('main disposed') })
       setInterval(() => {}, 1e6)
       console.log('up')`,
      { 'a.js': `import.meta.hot.dispose(() => console.log('a disposed'))` },
    )
    await running.prints('up')
    running.child.kill(signal)
    expect(await running.ended).toEqual({ code: null, signal })
    expect(running.stdout).toBe('up\nmain disposed\na disposed\n')
  })

  it('keeps its own signal handler', async () => {
    const running = run(`process.once('SIGTERM', () => { console.log('mine'); process.exit(4) })
      import.meta.hot.dispose(() => console.log('disposed'))
      setInterval(() => {}, 1e6)
      console.log('up', process.listenerCount('SIGTERM'), process.listeners('SIGINT').length, process.eventNames().includes('SIGHUP'))`)
    await running.prints('up 1 0 false')
    running.child.kill('SIGTERM')
    expect(await running.ended).toEqual({ code: 4, signal: null })
    expect(running.stdout).toContain('mine')
    expect(running.stdout).not.toContain('disposed')
  })

  it('is disposed at a signal although it had a handler, which it removed', async () => {
    const running = run(`const handler = () => {}
      process.on('SIGTERM', handler)
      process.off('SIGTERM', handler)
      import.meta.hot.dispose(() => console.log('disposed'))
      setInterval(() => {}, 1e6)
      console.log('up')`)
    await running.prints('up')
    running.child.kill('SIGTERM')
    expect(await running.ended).toEqual({ code: null, signal: 'SIGTERM' })
    expect(running.stdout).toContain('disposed')
  })

  it('does not wait for a hanging cleanup when it is interrupted twice', async () => {
    const running = run(`import.meta.hot.dispose(() => { console.log('hanging'); return new Promise(() => {}) })
      setInterval(() => {}, 1e6)
      console.log('up')`)
    await running.prints('up')
    running.child.kill('SIGINT')
    await running.prints('hanging')
    const started = Date.now()
    const again = setInterval(() => running.child.kill('SIGINT'), 300)
    expect(await running.ended).toEqual({ code: null, signal: 'SIGINT' })
    clearInterval(again)
    expect(Date.now() - started).toBeLessThan(3_000)
  })

  it('ends with the code of the crash when it is interrupted after one', async () => {
    const running = run(`throw new Error('no')`)
    await running.prints('crashed')
    running.child.kill('SIGINT')
    expect(await running.ended).toEqual({ code: 1, signal: null })
  })
})
