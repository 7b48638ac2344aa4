import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { command, folder, immaculata, nodes, Running, write } from './running.ts'

const program = {
  'package.json': '{ "type": "module" }',
  'main.js': `import { word } from './word.js'\nconsole.log('says', word)\nsetInterval(() => {}, 1e6)\n`,
  'word.js': `export const word = 'one'\n`,
}

/** Gives a program a terminal. */
const terminal = '/usr/bin/script'

describe.each(nodes)('What is said on $name', ({ node }) => {
  it('a save of a file that nothing imports is reported once', async () => {
    const cwd = folder({ ...program, 'notes.js': '1' })
    const running = immaculata({ node, cwd }, 'main.js')
    await running.prints('says one')
    write(cwd, { 'notes.js': '2' })
    await running.prints('notes.js changed · nothing that runs imports it\n')
    write(cwd, { 'notes.js': '3' })
    write(cwd, { 'word.js': `export const word = 'two'\n` })
    await running.prints('re-evaluated')
    expect(running.stderr.split('nothing that runs imports it')).toHaveLength(2)
  })

  it('saves that look alike are counted', async () => {
    const cwd = folder(program)
    const running = immaculata({ node, cwd }, 'main.js')
    await running.prints('says one')
    for (const [word, times] of [
      ['two', ''],
      ['three', ' ×2'],
      ['four', ' ×3'],
    ] as const) {
      write(cwd, { 'word.js': `export const word = '${word}'\n` })
      await running.prints(`word.js changed · 2 of 2 modules re-evaluated${times} · `)
    }
  })

  it('colours are shown when FORCE_COLOR asks for them, and not when NO_COLOR refuses them', async () => {
    for (const [env, start] of [
      [{ FORCE_COLOR: '1', NO_COLOR: undefined }, '\u001b[36mimmaculata\u001b[39m word.js'],
      [{ FORCE_COLOR: undefined, NO_COLOR: '1' }, 'immaculata word.js'],
      [{ FORCE_COLOR: '0', NO_COLOR: undefined }, 'immaculata word.js'],
    ] as const) {
      const cwd = folder(program)
      const running = immaculata({ node, cwd, env }, 'main.js')
      await running.prints('says one')
      write(cwd, { 'word.js': `export const word = 'two'\n` })
      await running.prints('re-evaluated')
      expect(running.stderr.startsWith(start)).toBe(true)
    }
  })

  it('an evaluation that does not come to its end is reported with the place of its await', async () => {
    const cwd = folder(program)
    const running = immaculata({ node, cwd }, 'main.js')
    await running.prints('says one')
    write(cwd, {
      'word.js': `async function never() {\n  await 1\n}\nnever()\nexport const word = await new Promise(() => {})\n`,
    })
    await running.prints('Still waiting at this top-level await')
    expect(running.stderr).toBe(
      [
        'immaculata word.js:5:21',
        '    export const word = await new Promise(() => {})',
        '                        ^',
        'Still waiting at this top-level await, after 3 s. Until it settles, this version is not live.\n',
      ].join('\n'),
    )
    write(cwd, { 'word.js': `export const word = 'two'\n` })
    await running.prints('says two')
  })

  it('with --verbose, a save that does nothing says why; files that --include names restart the program', async () => {
    const cwd = folder({
      ...program,
      '.gitignore': 'built\n',
      'built/data.js': '1',
      'views/page.txt': 'one',
      'left/alone.js': '1',
      'package.json': '{ "type": "module", "immaculata": { "include": "views/**" } }',
    })
    const running = immaculata({ node, cwd }, '--verbose', '--times', '--ignore', 'alone.js', 'main.js')
    await running.prints(' · main.js · 2 modules · watching this folder\n')
    write(cwd, { 'word.js': program['word.js'], 'readme.txt': 'new' })
    await running.prints('word.js was touched · no byte of it differs\n')
    await running.prints('readme.txt was touched · nothing that runs imports or reads it')
    expect(running.stderr).toMatch(/^immaculata \d\d:\d\d:\d\d word\.js was touched/m)
    expect(running.stdout).toBe('says one\n')
    write(cwd, { 'views/page.txt': 'two' })
    await running.prints('restarts: views/page.txt changed (--include)')
    await running.prints('says one', 2)
  })

  it.runIf(existsSync(terminal))(
    'at a terminal, the first line says what runs, what is watched, and which keys there are',
    async () => {
      const cwd = folder(program)
      const line = [node, command, 'main.js'].map(part => `'${part}'`).join(' ')
      const running = new Running(['-qefc', line, '/dev/null'], {
        node: terminal,
        cwd,
        env: { NO_COLOR: '1', FORCE_COLOR: undefined },
      })
      await running.prints(' · main.js · 2 modules · watching this folder · r Enter restarts, q Enter ends')
      running.child.stdin!.write('h\n')
      await running.prints('h helps (each with Enter)')
      running.child.stdin!.write('e\n')
      await running.prints('no save has re-evaluated anything yet')
      write(cwd, { 'word.js': `export const word = 'two'` })
      await running.prints('says two')
      running.child.stdin!.write('e\n')
      await running.prints('the last save re-evaluated:\r\nimmaculata   main.js → word.js changed')
      running.child.stdin!.write('o\n')
      await running.prints('× Timeout')
      running.child.stdin!.write('rs\n')
      await running.prints('restarting (you pressed r)')
      await running.prints('says two', 2)
      running.child.stdin!.write('q\n')
      expect((await running.ended).code).toBe(0)
    },
  )
})
