import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Event } from '../../src/command/messages/events.ts'
import type { Status } from '../../src/command/shared/status.ts'
import { command, folder, immaculata, nodes, Running, write } from './running.ts'

const program = {
  'package.json': '{ "type": "module" }',
  'main.js': `import { word } from './word.js'\nconsole.log('says', word)\nsetInterval(() => {}, 1e6)\n`,
  'word.js': `export const word = 'one'\n`,
}

/** The folder for temporary files of each test: its sockets are nobody else's. */
let temporary = ''
beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), 'status-'))
  return () => rmSync(temporary, { recursive: true, force: true })
})

interface Answer {
  readonly text: string
  readonly code: number | null
}

/** `immaculata status` in a folder. */
async function ask(node: string, cwd: string, ...args: string[]): Promise<Answer> {
  const asking = new Running([command, 'status', ...args], { node, cwd, env: { TMPDIR: temporary } })
  const { code } = await asking.ended
  return { text: asking.output, code }
}

async function askJson(node: string, cwd: string, ...args: string[]): Promise<Status & Pick<Answer, 'code'>> {
  const { text, code } = await ask(node, cwd, '--json', ...args)
  return { ...(JSON.parse(text) as Status), code }
}

const start = (node: string, cwd: string, ...args: string[]) =>
  immaculata({ node, cwd, env: { TMPDIR: temporary } }, ...args)

/** The lines of JSON among what was printed. */
const eventsIn = (text: string) =>
  text.split('\n').flatMap(line => (line.startsWith('{"event"') ? [JSON.parse(line) as Event] : []))

describe.each(nodes)('The status on $name', ({ node }) => {
  it('says of each save whether it is live, and why not, as soon as that is known; so do the lines of JSON', async () => {
    const cwd = folder(program)
    const running = start(node, cwd, '--stay', '--json', 'main.js')
    await running.prints('"event":"started"')
    expect(await ask(node, cwd, '--wait')).toEqual({
      text: 'live: main.js runs, and nothing was saved since it started\n',
      code: 0,
    })

    write(cwd, { 'word.js': `export const word = 'two'\n` })
    const live = await askJson(node, cwd, '--wait')
    expect(live).toMatchObject({
      code: 0,
      state: 'live',
      live: true,
      root: cwd,
      last: { event: 'live', files: [{ path: '/word.js', kind: 'changed' }], modules: ['/main.js', '/word.js'], of: 2 },
    })
    expect(running.stdout).toBe('says one\nsays two\n')

    write(cwd, { 'word.js': `export const word = = 'three'\n` })
    expect(await ask(node, cwd, '--wait')).toEqual({
      text: [
        'not live: word.js changed · kept the old version running',
        'word.js:1:21',
        "    export const word = = 'three'",
        '                        ^',
        "SyntaxError: Unexpected token '='\n",
      ].join('\n'),
      code: 1,
    })

    write(cwd, { 'word.js': `throw new Error('no word', { cause: new TypeError('none') })\nexport const word = 1\n` })
    const failed = await askJson(node, cwd, '--wait')
    expect(failed).toMatchObject({
      code: 1,
      state: 'failed',
      live: false,
      last: {
        event: 'failed',
        modules: ['/main.js', '/word.js'],
        error: {
          name: 'Error',
          message: 'no word',
          file: join(cwd, 'word.js'),
          line: 1,
          column: 7,
          frame: `throw new Error('no word', { cause: new TypeError('none') })\n      ^`,
          stack: '    at word.js:1:7',
          cause: { name: 'TypeError', message: 'none' },
        },
      },
    })

    write(cwd, { 'word.js': `export const word = 'four'\nsetTimeout(() => { throw new Error('later') })\n` })
    await running.prints('"event":"ended"')
    expect(await askJson(node, cwd)).toMatchObject({ code: 1, state: 'failed', last: { error: { message: 'later' } } })

    write(cwd, { 'word.js': `export const word = 'five'\n` })
    expect(await ask(node, cwd, '--wait')).toMatchObject({ code: 0 })
    expect(running.stdout).toMatch(/says five\n$/)

    write(cwd, { '.env': 'A=1' })
    expect(await ask(node, cwd, '--wait')).toMatchObject({ code: 0 })
    running.child.kill('SIGTERM')
    await running.ended
    const events = eventsIn(running.stderr)
    expect(events.map(({ event }) => event).join(' ')).toBe(
      'started saved live saved held saved failed saved live failed ended started saved restarting started ended',
    )
    for (const { time, pid } of events) {
      expect(new Date(time).toISOString()).toBe(time)
      expect(pid).toBeGreaterThan(0)
    }
    expect(running.stderr).not.toMatch(/^immaculata /m)
  })
})

