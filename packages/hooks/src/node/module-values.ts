/**
 * The top-level values of a loaded module. Its exports come in; its variables come out by name, with those that are not exported
 * and the imports, as far as a function of the module can be reached from its exports: V8 lets a debugger see what that function
 * closes over. The values are the program's own, nothing is run. A variable that no function uses is nobody's any more, and is
 * not seen.
 */
import { isModuleNamespaceObject } from 'node:util/types'
import type { Inspector } from './inspector.ts'
import { ObjectWalk } from './object-graph.ts'
import { type Scripts, scriptIdOf } from './scripts.ts'

export interface ModuleValues {
  readonly variables: ReadonlyMap<string, unknown>
  /** Whether those that are not exported are among them. */
  readonly complete: boolean
}

/** Objects that are looked through for a function of the module's own. */
const manyObjects = 1_000

/**
 * The values of a module, given what it exports: the namespace of an ES module, or `module.exports`. `isOwn` says of a script's
 * URL whether it is this module's.
 */
export function valuesOf(
  exports: unknown,
  isOwn: (url: string) => boolean,
  scripts: Scripts,
  inspector: Inspector,
): ModuleValues {
  const variables = new Map<string, unknown>()
  if (isModuleNamespaceObject(exports)) {
    const namespace = exports as Record<string, unknown>
    for (const name of Object.keys(namespace)) variables.set(name, valueIn(namespace, name))
  } else variables.set('module.exports', exports)
  const fn = ownFunction(variables, isOwn, scripts, inspector)
  if (!fn) return { variables, complete: false }
  // The exports of an ES module stand there too, under the names they have inside.
  for (const [name, value] of variablesOf(fn, inspector)) variables.set(name, value)
  return { variables, complete: true }
}

/** The top-level variables of the module that a function stands in. */
export function variablesOf(fn: object, inspector: Inspector): [name: string, value: unknown][] {
  const outermost = inspector.hiddenPartsOf(fn).scopes.at(-1)
  return outermost ? Object.entries(outermost.variables) : []
}

/** An export that has no value yet throws. */
function valueIn(namespace: Record<string, unknown>, name: string): unknown {
  try {
    return namespace[name]
  } catch {
    return undefined
  }
}

/** The nearest function that was made by the module itself. */
function ownFunction(
  variables: ReadonlyMap<string, unknown>,
  isOwn: (url: string) => boolean,
  scripts: Scripts,
  inspector: Inspector,
): object | undefined {
  let found: object | undefined
  const walk = new ObjectWalk<undefined>({
    scripts,
    limit: manyObjects,
    visit(object) {
      if (found) return false
      if (scriptIdOf(object) >= 0 && isOwn(scripts.of(object, inspector).url)) found = object
      return found === undefined
    },
  })
  for (const [name, value] of variables) walk.add(value, undefined, name)
  walk.run(inspector, Number.POSITIVE_INFINITY)
  return found
}
