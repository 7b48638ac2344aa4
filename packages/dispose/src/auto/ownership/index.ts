export type { ModuleName } from './call-sites.ts'
export { evaluatedModule, isLoading, watchEvaluations } from './evaluations.ts'
export { knowModules, type Modules } from './origins.ts'
export { type RunningModule, runningModule } from './running-module.ts'
