export { TreeFile } from './file.ts'
export { FileTree, type TreeOptions } from './tree.ts'
export type { BeforeUpdate, Change, ChangeKind, Update } from './update.ts'
export { nextVersion } from './version.ts'
