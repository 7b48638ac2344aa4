/** Makes one mistake after the other in one life of the command, and takes down what it says of each. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { command, Running } from '../running.ts'
import type { Program } from './mistakes.ts'

const modules = fileURLToPath(new URL('../../../node_modules', import.meta.url))

/** `save`: each mistake is saved into a program that runs. `start`: the program is started with it, and crashes. */
export type When = 'save' | 'start'

/** What is said of each mistake, by its name. */
export async function makeMistakes(program: Program, when: When, node: string): Promise<Map<string, string>> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'mistakes-')))
  const running = { current: undefined as Running | undefined }
  try {
    return await makeAll(program, when, folder, () => {
      const args = [command, '--stay', ...(program.args ?? []), program.entry]
      running.current ??= new Running(args, { node, cwd: folder, env: { NODE_NO_WARNINGS: '1' } })
      return running.current
    })
  } finally {
    await running.current?.end()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function makeAll(
  program: Program,
  when: When,
  folder: string,
  start: () => Running,
): Promise<Map<string, string>> {
  const said = new Map<string, string>()
  write(folder, program.sound)
  for (const name of program.packages ?? []) {
    mkdirSync(join(folder, 'node_modules'), { recursive: true })
    symlinkSync(realpathSync(join(modules, name)), join(folder, 'node_modules', name), 'junction')
  }
  if (when === 'save') await heard(start(), 'stdout', /^up /m, 0)
  let count = 0
  for (const { name, files, only } of program.mistakes) {
    if (only && only !== when) continue
    // The next mistake starts it again, and not what is sound: it must not come between the two.
    const pause = (signal: NodeJS.Signals) => when === 'start' && said.size > 0 && start().child.kill(signal)
    pause('SIGSTOP')
    if (when === 'start') write(folder, program.sound)
    write(folder, files)
    pause('SIGCONT')
    const running = start()
    const from = running.stderr.length
    const end = when === 'save' ? /^(?:Not live|Failed while).*\n/m : /^immaculata crashed.*\n(?:→.*\n)?/m
    const text = await heard(running, 'stderr', end, from)
    said.set(name, anonymous(text, folder))
    if (when === 'start') continue
    // Each time another text, so that it is a save.
    count++
    const [printed, shown] = [running.stdout.length, running.stderr.length]
    const mended = Object.keys(files).filter(file => program.sound[file] !== undefined)
    write(folder, Object.fromEntries(mended.map(file => [file, withNumber(file, program.sound[file]!, count)])))
    await heard(running, 'stdout', /^up /m, printed)
    await heard(running, 'stderr', /re-evaluated.* ms\n/, shown)
  }
  return said
}

function withNumber(file: string, text: string, number: number): string {
  return file.endsWith('.json') ? `${text}${' '.repeat(number)}` : `${text}// ${number}`
}

function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
}

/** What is printed from some point on, up to a match. */
async function heard(running: Running, stream: 'stdout' | 'stderr', end: RegExp, from: number): Promise<string> {
  await running.until(() => end.test(running[stream].slice(from)), String(end))
  const text = running[stream].slice(from)
  const match = end.exec(text)!
  return text.slice(0, match.index + match[0].length)
}

/** Without what differs from run to run. */
function anonymous(text: string, folder: string): string {
  return (
    text
      .replaceAll(folder, '<folder>')
      .replace(/^Node\.js v[\d.]+$/m, 'Node.js <version>')
      .replace(/(?<=:::|port:? )\d{5}\b/g, '<port>')
      .replace(/node:internal\/([\w/]+):\d+(?::\d+)?/g, 'node:internal/$1:<line>')
      .replace(/node:(\w+):\d+(?::\d+)?/g, 'node:$1:<line>')
      .replace(/(?:file:\/\/)?(?:\/|<folder>\/)(?:[^\s()]*\/)?node_modules\/[^\s)]*/g, '<package>')
      // How many of Node's own calls are left depends on what else is on the stack.
      .replace(/\n +at [^\n]*<line>\)?,?( \{)?(?=\n)/g, '$1')
  )
}
