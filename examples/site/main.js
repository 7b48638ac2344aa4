/** Starts the site hot: run `node main.js`, open the address it prints, and edit anything in `site/`. */
import { registerHooks } from 'node:module'
import { useTree } from 'immaculata/hooks.js'
import { compile } from './compile.js'
import { addReference } from './reference.js'
import { serve } from './server.js'
import { tree } from './tree.js'

registerHooks({ load: compile })
registerHooks(useTree(tree))

// Imported at every request. As long as nothing in it changed, this is the same module, for the price of a look-up.
const site = () => import('./site/site.ts')

await addReference(tree)
await site()
export const server = await serve(async path => (await site()).answer(path), Number(process.env.PORT ?? 3000))
console.log(`The site is at ${server.url}`)

tree.watch().on('filesUpdated', async () => {
  await site() // re-evaluates what is stale; if that fails, the error is printed, and the next save tries again
  server.refresh()
})
