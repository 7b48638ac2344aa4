/**
 * Loads all that `preload.ts` needs, and begins nothing. The command has it required before the program's own preloads: a
 * compiler among them may take every file outside `node_modules` for its own, ours included. Built as CommonJS.
 */
import { createRequire } from 'node:module'
import { isMainThread } from 'node:worker_threads'

if (isMainThread) createRequire(__filename)('./start.js')
