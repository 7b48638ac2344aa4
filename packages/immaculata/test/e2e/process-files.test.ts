import { describe, expect, it } from 'vitest'
import { folder, immaculata, nodes, write } from './running.ts'

describe.each(nodes)('files of the process, on $name', ({ node }) => {
  it('starts again when a file changes that Node reads the environment from, whatever its name', async () => {
    const cwd = folder({
      'package.json': '{ "type": "module" }',
      'dev.env': 'WORD=one',
      'main.js': `console.log('the word is', process.env.WORD); setInterval(() => {}, 1e6)`,
    })
    const running = immaculata({ node, cwd }, '--env-file=dev.env', 'main.js')
    await running.prints('the word is one')
    write(cwd, { 'dev.env': 'WORD=two' })
    await running.prints('the word is two')
    expect(running.stderr).toContain('dev.env changed, and a process reads its environment once')
  })

  it('does not start again for a package.json that Node has not read', async () => {
    const cwd = folder({
      'package.json': '{ "type": "module" }',
      'other/package.json': '{ "name": "other" }',
      'word.js': `export const word = 'one'`,
      'main.js': `import { word } from './word.js'; console.log('the word is', word); setInterval(() => {}, 1e6)`,
    })
    const running = immaculata({ node, cwd }, 'main.js')
    await running.prints('the word is one')
    write(cwd, { 'other/package.json': '{ "name": "renamed" }' })
    write(cwd, { 'word.js': `export const word = 'two'` })
    await running.prints('the word is two')
    expect(running.stderr).not.toMatch(/restart/)
  })
})
