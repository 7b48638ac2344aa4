/** `whole.cjs`: what `whole.ts` exports, from V8's code cache. Built as CommonJS. */
import { exportsOf } from './command/shared/code-cache.ts'

module.exports = exportsOf(`${__dirname}/bundle.cjs`, __filename)
