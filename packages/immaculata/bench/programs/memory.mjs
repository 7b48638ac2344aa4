/**
 * What stays in memory of each reload of a module that holds 1 MB. It is written as often as asked, and the entry point
 * loaded each time, in this process. Arguments: the adapter, a folder, the folder of the peers, `module` or `commonjs`, how
 * many importers stand between, how many reloads, at how many of them the memory is measured.
 */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const [adapter, dir, peers, kind, importers, reloads, points] = process.argv.slice(2)
const { open } = await import(adapter)
const require = createRequire(`${peers}/package.json`)
const peer = name => import(pathToFileURL(require.resolve(name)).href)

const big = kind === 'module' ? 'big.mjs' : 'big.cjs'
function source(number) {
  const held = `Array.from({ length: 131_072 }, (_, at) => at + ${number} + 0.5)` // 1 MB of doubles
  return kind === 'module'
    ? `export const held = ${held}\nexport const value = ${number}\n`
    : `exports.held = ${held}\nexports.value = ${number}\n`
}
mkdirSync(dir, { recursive: true })
writeFileSync(`${dir}/package.json`, '{ "type": "module" }\n')
writeFileSync(`${dir}/${big}`, source(0))
const names = Array.from({ length: Number(importers) }, (_, at) => `importer${at}.js`)
for (const name of names) writeFileSync(`${dir}/${name}`, `export { value } from './${big}'\n`)
const imported = names.length > 0 ? names : [big]
writeFileSync(
  `${dir}/entry.js`,
  `${imported.map((name, at) => `import { value as v${at} } from './${name}'`).join('\n')}
export const few = v0
export const value = ${imported.map((_, at) => `v${at}`).join(' + ')}
`,
)

async function live() {
  for (let turn = 0; turn < 4; turn++) {
    globalThis.gc()
    await new Promise(resolve => setTimeout(resolve, 5))
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

const tool = await open({ dir, peer })
await tool.load()
let wrong = 0
let told = () => {}
// One listener for all reloads: a thousand of them would be counted as memory of the tool.
tool.changed(() => told())
async function reload(number) {
  const changed = new Promise(resolve => {
    told = resolve
  })
  writeFileSync(`${dir}/${big}.tmp`, source(number))
  renameSync(`${dir}/${big}.tmp`, `${dir}/${big}`)
  await Promise.race([changed, new Promise(resolve => setTimeout(resolve, 2_000))])
  const end = performance.now() + 2_000
  for (;;) {
    if ((await tool.load()).value === number * imported.length) {
      // Some tools lose a save that follows close upon another one, which is not the question here.
      await new Promise(resolve => setTimeout(resolve, 20))
      return
    }
    if (tool.exact || performance.now() > end) break
    await new Promise(resolve => setImmediate(resolve))
  }
  wrong++
}

// What is allocated once is not what this is about.
const warm = Math.min(20, Number(reloads))
for (let number = 1; number <= warm; number++) await reload(number)
const curve = [[0, await live()]]
for (let number = 1; number <= Number(reloads); number++) {
  await reload(warm + number)
  if (number % Math.ceil(Number(reloads) / Number(points)) === 0) curve.push([number, await live()])
}
process.stdout.write(`@@${JSON.stringify({ wrong, curve })}\n`, () => process.exit())
