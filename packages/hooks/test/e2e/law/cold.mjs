/**
 * A process without our hooks. Each state of a program has a folder of its own, so no state knows anything of another. With
 * `as-javascript`, Node loads imported CommonJS TypeScript in the same way as imported CommonJS JavaScript.
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
