export type { DrawingOptions, GraphData } from './drawings.ts'
export { type GraphOptions, ModuleGraph } from './graph.ts'
export type { Boundary, Step } from './plan.ts'
