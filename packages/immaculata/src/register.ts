/**
 * `node --import immaculata/register server.js`: the program runs hot. Workers load what their process was started with, too,
 * and have nothing to do here; forked children do not get to load it, see `takeOver`.
 */
import { isMainThread } from 'node:worker_threads'

if (isMainThread) {
  const { takeOver } = await import('./command/start.ts')
  takeOver(import.meta.url)
}
