export { Scope } from '@hot/dispose'
export { ModuleGraph } from '@hot/graph'
export { type Change, type ChangeKind, TreeFile, type TreeOptions } from '@hot/tree'
export { FileTree } from './tree.ts'
