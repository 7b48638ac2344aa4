/**
 * `pnpm errors`: makes the same mistakes under other tools, and says where the command is clearer, equal or worse. Each mistake is saved into a
 * program that runs; what is said until it is quiet is searched for facts. With `--write` the table goes into RESULTS.md. `--only NAME`
 * takes one program of the corpus; `--vite` asks Vite as well, which takes many minutes.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { command } from '../../asking.ts'
import { expectedOf, readExpected } from './expected.ts'
import { type Mistake, type Program, programs } from './mistakes.ts'

const modules = fileURLToPath(new URL('../../../node_modules', import.meta.url))
const require = createRequire(import.meta.url)
const vite = require.resolve('vite', { paths: [dirname(require.resolve('vitest/package.json'))] })
const tsx = join(modules, 'tsx/dist/cli.mjs')

/** For how many ms nobody has to say anything, until all is said; and how long that is waited for. */
const quiet = 600
const patience = 6_000

const tools: Readonly<Record<string, (program: Program) => readonly string[]>> = {
  immaculata: ({ args = [], entry }) => [command, '--stay', ...args, entry],
  'node --watch': ({ args = [], entry }) => ['--watch', '--watch-preserve-output', ...args, entry],
  'tsx watch': ({ entry }) => [tsx, 'watch', '--clear-screen=false', entry],
  Vite: ({ entry }) => ['vite.mjs', entry],
}

/** A program in Vite's own runner, as its documentation shows it: evaluated anew at each save. */
const viteProgram = `import { createServer, createServerModuleRunner } from ${JSON.stringify(vite)}
const server = await createServer({ root: process.cwd(), configFile: false, server: { middlewareMode: true, ws: false }, appType: 'custom', logLevel: 'error' })
const runner = createServerModuleRunner(server.environments.ssr, { hmr: false })
async function run() {
  try {
    await runner.import('./' + process.argv[2])
  } catch (error) {
    console.error(error)
  }
}
server.watcher.on('all', (kind, file) => {
  if (file.includes('node_modules')) return
  runner.clearCache()
  server.environments.ssr.moduleGraph.invalidateAll()
  run()
})
await run()
`

interface Said {
  readonly facts: ReadonlySet<string>
  /** How many calls it shows that are neither of the program nor of its packages. */
  readonly noise: number
}

/** What a reader wants to know, in the order of the letters in the table. */
const factNames = {
  F: 'file',
  L: 'line',
  S: 'the saved source line',
  C: 'caret',
  M: 'message',
  A: 'cause',
  R: 'remedy',
}

function judge(text: string, mistake: Mistake, expected: string): Said {
  const facts = new Set<string>()
  const [, file = '', line = ''] = /^immaculata ([\w./-]+?)(?::(\d+))?(?::\d+)?$/m.exec(expected) ?? []
  const source =
    line === ''
      ? ''
      : (
          Object.entries(mistake.files)
            .find(([name]) => name === file)?.[1]
            .split('\n')[Number(line) - 1] ?? ''
        ).trim()
  if (text.includes(file)) facts.add('F')
  const name = file.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  if (line === '' || new RegExp(`${name}(?:\\?[^:\\s]*)?:${line}\\b|${name}[^\\n]*\\(${line}:`).test(text))
    facts.add('L')
  if (source === '' || text.includes(source)) facts.add('S')
  if (/^[ \t|│·]*\^+~*\s*$/m.test(text) || !/^ +\^/m.test(expected)) facts.add('C')
  const message = /^(?:\w*(?:Error|Exception)\b[^:\n]*|Uncaught[^:\n]*): (.+)$/m.exec(expected)?.[1] ?? ''
  const words = message
    .replace(/<folder>\S*/g, '')
    .split(/'[^']*'|: /)
    .filter(part => part.trim().length > 3)
  if (words.every(part => text.includes(part.trim()))) facts.add('M')
  if (!expected.includes('[cause]') || text.includes('[cause]')) facts.add('A')
  if (!/^→ /m.test(expected) || /^→ |Did you mean|did you mean|To load an ES module/m.test(text)) facts.add('R')
  const noise = text
    .split('\n')
    .filter(each => /^\s+at /.test(each) && /node:internal|\/vite\/|\/tsx\/|@hot\/|\(<anonymous>\)/.test(each))
  return { facts, noise: noise.length }
}

