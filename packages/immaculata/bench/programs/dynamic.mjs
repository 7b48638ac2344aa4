/**
 * A dynamic `import()` of a module that did not change, in ns. Arguments: `plain` or `hot`, a folder, imports in a batch,
 * batches. The loops stand in a module of the project, so that a relative specifier has something to be relative to.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { registerHooks } from 'node:module'

const [kind, dir, count, batches] = process.argv.slice(2)
mkdirSync(dir, { recursive: true })
writeFileSync(`${dir}/package.json`, '{ "type": "module" }\n')
writeFileSync(`${dir}/page.js`, 'export const value = 1\n')
writeFileSync(
  `${dir}/server.js`,
  `export async function relative(count) { for (let at = 0; at < count; at++) await import('./page.js') }
export async function absolute(count) { for (let at = 0; at < count; at++) await import(${JSON.stringify(`file://${dir}/page.js`)}) }
`,
)
if (kind === 'hot') {
  const { FileTree } = await import('../../dist/index.js')
  const { useTree } = await import('../../dist/hooks.js')
  const tree = new FileTree(dir, '/')
  registerHooks(useTree(tree))
}
const server = await import(`file://${dir}/server.js`)
/** From a file that is no part of the project, as the program of the README does it. */
async function outside(count) {
  for (let at = 0; at < count; at++) await import(`file://${dir}/page.js`)
}
const loops = { relative: server.relative, absolute: server.absolute, outside }
const times = { relative: [], absolute: [], outside: [] }
for (let batch = -3; batch < Number(batches); batch++) {
  for (const [name, loop] of Object.entries(loops)) {
    const before = performance.now()
    await loop(Number(count))
    if (batch >= 0) times[name].push(((performance.now() - before) * 1e6) / Number(count))
  }
}
process.stdout.write(`@@${JSON.stringify(times)}\n`)
