/**
 * A process without hooks of ours. Each state of a program has a folder of its own, so nothing of one is known of another.
 * With `as-javascript`, Node loads imported CommonJS in TypeScript in the way in which it loads imported CommonJS in JavaScript.
 */
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { cleaner, installGlobals, observe } from './fingerprint.mjs'

if (process.argv[2] === 'as-javascript') {
  registerHooks({
    load(url, context, next) {
      const result = next(url, context)
      return result.format === 'commonjs-typescript' ? { ...result, format: 'commonjs', source: null } : result
    },
  })
}
const log = installGlobals()
process.on('unhandledRejection', () => {})
process.on('message', async ({ folder, observations }) => {
  const program = await import(pathToFileURL(join(folder, 'outside.mjs')).href)
  process.send(await observe(program, observations, cleaner(join(folder, 'app')), log))
})
process.send('ready')
