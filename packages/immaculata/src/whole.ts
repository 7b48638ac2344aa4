/**
 * Everything of this product in one file, with the packages `@hot/*` in it: a process that runs hot loads nothing else. Whoever imports
 * one of these packages in such a process gets what is in here: there is one instance of each. Built as CommonJS, `bundle.cjs`.
 */
// First: all others take their timers while they are evaluated.
import './command/program/own-work.ts'
import * as dispose from '@hot/dispose'
import * as auto from '@hot/dispose/auto'
import * as ownership from '@hot/dispose/ownership'
import * as graph from '@hot/graph'
import * as hooks from '@hot/hooks'
import * as tree from '@hot/tree'
import { giveTimersBack, hidden, ownTimeout } from './command/program/own-work.ts'
import { takeOver as begin } from './command/program/start.ts'
import { instances, version } from './command/shared/instances.ts'
import * as ownHooks from './hooks.ts'
import * as library from './index.ts'

export { SaveWatch } from './command/supervisor/save-watch.ts'

/** For those who load this: the program does not see this timer. */
export { ownTimeout }

/** Makes this process's program hot. */
export const takeOver = (): void => hidden(begin)

giveTimersBack()

const packages = {
  '@hot/dispose': dispose,
  '@hot/dispose/auto': auto,
  '@hot/dispose/ownership': ownership,
  '@hot/graph': graph,
  '@hot/hooks': hooks,
  '@hot/tree': tree,
  immaculata: library,
  'immaculata/hooks': ownHooks,
}

/** By name and version: a package of another version is another package. */
const all = Object.fromEntries(Object.entries(packages).map(([name, exports]) => [`${name}@${version}`, exports]))
const found = (globalThis as Record<symbol, object>)[instances] ?? {}
Object.defineProperty(globalThis, instances, { configurable: true, value: { ...all, ...found } })
