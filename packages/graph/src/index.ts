export { type GraphOptions, ModuleGraph } from './graph.ts'
export type { Boundary, Step } from './plan.ts'
