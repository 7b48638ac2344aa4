/** The first try of a user: the start file as package.json has it, or nothing at all. */
import { describe, expect, it } from 'vitest'
import { parse } from '../../src/command/arguments/parse.ts'
import { startOfPackage } from '../../src/command/shared/start-of-package.ts'
import { command, folder, freePort, immaculata, nodes, Running, request, write } from './running.ts'

/** What runs in a folder with these files, without a file given. */
function startOf(files: Record<string, string>) {
  const start = startOfPackage(folder(files), words => {
    const split = parse(words)
    return split.kind === 'run' ? split : undefined
  })
  return (
    start &&
    [...Object.entries(start.env).map(pair => pair.join('=')), ...start.nodeFlags, start.entry, ...start.args].join(' ')
  )
}

const manifest = (content: object) => ({ 'package.json': JSON.stringify(content) })

describe('without a file', () => {
  it.each<[string, object, string[], string | undefined]>([
    [
      'the "main" of package.json runs, without its extension too',
      { main: './lib/server', scripts: { start: 'node other.js' } },
      ['lib/server.js', 'other.js'],
      './lib/server',
    ],
    ['a "main" that is a folder runs as its index', { main: 'lib' }, ['lib/index.js'], 'lib'],
    [
      'a "main" that is not there is passed over',
      { main: 'gone.js', scripts: { start: 'node server' } },
      ['server.js'],
      'server',
    ],
    [
      'a start script gives its options, arguments and variables',
      { scripts: { start: 'cross-env A=b node --enable-source-maps --import ./x.js "src/main.js" --port 3' } },
      ['src/main.js'],
      'A=b --enable-source-maps --import ./x.js src/main.js --port 3',
    ],
    [
      'options of Node that only watch are left out',
      { scripts: { dev: 'node --watch --watch-path=./server server/server.js' } },
      ['server/server.js'],
      'server/server.js',
    ],
    [
      'the last command of a script counts',
      { scripts: { start: 'npm run build && node dist/server.js' } },
      ['dist/server.js'],
      'dist/server.js',
    ],
    [
      'the script "dev" runs if what "start" names is not built yet',
      { scripts: { start: 'tsc && node dist/server.js', dev: 'tsx watch src/server.ts' } },
      ['src/server.ts'],
      'src/server.ts',
    ],
    ['the index runs if package.json names nothing', {}, ['index.mjs'], 'index.mjs'],
    ['nothing runs if there is nothing', { scripts: { start: 'react-scripts start' } }, [], undefined],
  ])('%s', (_name, content, files, runs) => {
    expect(startOf({ ...manifest(content), ...Object.fromEntries(files.map(file => [file, ''])) })).toBe(runs)
  })

  it('a package.json that is broken or missing leaves the index', () => {
    expect(startOf({ 'package.json': '{ "main": ', 'index.js': '' })).toBe('index.js')
    expect(startOf({ 'index.js': '' })).toBe('index.js')
  })
})

describe.each(nodes)('the first try on $name', ({ node }) => {
  const server = (word: string) => `import { createServer } from 'node:http'
    createServer((_, response) => response.end('${word} ' + process.argv[2] + ' ' + process.env.MODE)).listen(process.env.PORT, '127.0.0.1')`

  it('the command alone runs what the start script runs, says so, and is hot', async () => {
    const cwd = folder({
      ...manifest({ type: 'module', scripts: { start: 'MODE=test node src/server.js loud' } }),
      'src/server.js': server('one'),
    })
    const port = await freePort()
    const running = immaculata({ node, cwd, env: { PORT: String(port) } })
    await running.prints('runs src/server.js loud, the script "start" of package.json')
    const answer = async () => (await request(port).catch(() => undefined))?.text
    await expect.poll(answer, { timeout: 10_000, interval: 20 }).toBe('one loud test')
    write(cwd, { 'src/server.js': server('two') })
    await expect.poll(answer, { timeout: 10_000, interval: 20 }).toBe('two loud test')
  })

  it('a start file is given without its extension, and from another folder', async () => {
    const cwd = folder({
      'app/package.json': '{}',
      'app/bin/www.js': `console.log(require('../word').word); setInterval(() => {}, 1e6)`,
      'app/word.js': `exports.word = 'one'`,
    })
    const running = new Running([command, 'app/bin/www'], { node, cwd })
    await running.prints('one')
    write(cwd, { 'app/word.js': `exports.word = 'two'` })
    await running.prints('two')
  })

  it('a folder in which nothing can be run says what is missing', async () => {
    const cwd = folder({ 'package.json': '{ "main": "gone.js" }' })
    const running = immaculata({ node, cwd })
    expect(await running.ended).toEqual({ code: 9, signal: null })
    expect(running.stderr).toContain('give it the file to run: package.json names none that is there')
  })
})