/** What one tool says of each mistake. */
async function run(tool: string, program: Program, mistakes: readonly Mistake[]): Promise<Map<string, string>> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'compare-')))
  const said = new Map<string, string>()
  write(folder, program.sound)
  if (tool === 'Vite') write(folder, { 'vite.mjs': viteProgram })
  for (const name of program.packages ?? []) {
    mkdirSync(join(folder, 'node_modules'), { recursive: true })
    symlinkSync(realpathSync(join(modules, name)), join(folder, 'node_modules', name), 'junction')
  }
  const env = { ...process.env, NODE_OPTIONS: '', NODE_PATH: '', NODE_NO_WARNINGS: '1', FORCE_COLOR: '0' }
  const child = spawn(process.execPath, tools[tool]!(program), { cwd: folder, env, stdio: 'pipe', detached: true })
  let text = ''
  let heardAt = performance.now()
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', part => {
      text += part
      heardAt = performance.now()
    })
  }
  const settled = async (found: () => boolean) => {
    const end = performance.now() + patience
    while (performance.now() < end && !(found() && performance.now() - heardAt > quiet)) await pause(20)
  }
  try {
    await settled(() => /^up /m.test(text))
    let count = 0
    for (const mistake of mistakes) {
      text = ''
      write(folder, mistake.files)
      await settled(() => text !== '')
      said.set(mistake.name, stripVTControlCharacters(text).replaceAll(folder, '<folder>'))
      text = ''
      count++
      const mended = Object.keys(mistake.files).filter(file => program.sound[file] !== undefined)
      write(folder, Object.fromEntries(mended.map(file => [file, withNumber(file, program.sound[file]!, count)])))
      await settled(() => /^up /m.test(text))
    }
  } finally {
    end(child)
    await pause(300)
    rmSync(folder, { recursive: true, force: true })
  }
  return said
}

const withNumber = (file: string, text: string, number: number) =>
  file.endsWith('.json') ? `${text}${' '.repeat(number)}` : `${text}// ${number}`

function end(child: ChildProcess): void {
  try {
    process.kill(-child.pid!, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}

function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
}

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

/** `clearer`, `equal` or `worse`: how the command compares with another tool. */
function compare(ours: Said, theirs: Said): 'clearer' | 'equal' | 'worse' {
  if ([...theirs.facts].some(fact => !ours.facts.has(fact))) return 'worse'
  if (theirs.facts.size < ours.facts.size || theirs.noise > ours.noise + 2) return 'clearer'
  return 'equal'
}

const shown = ({ facts, noise }: Said) =>
  `${Object.keys(factNames)
    .map(fact => (facts.has(fact) ? fact : '·'))
    .join('')}${noise > 0 ? ` +${noise}` : ''}`

const expected = readExpected('save')
const major = /^v(\d+)/.exec(process.version)![1]!
const withVite = process.argv.includes('--vite')
const only = process.argv.includes('--only') ? process.argv[process.argv.indexOf('--only') + 1] : undefined
const rows: string[] = []
const totals = new Map<string, Record<string, number>>()
const others = Object.keys(tools).slice(1)
for (const program of programs) {
  if (only !== undefined && program.name !== only) continue
  const mistakes = program.mistakes.filter(each => each.only !== 'start')
  const said = new Map<string, Map<string, string>>()
  // Vite serves ES modules. Most of the time is waiting, so the tools run side by side.
  const able = Object.keys(tools).filter(tool => tool !== 'Vite' || (withVite && program.name !== 'CommonJS'))
  await Promise.all(able.map(async tool => said.set(tool, await run(tool, program, mistakes))))
  for (const mistake of mistakes) {
    const wanted = expectedOf(expected, `${program.name}: ${mistake.name}`, major) ?? ''
    const of = (tool: string) => {
      const text = said.get(tool)?.get(mistake.name)
      return text === undefined ? undefined : judge(text, mistake, wanted)
    }
    const ours = of('immaculata')!
    const cells = others.map(tool => {
      const theirs = of(tool)
      if (!theirs) return '–'
      const verdict = compare(ours, theirs)
      const total = totals.get(tool) ?? { clearer: 0, equal: 0, worse: 0 }
      total[verdict]!++
      totals.set(tool, total)
      if (verdict === 'worse') console.log(`worse than ${tool}: ${mistake.name}\n${said.get(tool)!.get(mistake.name)}`)
      return `${shown(theirs)} ${verdict}`
    })
    rows.push(`| ${program.name}: ${mistake.name} | ${shown(ours)} | ${cells.join(' | ')} |`)
    console.log(rows.at(-1))
  }
}

const summary = [...totals].map(([tool, { clearer, equal, worse }]) => `| ${tool} | ${clearer} | ${equal} | ${worse} |`)
const table = `# The same mistakes under other tools

Made by \`pnpm errors --write\` on Node ${process.version}. Each mistake is saved into a program that runs. ${only === undefined ? 'All' : 'Some'}
programs of the corpus were asked; a dash stands for a tool that was not.

Compared with each tool, the command is

| tool | clearer | equal | worse |
| --- | --- | --- | --- |
${summary.join('\n')}

The letters are what is said: ${Object.entries(factNames)
  .map(([letter, name]) => `${letter} ${name}`)
  .join(', ')}; a point for what is not
said. A fact that a mistake does not have counts as said. \`+5\` are so many calls of Node or of the tool among the program's. "Clearer" is more
facts, or the same with at least three such calls less; "worse" is a fact less.

| mistake | immaculata | ${others.join(' | ')} |
| --- | --- | ${others.map(() => '---').join(' | ')} |
${rows.join('\n')}
`
console.log(summary.join('\n'))
if (process.argv.includes('--write')) writeFileSync(new URL('./RESULTS.md', import.meta.url), table)
