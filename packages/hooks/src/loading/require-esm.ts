/**
 * `require()` of an ES module of a tree. Node would evaluate it a second time, beside what `import` sees; a facade, a small module
 * under a file name of its own, makes both see one instance.
 */
import { pathToFileURL } from 'node:url'
import type { HotModule } from '../modules/module.ts'
import { renewUnlinked } from '../modules/supersede.ts'
import { addFacade, facadeAt, facadeName, nameFile, showFacade } from '../node/facades.ts'
import { type CompilableModule, facadeExtension } from '../node/internals.ts'
import { requireTellsErrors } from '../node/node-versions.ts'
import { compileExtension, requireFile } from '../node/require-cache.ts'
import { generated } from './generated-code.ts'

/** The URL that the resolve hook answers when an ES module of a tree is required. */
export function facadeOf(module: HotModule): string {
  compileExtension(facadeExtension, loadFacade)
  const name = facadeName(module.filename, module.url)
  addFacade(name, module)
  return pathToFileURL(name).href
}

/**
 * What `require()` of an ES module gives: its `'module.exports'` export; else its namespace; except that a module with a
 * default export gets `__esModule` beside its own names (`populateCJSExportsFromESM` in Node's CommonJS loader).
 */
function loadFacade(facade: CompilableModule, filename: string): void {
  const module = facadeAt(filename) as HotModule
  requiring++
  try {
    evaluateFacade(facade, filename, module)
    if (!module.uncompiled) showFacade(filename, module.filename)
  } catch (error) {
    nameFile(error, filename, module.filename)
    // It failed because its module did, which says why whenever it is asked. Of this, Node would only say that it is not linked.
    for (const name of [filename, facadeName(module.filename, module.url)])
      module.program.afterUpdate?.forget(pathToFileURL(name).href)
    throw error
  } finally {
    requiring--
  }
}

function evaluateFacade(facade: CompilableModule, filename: string, module: HotModule): void {
  const { program } = module
  try {
    compileFacade(facade, filename, module.id)
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    if (code === 'ERR_UNKNOWN_FILE_EXTENSION' && message.endsWith(` for ${module.filename}`)) {
      // Nobody compiles it: `import` refuses it, and `require` takes it for JavaScript.
      module.uncompiled = true
      facade.exports = requireFile(module.filename)
      return
    }
    const own =
      code === 'ERR_REQUIRE_ASYNC_MODULE' && requireTellsErrors ? program.afterUpdate?.errorOf(module) : undefined
    if (own) throw own.error
    // Before Node 24.21, a module that `import()` could not link cannot be linked by anybody else either, who would say why. On
    // 22.15.0 and 24.0.0 that is ERR_INTERNAL_ASSERTION.
    const unlinked = code === 'ERR_VM_MODULE_LINK_FAILURE' || /^Unexpected module status 0\b/.test(message)
    if (!unlinked) throw error
    renewUnlinked(program, module)
    compileFacade(facade, facadeName(module.filename, module.url), module.id)
  }
}

/** Whether what is loaded now is loaded for a `require()` of an ES module. */
export const isRequiring = (): boolean => requiring > 0

let requiring = 0

/** By its id: compilers (tsx) put a specifier's query back behind the version that the resolve hook answers. */
function compileFacade(facade: CompilableModule, filename: string, id: string): void {
  const url = JSON.stringify(id)
  facade._compile(
    `import * as ns from ${url}; export { ns as 'module.exports' }\n//# sourceURL=${generated}`,
    filename,
    'module',
  )
  const namespace = facade.exports as Record<string, unknown>
  if (Object.hasOwn(namespace, 'module.exports')) facade.exports = namespace['module.exports']
  else if (Object.hasOwn(namespace, 'default') && !Object.hasOwn(namespace, '__esModule')) {
    const source = `export * from ${url}; export { default } from ${url}; export const __esModule = true\n//# sourceURL=${generated}`
    facade._compile(source, `${filename}${facadeExtension}`, 'module')
  }
}
