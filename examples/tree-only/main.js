/** A folder in memory, without modules: read it, write to it, list it, watch it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FileTree } from '@hot/tree'

const folder = mkdtempSync(join(tmpdir(), 'tree-only-'))
writeFileSync(join(folder, 'poem.txt'), 'The fog comes\n')

const tree = new FileTree(folder, import.meta.dirname)
console.log('read:', tree.files.get('/poem.txt')?.text.trim())

await tree.write('/drafts/poem.txt', 'on little cat feet.\n') // in memory only
console.log('list:', tree.list('/'))
console.log('glob:', tree.glob('**/*.txt'))

tree.watch().on('filesUpdated', changes => {
  for (const { path, kind } of changes) console.log(`${kind}:`, path, '→', tree.files.get(path)?.text.trim())
  tree.close() // now the process can end
  console.log('copied:', tree.writeTo(join(folder, 'copy')))
  rmSync(folder, { recursive: true })
})

writeFileSync(join(folder, 'poem.txt'), 'It sits looking\n') // as an editor would save it
