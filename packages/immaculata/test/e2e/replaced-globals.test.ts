/** A program may replace Node's globals, with fake timers say: saves go on being noticed, held and live. */
import { describe, expect, it } from 'vitest'
import { folder, immaculata, nodes, write } from './running.ts'

const fakeTimers = `const names = ['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate', 'queueMicrotask']
  for (const name of names) globalThis[name] = () => { throw new Error('fake ' + name) }
  Date.now = performance.now = () => 1`

describe.each(nodes)('replaced globals on $name', ({ node }) => {
  it('with fake timers and clocks, a save goes live, one with an error is held, the next one goes live', async () => {
    const word = (text: string) => `export const word = '${text}'`
    const cwd = folder({
      'package.json': '{ "type": "module" }',
      'main.js': `import { createServer } from 'node:net'
        import { word } from './word.js'
        import './globals.js'
        createServer().listen(0)
        console.log('says ' + word + ' in ' + process.pid)`,
      'globals.js': fakeTimers,
      'word.js': word('one'),
    })
    const running = immaculata({ node, cwd }, 'main.js')
    await running.prints('says one')
    write(cwd, { 'word.js': word('two') })
    await running.prints('says two')
    write(cwd, { 'word.js': `export const word = '` })
    await running.prints('Not live')
    write(cwd, { 'word.js': word('three') })
    await running.prints('says three')
    expect(running.output).not.toMatch(/fake|crashed|restart/)
    expect(new Set(running.stdout.match(/ in \d+/g)).size).toBe(1)
  })
})
