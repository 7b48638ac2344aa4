/** The program of the README: a tree, its hooks, and an `import()` for every update. */
import { registerHooks } from 'node:module'
import { useTree } from '../../dist/hooks.js'
import { FileTree } from '../../dist/index.js'

export const name = 'immaculata'

export function open({ dir }) {
  const tree = new FileTree(dir, '/')
  registerHooks(useTree(tree))
  tree.watch()
  return {
    exact: true,
    load: () => import(`${tree.root}/entry.js`),
    changed: fn => tree.on('filesUpdated', fn),
  }
}
