/**
 * Loads everything that `preload.ts` needs, and starts nothing. The command requires it before the program's own preloads, because a
 * compiler among them may compile every file outside `node_modules`, those of this product included. Built as CommonJS.
 */
import { isMainThread } from './command/shared/main-thread.ts'
import { loadWhole } from './command/shared/whole.ts'

if (isMainThread()) loadWhole()
