/**
 * The top-level values of a loaded module. Its exports come in; all its variables come out by name, imports and those that are not
 * exported included. For the latter, a function of the module must be reachable from its exports: V8 lets a debugger see what a function
 * closes over. The values are those of the program; no code of it runs. A variable that no function uses is not seen.
 */
import { isModuleNamespaceObject } from 'node:util/types'
import type { Inspector } from './inspector.ts'
import { ObjectWalk } from './object-graph.ts'
import { type Scripts, scriptIdOf } from './scripts.ts'

export interface ModuleValues {
  readonly variables: ReadonlyMap<string, unknown>
  /** Are the variables that are not exported among them? */
  readonly complete: boolean
  /** A function of the module, which shows its variables. */
  readonly own: object | undefined
}

/** So many objects are looked through to find a function of the module. */
const manyObjects = 400

/**
 * The values of a module. `exported`: the namespace of an ES module, or `module.exports`. `isOwn` tells whether the URL of a script is
 * that of this module; a module that makes no functions has no `isOwn`.
 */
export function valuesOf(
  exports: unknown,
  isOwn: ((url: string) => boolean) | undefined,
  scripts: Scripts,
  inspector: Inspector,
  limit = manyObjects,
): ModuleValues {
  const variables = new Map<string, unknown>()
  if (isModuleNamespaceObject(exports)) {
    const namespace = exports as Record<string, unknown>
    for (const name of namesIn(namespace)) variables.set(name, valueIn(namespace, name))
  } else variables.set('module.exports', exports)
  const fn = isOwn && ownFunction(variables, isOwn, scripts, inspector, limit)
  if (!fn) return { variables, complete: false, own: undefined }
  // The exports of an ES module are there too, under their names inside the module.
  for (const [name, value] of variablesOf(fn, inspector)) variables.set(name, value)
  return { variables, complete: true, own: fn }
}

/** The top-level variables of the module that has a function in its source. */
export function variablesOf(fn: object, inspector: Inspector): [name: string, value: unknown][] {
  const outermost = inspector.hiddenPartsOf(fn).scopes.at(-1)
  return outermost ? Object.entries(outermost.variables) : []
}

/** The names of a namespace. Not `Object.keys()`: that looks at the values, and throws if one is not there yet. */
export function namesIn(namespace: object): string[] {
  return Reflect.ownKeys(namespace).filter(name => typeof name === 'string')
}

/** Reading an export that has no value yet throws. */
function valueIn(namespace: Record<string, unknown>, name: string): unknown {
  try {
    return namespace[name]
  } catch {
    return undefined
  }
}

/** The nearest function that the module itself made. */
function ownFunction(
  variables: ReadonlyMap<string, unknown>,
  isOwn: (url: string) => boolean,
  scripts: Scripts,
  inspector: Inspector,
  limit: number,
): object | undefined {
  let found: object | undefined
  const walk = new ObjectWalk<undefined>({
    scripts,
    limit,
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
