/**
 * `node --import immaculata/register server.js`: the program runs hot. Workers load it as well, and do nothing here. Children do not
 * load it. `preload.ts` is the same for `--require`.
 */
import { isMainThread } from 'node:worker_threads'
import { withholdFromChildren } from './command/program/hide-from-children.ts'

withholdFromChildren(import.meta.dirname)
if (isMainThread) {
  const { takeOver } = await import('./command/program/start.ts')
  takeOver()
}
