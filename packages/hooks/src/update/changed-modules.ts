/** What a change of files means to the graph, before anything is planned. */
import type { Change, FileTree } from '@hot/tree'
import type { Program } from '../modules/program.ts'

/** The modules that change with these files. To import a folder is an error of its own: so one that appears or vanishes counts. */
export function changedIds(program: Program, tree: FileTree, changes: readonly Change[]): string[] {
  const names = [...changes.map(({ path }) => path), ...changedFolders(program, tree, changes)]
  return names.flatMap(path => program.modulesOfFile(tree, path).map(module => module.id))
}

/** The imported folders that exist only before, or only after, these changes. */
function changedFolders(program: Program, tree: FileTree, changes: readonly Change[]): string[] {
  const asked = new Set<string>()
  for (const { path, kind } of changes) {
    if (kind === 'changed') continue
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      for (const name of [path.slice(0, end), path.slice(0, end + 1)])
        if (program.modulesOfFile(tree, name).length > 0) asked.add(name)
    }
  }
  return [...asked].filter(name => {
    const folder = name.endsWith('/') ? name : `${name}/`
    const kinds = new Map(changes.filter(({ path }) => path.startsWith(folder)).map(({ path, kind }) => [path, kind]))
    for (const path of tree.files.keys()) if (path.startsWith(folder) && !kinds.has(path)) return false
    return new Set(kinds.values()).size === 1
  })
}

/**
 * A superseded version that was not asked for again, though an importer was evaluated since, is only named by it
 * (`require.resolve`): what it imported once is nothing to that importer.
 */
export function forgetNamed(program: Program): void {
  const { graph } = program
  for (const { id, outdated } of program.all()) {
    if (!outdated) continue
    const dependencies = graph.dependenciesOf(id)
    if (dependencies.length === 0 || !graph.importersOf(id).some(importer => program.byId(importer)?.loaded)) continue
    graph.setDependencies(id, [])
    program.afterUpdate?.importersRemoved(dependencies)
  }
}
