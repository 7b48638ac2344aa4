/** A process without hooks. Each state of a program has a folder of its own, so nothing of one is known of another. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { cleaner, installGlobals, observe } from './fingerprint.mjs'

const log = installGlobals()
process.on('unhandledRejection', () => {})
process.on('message', async ({ folder, observations }) => {
  const program = await import(pathToFileURL(join(folder, 'outside.mjs')).href)
  process.send(await observe(program, observations, cleaner(join(folder, 'app')), log))
})
process.send('ready')
