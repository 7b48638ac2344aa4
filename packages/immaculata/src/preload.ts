/**
 * `node --require immaculata/register server.js`: the program runs hot. Any `--import` makes Node load the entry point through its ESM
 * loader; with `--require` it is loaded as usual. Workers load this as well, and do nothing here. Children do not load it. Built as
 * CommonJS.
 */
import { createRequire } from 'node:module'
import { withholdFromChildren } from './command/program/hide-from-children.ts'
import { hideOwnFiles } from './command/program/hide-own-files.ts'
import { isMainThread } from './command/shared/main-thread.ts'
import { loadWhole } from './command/shared/whole.ts'
import type * as Whole from './whole.ts'

withholdFromChildren(__dirname)
if (isMainThread()) (loadWhole() as typeof Whole).takeOver()
hideOwnFiles(createRequire(__filename).cache, __dirname)
