/**
 * What it costs to see contributions: how long a program stands still at a save, and how long the save takes, with and without.
 *
 *     pnpm bench:contributions [--saves 20] [--packages <a node_modules with knex, …>] [--only NAME]
 *
 * Programs with many objects are saved in one process. Between the slices of a search requests are answered: what counts is the longest
 * time in which nothing else could run.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'

const { values: options } = parseArgs({
  args: process.argv.slice(2).filter(arg => arg !== '--'),
  options: {
    saves: { type: 'string', default: '20' },
    packages: { type: 'string' },
    only: { type: 'string', default: '' },
    run: { type: 'string' },
    off: { type: 'boolean', default: false },
  },
})

/** What the module holds that the others add to. */
const holders: Record<string, string> = {
  'a few objects': '',
  '100,000 objects': 'export const data = Array.from({ length: 50_000 }, (_, id) => ({ id, tags: [id] }))',
  '1,000,000 objects': 'export const data = Array.from({ length: 500_000 }, (_, id) => ({ id, tags: [id] }))',
  '20,000 instances with private fields':
    'class Row { #id; #next = {}; constructor(id) { this.#id = id } get id() { return [this.#id, this.#next] } }\nconst rows = new Map(Array.from({ length: 20_000 }, (_, id) => [id, new Row(id)]))\nconst groups = Array.from({ length: 20 }, (_, at) => [...rows.values()].slice(at * 1000, at * 1000 + 999))\nexport const get = id => rows.get(id) ?? groups',
  '20,000 closures':
    'const make = id => { const own = { id }; return () => own }\nexport const groups = Array.from({ length: 20 }, (_, at) => Array.from({ length: 1000 }, (_, id) => make(at * id)))',
  knex: "import knex from 'knex'\nexport const db = knex({ client: 'pg', connection: 'postgres://127.0.0.1:1/x' })\nexport const queries = Array.from({ length: 50 }, () => db('a').where({ b: 1 }).select('c'))",
  sequelize:
    "import { DataTypes, Sequelize } from 'sequelize'\nexport const sequelize = new Sequelize('sqlite::memory:', { dialectModule: { Database: class {} }, logging: false, dialect: 'sqlite' })\nexport const models = Array.from({ length: 20 }, (_, id) => sequelize.define('M' + id, { name: DataTypes.STRING }))",
}

/** A leaf replaces a function in its holder, and leaves one in an array that this gives up. With its last version it leaves one. */
const leaf = (version: number, isLast = false) => `
import { drafts, handlers, list } from './holder.mjs'
handlers.set('leaf', () => ${version})
${version === 0 ? "drafts.push(() => 'draft')" : ''}
${isLast ? 'list.push(() => 1)' : ''}
export const value = ${version}`

const holder = (name: string) => `
export const handlers = new Map()
export const list = []
export let drafts = []
export const giveUp = () => { const given = drafts; drafts = []; globalThis.given = given }
${holders[name]}`

if (options.run === undefined) {
  const results = Object.keys(holders).filter(name => name.includes(options.only))
  console.log(
    '| the program holds | longest stop, ms (off) | a save takes, ms (off) | the longest save, ms (off) |\n|---|---:|---:|---:|',
  )
  for (const name of results) {
    const run = (off: boolean) => {
      const flags = [...process.execArgv, fileURLToPath(import.meta.url), '--run', name, '--saves', options.saves]
      if (options.packages) flags.push('--packages', options.packages)
      if (off) flags.push('--off')
      return execFileSync(process.execPath, flags, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
    }
    if (/^import/.test(holders[name]!) && !existsSync(join(options.packages ?? '', name))) continue
    const [on, off] = [JSON.parse(run(false)), JSON.parse(run(true))]
    console.log(`| ${name} | ${on.stop} (${off.stop}) | ${on.save} (${off.save}) | ${on.longest} (${off.longest}) |`)
  }
} else await measure(options.run)

async function measure(name: string): Promise<void> {
  const built = (name: string) => import(new URL(`../dist/${name}.js`, import.meta.url).href)
  const { FileTree }: typeof import('../src/index.ts') = await built('index')
  const { useTree }: typeof import('../src/hooks.ts') = await built('hooks')
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'immaculata-bench-')))
  if (options.packages) symlinkSync(options.packages, join(folder, 'node_modules'), 'junction')
  writeFileSync(join(folder, 'holder.mjs'), holder(name))
  writeFileSync(join(folder, 'leaf.mjs'), leaf(0))
  writeFileSync(
    join(folder, 'main.mjs'),
    "import * as holder from './holder.mjs'\nimport { value } from './leaf.mjs'\nexport { holder, value }",
  )
  const tree = new FileTree(folder, '/')
  const entry = pathToFileURL(join(folder, 'main.mjs')).href
  const hot = useTree(tree, options.off ? { contributions: false } : { entry })
  registerHooks(hot)
  const main = (await hot.import(entry)) as unknown as { holder: { giveUp(): void } }
  await new Promise(resolve => setTimeout(resolve, 3_000))
  main.holder.giveUp()
  // The longest time in which a timer could not run.
  let [last, stop] = [performance.now(), 0]
  const pulse = setInterval(() => {
    const now = performance.now()
    stop = Math.max(stop, now - last)
    last = now
  }, 1)
  const times: number[] = []
  const saves = Number(options.saves)
  let found = false
  for (let version = 1; version <= saves; version++) {
    const started = performance.now()
    tree.write('/leaf.mjs', leaf(version, version === saves))
    await new Promise(resolve => tree.once('filesUpdated', resolve))
    const { left } = await hot.evaluate(() => hot.import(entry))
    found = left.length > 0
    times.push(performance.now() - started)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  await new Promise(resolve => setTimeout(resolve, 500))
  clearInterval(pulse)
  if (found === options.off) throw new Error(`what the last version has left was ${found ? '' : 'not '}seen`)
  const longest = Math.max(...times)
  times.sort((a, b) => a - b)
  const round = (ms: number) => Math.round(ms * 10) / 10
  console.log(
    JSON.stringify({ stop: round(stop), save: round(times[times.length >> 1] ?? 0), longest: round(longest) }),
  )
  await tree.close()
  rmSync(folder, { recursive: true, force: true })
  process.exit()
}
