/** `pnpm apps`: real applications, whole and unchanged, are started, edited, and compared with fresh processes. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { nodeOfLine } from '../../.ci/nodes.ts'
import type { Tool } from './app-process.ts'
import type { Recipe } from './recipe.ts'
import { table } from './table.ts'
import { type Result, tryRecipe } from './trial.ts'

const { values } = parseArgs({
  options: {
    folder: { type: 'string' },
    only: { type: 'string' },
    node: { type: 'string', default: '24' },
    tools: { type: 'string', default: 'immaculata' },
    write: { type: 'boolean', default: false },
  },
})
const here = fileURLToPath(new URL('.', import.meta.url))
const { folder } = values
if (folder === undefined) {
  console.error('usage: pnpm apps --folder FOLDER [--only NAME,…] [--node 24] [--tools immaculata,watch] [--write]\n')
  console.error('FOLDER has a clone of each application, with its dependencies installed as its own instructions say:')
  for (const { name, repository, commit, needs } of await recipes()) {
    console.error(`  ${name.padEnd(24)} github.com/${repository} at ${commit}${needs ? `, ${needs}` : ''}`)
  }
  process.exit(9)
}
const node = nodeOfLine(values.node).binary
const chosen = (await recipes()).filter(({ name }) =>
  (values.only?.split(',') ?? [name]).some(part => name.includes(part)),
)
const results: Result[] = []
let port = 4_100
for (const recipe of chosen) {
  if (!existsSync(join(folder, recipe.name))) {
    console.log(`${recipe.name}: there is no such clone`)
    continue
  }
  for (const tool of values.tools.split(',') as Tool[]) {
    console.log(`${recipe.name} (${recipe.kind}), ${tool}`)
    const ports = [port++, port++] as const
    results.push(
      await tryRecipe(recipe, tool, { folder: resolve(folder), node, ports, log: line => console.log(line) }),
    )
  }
}
const text = table(results)
console.log(text)
if (values.write) {
  const file = join(here, 'RESULTS.md')
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^\|[\s\S]*\|$/m, text))
}

async function recipes(): Promise<Recipe[]> {
  const files = readdirSync(join(here, 'recipes'))
    .filter(file => file.endsWith('.ts'))
    .sort()
  return Promise.all(files.map(async file => ((await import(`./recipes/${file}`)) as { default: Recipe }).default))
}
