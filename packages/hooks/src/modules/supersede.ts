/**
 * How a version of a module ends. This is the one place where one does, and nothing in it waits: the module gets a new version,
 * and Node's caches let go of the old one.
 */
import { nextVersion } from '@hot/tree'
import { dropFacade, dropRequired, loadedExports } from '../node/require-cache.ts'
import type { HotModule, ModuleHost } from './module.ts'
import type { StaleModule } from './stale-module.ts'

/** Gives modules, and all that is stale with them, a new version; drops what Node holds of the superseded ones. */
export function supersede(program: ModuleHost, ids: Iterable<string>): StaleModule[] {
  const stale = program.plan(ids)
  const urls = stale.map(({ module }) => module.url)
  program.graph.invalidate(ids)
  stale.forEach(({ module, loaded }, index) => {
    const url = urls[index]!
    module.invalidated()
    if (module.isForeign && url === module.id) forgetAtOnce(program, module)
    if (!loaded) return
    module.outdated = true
    letGo(program, module, url)
  })
  return stale
}

/** The next version has the same URL. */
function forgetAtOnce({ afterUpdate }: ModuleHost, module: HotModule): void {
  module.isForgettable = afterUpdate?.forget(module.id) ?? false
  module.forgetUrl()
}

function letGo({ afterUpdate }: ModuleHost, module: HotModule, url: string): void {
  const exports = module.commonjs ? loadedExports(module.filename)?.exports : undefined
  if (exports !== undefined) afterUpdate?.supersededVersions.add(module, exports)
  const imported = exports === undefined ? module : undefined
  // `require()` treats a file with any other extension as JavaScript. If it is a module, the ESM loader keeps it by its file name.
  if (module.commonjs && !/\.(?:[cm]?[jt]s|json)$/.test(module.path)) afterUpdate?.forget(module.id)
  const urls = dropFromRequire(module, url)
  const isForgotten = module.isForeign && url === module.id
  afterUpdate?.superseded(isForgotten ? urls : [url, ...urls], imported)
}

/**
 * Drops what the CommonJS loader holds of a module's superseded version. Returns the URLs under which the ESM loader holds facades
 * of it.
 */
function dropFromRequire(module: HotModule, url: string): string[] {
  if (module.commonjs) {
    dropRequired(module.filename)
    module.commonjs = false
  }
  return dropFacade(module.filename, url)
}

/**
 * Gives a new version to each module that was loaded, did not finish, and is not stale already. Its importers are not touched.
 * Without this, a CommonJS module that threw would seem evaluated to its second importer, and an ES module that did not link
 * could not be required (`ERR_REQUIRE_ESM_RACE_CONDITION`).
 */
export function renewUnfinished(program: ModuleHost, ids: Iterable<string>): string[] {
  const unfinished = program.afterUpdate?.takeUnfinished() ?? []
  if (unfinished.length === 0) return []
  const stale = new Set(program.graph.plan(ids).map(({ id }) => id))
  const renewed = unfinished.filter(({ id }) => !stale.has(id))
  for (const module of renewed) renew(program, module)
  return renewed.map(({ id }) => id)
}

/** Gives a new version to the modules that keep this one from being linked, so that Node reports their errors once more. */
export function renewUnlinked(program: ModuleHost, module: HotModule): void {
  for (const unlinked of program.afterUpdate?.unlinkedBelow(module) ?? []) renew(program, unlinked)
}

/** Gives a new version to one module, and leaves its importers as they are. */
export function renew(program: ModuleHost, module: HotModule): void {
  const { graph, afterUpdate } = program
  const { url } = module
  graph.setVersion(module.id, nextVersion())
  module.invalidated()
  // Its importers failed with it, and still depend on its dependencies.
  module.outdated = false
  const isForgotten = module.isForeign && url === module.id
  if (isForgotten) forgetAtOnce(program, module)
  const urls = dropFromRequire(module, url)
  afterUpdate?.superseded(isForgotten ? urls : [url, ...urls])
}
