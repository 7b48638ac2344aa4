/** Hot modules without the meta package: a tree, and the hooks on it. */
import { registerHooks } from 'node:module'
import { useTree } from '@hot/hooks'
import { FileTree } from '@hot/tree'

const tree = new FileTree('src', import.meta.dirname)
const hot = useTree(tree)
registerHooks(hot)

hot.on('updated', ({ stale }) => {
  for (const { module, chain } of stale) {
    console.log('stale:', module.path, 'because of', chain.map(id => tree.pathOf(id)).join(' → '))
  }
})

console.log((await import('./src/greeting.js')).greeting)

// An edit in memory has the same effect as a save. The files on the disk do not change.
await tree.write('/name.js', `export const name = 'hot Node'`)

console.log((await import('./src/greeting.js')).greeting)

await hot.close() // disposes what the modules hold: the timer is cleared, and the process can end
