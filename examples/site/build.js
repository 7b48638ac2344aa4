/** Writes the site into a folder: `node build.js [folder]`. It runs the same program once, without hot modules. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { addApi } from './api.js'
import { compile } from './compile.js'
import { addReference } from './reference.js'
import { tree } from './tree.js'

registerHooks({ load: compile })

await addReference(tree)
await addApi(tree)

const folder = resolve(process.argv[2] ?? join(import.meta.dirname, 'dist'))
const { answer, paths } = await import('./site/site.ts')

for (const path of paths()) {
  const file = join(folder, path.endsWith('/') ? `${path}index.html` : path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, answer(path)?.body ?? '')
}
console.log(`${paths().length} files written to ${folder}`)
tree.close()
