/**
 * Loads everything that `preload.ts` needs, and starts nothing. The command requires it before the program's own preloads, because a
 * compiler among them may compile every file outside `node_modules`, those of this product included. Built as CommonJS.
 */
import { createRequire } from 'node:module'
import { isMainThread } from 'node:worker_threads'

if (isMainThread) createRequire(__filename)('./start.js')
