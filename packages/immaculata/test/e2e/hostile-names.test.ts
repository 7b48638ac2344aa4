/** Texts and names that somebody else chooses cost no more than their length. */
import { describe, expect, it } from 'vitest'
import { folder, immaculata, nodes, write } from './running.ts'

const type = { 'package.json': '{ "type": "module" }' }

describe.each(nodes)('on $name', ({ node }) => {
  it.each([
    ['a comment of a worker', `/* ${'import '.repeat(43_000)} */`],
    ['lines of a worker', `${'\n'.repeat(100_000)}`],
    ['quotes of a worker', `// ${`import "'`.repeat(30_000)}`],
  ])('the time to read %s grows with its length only', async (_, text) => {
    const cwd = folder({
      ...type,
      'main.js': `import { Worker } from 'node:worker_threads'
        const started = performance.now()
        new Worker(new URL('./worker.js', import.meta.url)).on('exit', () => console.log('took', performance.now() - started < 3_000))`,
      'worker.js': text,
    })
    const running = immaculata({ node, cwd }, 'main.js')
    await running.ended
    expect(running.stdout).toBe('took true\n')
  })

  it('the time to read the message of an error grows with its length only', async () => {
    const cwd = folder({ ...type, 'main.js': `console.log('up'); setInterval(() => {}, 1e6)` })
    const running = immaculata({ node, cwd }, 'main.js')
    await running.prints('up')
    const asked = Date.now()
    write(cwd, { 'main.js': `throw new Error('no\\n    at ' + '(/'.repeat(50_000))` })
    await running.prints('the next save tries again')
    expect(Date.now() - asked).toBeLessThan(3_000)
  })
})
