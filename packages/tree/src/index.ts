export { TreeFile } from './files/tree-file.ts'
export { newestVersion, nextVersion } from './files/version.ts'
export { FileTree, type TreeOptions } from './tree.ts'
export type { BeforeUpdate, Change, ChangeKind, Update } from './updates/updates.ts'
