/** Modules that Node was given and that did not finish: they failed in linking or in evaluating, and have to be renewed. */
import type { HotModule } from '../modules/module.ts'
import type { Program } from '../modules/program.ts'
import type { LoaderCaches } from '../node/loader-caches.ts'
import { remembersErrors } from '../node/node-versions.ts'
import { loadedExports } from '../node/require-cache.ts'
import { reachableFrom } from './unused-modules.ts'

/**
 * Takes the modules that failed out of `unfinished`: in linking, or, where Node forgets it, in evaluating. Called at the beginning
 * of a macrotask, when no import is half way: so what is still pending did not link.
 */
export function takeFailed(unfinished: Set<HotModule>, caches: LoaderCaches | undefined): HotModule[] {
  const failed: HotModule[] = []
  let isHalfWay = false
  for (const module of unfinished) {
    const status = module.loaded ? caches?.statusOf(module.url) : undefined
    isHalfWay ||= status === 'pending'
    if (wasRequired(module)) {
      unfinished.delete(module)
      continue
    }
    if (status === 'evaluated') caches?.finished(module.url)
    if (status === 'pending' || (status === 'errored' && (module.commonjs || !remembersErrors))) failed.push(module)
    // It failed in a `require()`, and Node has no wrapper of this version yet that an import() could be told of.
    else if (status === undefined && module.commonjs && module.loaded) continue
    unfinished.delete(module)
  }
  if (isHalfWay) caches?.forgetHalfWay()
  return failed
}

/**
 * What keeps a module from being linked: modules whose imports could not be loaded, and what leads to them. It may be asked
 * in the middle of everything, so whatever is being linked or evaluated is left alone.
 */
export function unlinkedBelow(program: Program, module: HotModule, caches: LoaderCaches | undefined): HotModule[] {
  if (!caches) return []
  const { graph } = program
  const below = reachableFrom(graph, [module.id])
  const modules = [...below].flatMap(id => program.byId(id) ?? []).filter(({ loaded }) => loaded)
  const unlinked = new Set(modules.filter(({ url }) => caches.cannotLink(url)).map(({ id }) => id))
  for (const id of unlinked)
    for (const importer of graph.importersOf(id)) if (below.has(importer)) unlinked.add(importer)
  return modules.filter(
    module => unlinked.has(module.id) && caches.statusOf(module.url) === 'pending' && !wasRequired(module),
  )
}

/** A module that was required is evaluated, even if the wrapper made for an import failed. */
function wasRequired(module: HotModule): boolean {
  return module.commonjs && module.loaded && loadedExports(module.filename) !== undefined
}
