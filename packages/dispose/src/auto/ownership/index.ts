export { type ModuleName, skipFilesIn } from './call-sites.ts'
export {
  awaitingFiles,
  type CallingModule,
  callingModule,
  callingModuleLater,
  isAnyModuleRunning,
  runningFiles,
} from './calling-module.ts'
export { evaluatedModule, isLoading, watchEvaluations } from './evaluations.ts'
export { knowModules, type Modules, outside } from './origins.ts'
export { type RunningModule, runningModule } from './running-module.ts'
