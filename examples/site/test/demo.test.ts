import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { nodes } from './nodes.ts'
import { until } from './running.ts'

const example = join(import.meta.dirname, '..')

describe.each(nodes)('the demo on Node %s', (_, node) => {
  let temporary: string
  let running: ChildProcess | undefined
  beforeEach(() => {
    temporary = realpathSync(mkdtempSync(join(tmpdir(), 'demo-test-')))
  })
  afterEach(() => {
    running?.kill('SIGKILL') // in case it failed to end
    rmSync(temporary, { recursive: true })
  })

  function demo(args: string[], env: Record<string, string>) {
    const child = spawn(node, [join(example, 'demo/demo.js'), ...args], {
      env: { ...process.env, CI: '', TMPDIR: temporary, TEMP: temporary, TMP: temporary, ...env },
    })
    running = child
    const shown = { text: '' }
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', data => {
        shown.text += stripVTControlCharacters(String(data))
      })
    }
    return { child, shown, exit: once(child, 'exit') }
  }

  test.each([
    ['with --once', ['--once'], {}],
    ['in CI', [], { CI: 'true' }],
  ])('shows the loop and ends by itself %s', async (_, args, env) => {
    const before = checkout()
    const { shown, exit } = demo(args, env)
    expect(await exit, shown.text).toEqual([0, null])
    expect(shown.text).toContain('saved      helpers/themes.ts\n')
    expect(shown.text).toContain('disposed   the old highlighter\n')
    expect(shown.text).toMatch(
      /evaluated {2}helpers\/themes\.ts +was saved\n +highlighter\.ts +← helpers\/themes\.ts\n/,
    )
    expect(shown.text).toMatch(/\n +pages\.ts +← markdown\.ts ← highlighter\.ts ← helpers\/themes\.ts\n/)
    expect(shown.text).toMatch(/stayed {5}.*templates\/document\.tsx/)
    expect(shown.text).toMatch(/took {7}\d+ ms since the save/)
    expect(shown.text).toContain('The page has its new colours')
    expect(readdirSync(temporary)).toEqual([])
    expect(checkout()).toEqual(before)
  })

  test('serves until it is interrupted, shows the reader’s own edits, and removes its folder', async () => {
    const { child, shown, exit } = demo([], {})
    await until(() => shown.text.includes('Ctrl-C'), 'the demo to serve')
    const folder = /^ +edit +(.*)/m.exec(shown.text)![1]!
    expect(folder.startsWith(temporary)).toBe(true)

    appendFileSync(join(folder, 'pages/4-limits.md'), '\nOne more.\n')
    await until(() => shown.text.includes('rendered   1 of 16 pages'), 'the edit to be shown')
    expect(shown.text).toContain('saved      pages/4-limits.md\nevaluated  nothing\n')

    appendFileSync(join(folder, 'helpers/slug.ts'), '\n}\n')
    await until(() => shown.text.includes('failed     '), 'the syntax error to be shown')

    if (process.platform === 'win32')
      child.kill() // Windows, which has no signals
    else {
      child.kill('SIGINT')
      expect(await exit).toEqual([0, null])
      expect(readdirSync(temporary)).toEqual([])
    }
  })
})

/** Every file of the example, with its content. */
function checkout(): Record<string, string> {
  const found: Record<string, string> = {}
  for (const name of readdirSync(example, { recursive: true, encoding: 'utf8' })) {
    if (name.includes('node_modules') || !statSync(join(example, name)).isFile()) continue
    found[name] = readFileSync(join(example, name), 'utf8')
  }
  return found
}