describe('The status', () => {
  const { node } = nodes.at(-1)!

  it('is not known while a save is evaluated, or waits at a top-level await', async () => {
    const cwd = folder({
      ...program,
      'main.js': `console.log('says one')\nawait new Promise(go => setTimeout(go, 1_000))\nsetInterval(() => {}, 1e6)`,
    })
    const running = start(node, cwd, 'main.js')
    await running.prints('says one')
    expect(await askJson(node, cwd)).toMatchObject({ code: 2, state: 'starting' })
    expect(await askJson(node, cwd, '--wait')).toMatchObject({ code: 0, state: 'live' })
    write(cwd, { 'main.js': `await new Promise(go => setTimeout(go, 1_000))\nsetInterval(() => {}, 1e6) // 2` })
    expect(await askJson(node, cwd)).toMatchObject({ code: 2, state: 'saving' })
    expect(await askJson(node, cwd, '--wait')).toMatchObject({ code: 0, last: { files: [{ path: '/main.js' }] } })
  })

  it('names the programs that run in one folder, and tells of one when it is said which', async () => {
    const cwd = folder({ ...program, 'worker.js': `console.log('says one')\nsetInterval(() => {}, 1e6)` })
    expect(await ask(node, cwd)).toEqual({
      text: 'no program runs in this folder: start one with immaculata\n',
      code: 3,
    })
    const both = ['main.js', 'worker.js'].map(entry => start(node, cwd, entry))
    for (const running of both) await running.prints('says one')
    const { text, code } = await ask(node, cwd)
    expect(code).toBe(4)
    expect(text).toContain('Say which one, by its entry or its process: immaculata status ENTRY')
    expect(text).toMatch(/ {2}main\.js \(process \d+\): live: /)
    expect(text).toMatch(/ {2}worker\.js \(process \d+\): live: /)
    expect(await ask(node, cwd, 'worker.js')).toMatchObject({
      code: 0,
      text: expect.stringContaining('worker.js runs'),
    })
    expect(await ask(node, cwd, String(both[0]!.child.pid))).toMatchObject({
      text: expect.stringContaining('main.js runs'),
    })
    expect(await ask(node, cwd, 'other.js')).toMatchObject({ code: 3 })
    // A folder of the program belongs to it, and another one does not.
    write(cwd, { 'lib/a.js': '' })
    expect(await ask(node, join(cwd, 'lib'), 'main.js')).toMatchObject({ code: 0 })
    expect(await ask(node, folder(program))).toMatchObject({ code: 3 })
  })

  it('goes through a socket that only this user can open; those of commands that are gone are removed', async () => {
    const cwd = folder(program)
    const running = start(node, cwd, 'main.js')
    await running.prints('says one')
    const [name, ...others] = readdirSync(temporary).filter(each => /^immaculata-\d+$/.test(each))
    expect(others).toEqual([])
    const sockets = join(temporary, name!)
    expect(statSync(sockets).mode & 0o777).toBe(0o700)
    const [socket] = readdirSync(sockets)
    expect(statSync(join(sockets, socket!)).mode & 0o777).toBe(0o600)

    running.child.kill('SIGKILL')
    await running.ended
    expect(existsSync(join(sockets, socket!))).toBe(true)
    expect(await ask(node, cwd)).toMatchObject({ code: 3 })
    expect(readdirSync(sockets)).toEqual([])
    // Somebody else may have made the folder open: then it is closed.
    chmodSync(sockets, 0o777)
    const again = start(node, cwd, 'main.js')
    await again.prints('says one')
    expect(statSync(sockets).mode & 0o777).toBe(0o700)
    again.child.kill('SIGTERM')
    await again.ended
    expect(readdirSync(sockets)).toEqual([])
  })

  it('without a folder for temporary files, the program runs all the same', async () => {
    const cwd = folder(program)
    writeFileSync(join(temporary, 'file'), '')
    const running = immaculata({ node, cwd, env: { TMPDIR: join(temporary, 'file') } }, 'main.js')
    await running.prints('says one')
  })

  it('is there for libraries, with every event', async () => {
    const cwd = folder(program)
    const running = start(node, cwd, 'main.js')
    await running.prints('says one')
    const library = new URL('../../dist/status.js', import.meta.url).href
    const code = `import { events, status } from ${JSON.stringify(library)}
      import { writeFileSync } from 'node:fs'
      console.log((await status('.', { wait: true })).state)
      writeFileSync('word.js', "export const word = 'two'")
      for await (const { event, files } of events('.')) {
        console.log(event, files?.[0].path)
        if (event === 'live') break
      }
      await status('..').catch(error => console.log(error.message.slice(0, 18)))`
    const reading = new Running(['--input-type=module', '-e', code], { node, cwd, env: { TMPDIR: temporary } })
    await reading.ended
    expect(reading.output).toBe('live\nsaved /word.js\nlive /word.js\nNo program runs in\n')
  })
})
