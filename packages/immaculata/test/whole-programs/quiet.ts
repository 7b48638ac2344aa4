/**
 * Shows that nothing is widened without need: a program whose modules never rest is updated again and again, and no module loses its
 * state but those that are edited and their importers.
 *
 *     pnpm fuzz:quiet [--updates 10000] [--seed 1]
 */
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { Random } from './random.ts'

const built = (name: string) => import(new URL(`../../dist/${name}.js`, import.meta.url).href)
const { FileTree }: typeof import('../../src/index.ts') = await built('index')
const { useTree }: typeof import('../../src/hooks.ts') = await built('hooks')

const { values } = parseArgs({
  options: {
    updates: { type: 'string', default: '10000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
  },
})
const random = new Random(Number(values.seed))
const updates = Number(values.updates)

const born = 'export const born = String(Math.random())\n'
const state: Record<string, string> = {
  'counters.mjs': `${born}let ticks = 0\nlet text = ''\nlet list = []\nexport const counts = { ticks: 0, text: '' }
export const hit = () => { ticks++; counts.ticks++; counts.text = (counts.text + '.').slice(-500); text = (text + '.').slice(-500); list = [...list, ticks].slice(-50) }
setInterval(hit, 1).unref()\n`,
  'caches.mjs': `${born}export const cache = new Map()\nexport const log = []\nexport const seen = new Set()
let index = 0\nexport const fill = () => { index = (index + 1) % 5000; cache.set(index, { index }); log.push(index); seen.add(index); if (log.length > 5000) log.length = 0 }
async function loop() { for (;;) { await new Promise(resolve => setTimeout(resolve, 1).unref()); fill() } }\nloop()\n`,
  'registry.mjs': `${born}export const registry = new Map()\nexport const config = { word: '' }\nexport const handlers = { last: () => 0 }
export let current = null\nexport const use = value => { current = value }\n`,
  'store.mjs': `import { EventEmitter } from 'node:events'\n${born}class Store { #items = new Map(); #count = 0; items = []; add(x) { this.#items.set(x % 300, x); this.#count++; this.items = [...this.items, x].slice(-100) } get size() { return this.#count } }
export const store = new Store()\nexport const bus = new EventEmitter()\nlet next = 0
setInterval(() => { store.add(next++); const once = () => {}; bus.on('x', once); setTimeout(() => bus.off('x', once), 2).unref() }, 1).unref()\n`,
  'parked.mjs': `${born}globalThis.parked ??= { visits: 0, at: [] }\nsetInterval(() => { globalThis.parked.visits++; globalThis.parked.at.push(1) }, 2).unref()\n`,
}
const leaves = ['leaf0', 'leaf1', 'leaf2', 'leaf3']

/** A leaf uses what others hold, and leaves nothing that its next version does not replace. */
function leaf(name: string, version: number): string {
  const uses = [
    `registry.set('${name}', () => ${version})`,
    `config.${name} = 'word ${version}'`,
    `handlers.${name} = () => ${version}`,
    `use({ ${name}: ${version} })`,
    `cache.set('${name}', 'warm')`,
    `seen.add('${name}')`,
    'store.size',
  ]
  return `import { cache, seen } from './caches.mjs'
import { config, handlers, registry, use } from './registry.mjs'
import { store } from './store.mjs'
${uses.sort(() => random.int(3) - 1).join('\n')}
${random.chance(0.3) ? 'await null\n' : ''}export const value = ${version}\n`
}

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'immaculata-quiet-')))
const files: Record<string, string> = {
  ...state,
  'main.mjs': [
    ...Object.keys(state).map((name, index) => `import * as state${index} from './${name}'`),
    ...leaves.map(name => `import { value as ${name} } from './${name}.mjs'`),
    `export const born = [${Object.keys(state).map((_, index) => `state${index}.born`)}]`,
    `export const values = [${leaves}]`,
  ].join('\n'),
}
// Whatever a leaf may set is there from the beginning: the first version of a key is no news.
for (const name of leaves) {
  files[`${name}.mjs`] = leaf(name, 0)
  files['registry.mjs'] += `registry.set('${name}', 0)\nconfig.${name} = ''\nhandlers.${name} = () => 0\n`
  files['caches.mjs'] += `cache.set('${name}', 'warm')\nseen.add('${name}')\n`
}
for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)

const tree = new FileTree(folder, '/')
const entry = pathToFileURL(join(folder, 'main.mjs')).href
const hot = useTree(tree, { entry })
registerHooks(hot)
interface Main {
  readonly born: readonly string[]
  readonly values: readonly number[]
}
const load = async () => (await hot.import(entry)) as unknown as Main
const first = (await load()).born.join()
let lost = 0
for (let version = 1; version <= updates; version++) {
  const index = random.int(leaves.length)
  tree.write(`/${leaves[index]}.mjs`, leaf(leaves[index]!, version))
  await new Promise(resolve => tree.once('filesUpdated', resolve))
  let main: Main | undefined
  const { failure, left, restart } = await hot.evaluate(async () => {
    main = await load()
  })
  if (failure) throw failure.error
  if (main!.values[index] !== version) throw new Error(`update ${version} is not live`)
  if (left.length > 0 || restart !== undefined || main!.born.join() !== first) {
    lost++
    console.log(`Update ${version}: ${restart ?? left.map(({ receiver, name }) => `${receiver} ${name}`).join(', ')}`)
    if (lost > 10) break
  }
  if (random.chance(0.2)) await new Promise(resolve => setTimeout(resolve, random.int(5)))
}
console.log(`Seed ${values.seed}: ${updates} updates, ${lost} of them would have cost state`)
await tree.close()
rmSync(folder, { recursive: true, force: true })
process.exit(lost > 0 ? 1 : 0)
