export { Hot, type HotOptions, type HotStats, useTree } from './hooks.ts'
export type { HotContext, ModuleNamespace } from './hot.ts'
export type { HotModule, StaleModule } from './modules.ts'
export type { Check, FinishedUpdate, StagedUpdate } from './update.ts'
