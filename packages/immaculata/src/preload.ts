/**
 * `node --require immaculata/register server.js`: the same as `register.ts`, for `require`. Any `--import` makes Node load the entry
 * point through its ESM loader; with `--require` it is loaded as usual. Built as CommonJS.
 */
import { createRequire } from 'node:module'
import { isMainThread } from 'node:worker_threads'
import { withholdFromChildren } from './command/program/hide-from-children.ts'
import { hideOwnFiles } from './command/program/hide-own-files.ts'

const require = createRequire(__filename)

withholdFromChildren(__dirname)
if (isMainThread) {
  const { takeOver } = require('./start.js') as typeof import('./command/program/start.ts')
  takeOver()
}
hideOwnFiles(require.cache, __dirname)
