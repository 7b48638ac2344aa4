/** A save is said to be live when it is: the new version serves what was served. */
import { describe, expect, it } from 'vitest'
import { folder, freePort, immaculata, nodes, request, write } from './running.ts'

/** A program whose server is opened late, in a chain that nobody awaits. Everything is printed to one stream, so that its order counts. */
const late = `
const { createServer } = require('node:http')
const { word, serves } = require('./word.js')
process.on('unhandledRejection', error => console.error('logged', error.message))
async function main() {
  await new Promise(resolve => setTimeout(resolve, 400))
  if (!serves) throw new Error('no database')
  createServer((_, response) => response.end(word)).listen(process.env.PORT, '127.0.0.1', () => console.error('serves', word))
}
main()`
const word = (text: string, serves = true) => ({ 'word.js': `module.exports = { word: '${text}', serves: ${serves} }` })

describe.each(nodes)('what is said of a save on $name', ({ node }) => {
  it('it is live when its server listens, also if nobody waits for that, and not before', async () => {
    const port = await freePort()
    const cwd = folder({ 'package.json': '{}', 'main.js': late, ...word('one') })
    const running = immaculata({ node, cwd, env: { PORT: String(port) } }, 'main.js')
    await running.prints('serves one')
    write(cwd, word('two'))
    await running.prints('word.js changed')
    expect((await request(port)).text).toBe('two')
    const { stderr } = running
    expect(stderr.indexOf('serves two')).toBeGreaterThan(0)
    expect(stderr.indexOf('serves two')).toBeLessThan(stderr.indexOf('word.js changed'))
  })

  it('a port that is not served any more is named, though the program only logs its error', async () => {
    const port = await freePort()
    const cwd = folder({ 'package.json': '{}', 'main.js': late, ...word('one') })
    const running = immaculata({ node, cwd, env: { PORT: String(port) } }, 'main.js')
    await running.prints('serves one')
    write(cwd, word('two', false))
    await running.prints('logged no database')
    await running.prints(`nothing listens on port ${port} any more, as in a fresh process`)
    await running.prints('the next save starts it again')
    write(cwd, word('three'))
    await running.prints('serves three')
    expect((await request(port)).text).toBe('three')
  })
})
