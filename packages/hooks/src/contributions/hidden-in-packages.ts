/**
 * Old code in what packages hide: in the variables of their modules, in private fields, in closures. Modules that were re-evaluated
 * come in; the function of an old version that a package still leads to comes out, with the package's name. The invariant: nothing
 * of the program runs, and what a package holds of current versions is not told.
 */
import type { HotModule } from '../modules/module.ts'
import type { Program } from '../modules/program.ts'
import { idOf } from '../modules/version-url.ts'
import type { Inspector } from '../node/inspector.ts'
import { valuesOf } from '../node/module-values.ts'
import { areListeners, isObject, makerOf, ObjectWalk } from '../node/object-graph.ts'
import { scriptIdOf } from '../node/scripts.ts'
import type { Containers } from './containers.ts'
import { packagesIn } from './source-text.ts'
import { topLevelValues } from './top-level-values.ts'

export interface Hidden {
  readonly module: HotModule
  /** The package that holds it. */
  readonly name: string
}

/** What is known of a module that was re-evaluated. */
export interface Replaced {
  /** Whether its text is another one. */
  readonly hasChanged: boolean
  /** The scripts that were compiled before that have smaller ids. */
  readonly before: number
}

interface Held {
  readonly fn: object
  /** The package that holds it. */
  readonly name: string
}

/** So many objects are looked through to find a function of a package's file. */
const manySteps = 40
/** So many objects of one package's module are followed. */
const manyObjects = 5_000
/** A step takes at most so many ms, because the program waits meanwhile. */
const sliceLength = 4

export interface Search {
  readonly program: Program
  readonly containers: Containers
  readonly inspector: () => Inspector
}

/** Looks through the packages that these modules import. Yields where it is time to pause. */
export function* hiddenInPackages(
  replaced: ReadonlyMap<HotModule, Replaced>,
  { program, containers, inspector }: Search,
): Generator<void, Hidden | undefined> {
  const held = new Map<HotModule, Held[]>()
  const used = new Set([...replaced.keys()].flatMap(({ file }) => packagesIn(file?.text ?? '')))
  const check = (fn: unknown, name: string): boolean => {
    const module = containers.moduleOf(fn, inspector())
    if (module && replaced.has(module)) {
      held.set(module, [...(held.get(module) ?? []), { fn: fn as object, name }])
    }
    return module === undefined
  }
  const walk = new ObjectWalk<string>({
    scripts: containers.scripts,
    limit: manyObjects,
    // Of metadata that a package keeps for each class, nobody asks for those of an old class.
    isKeyLeftOut: key => {
      const module = containers.moduleOf(key, inspector())
      return module !== undefined && replaced.has(module)
    },
    visit(object, name, key, holder) {
      if (areListeners(key, holder)) return false
      if (typeof object === 'function') return check(object, name)
      const maker = makerOf(object)
      return typeof maker !== 'function' || check(maker, name)
    },
  })
  for (const [exports, name, url] of containers.packageExports()) {
    if (!used.has(name)) continue
    const isOwn = (script: string) => idOf(script) === idOf(url)
    const values = valuesOf(exports, isOwn, containers.scripts, inspector(), manySteps)
    for (const [key, value] of values.variables) walk.add(value, name, key)
    while (!walk.run(inspector(), performance.now() + sliceLength)) yield
    yield
  }
  // In one go, since variables may change in a pause.
  for (const [module, functions] of held) {
    const values = topLevelValues(program, module, containers.scripts, inspector())
    const all = functions.map(({ fn }) => inspector().hiddenPartsOf(fn).scopes.at(-1)?.variables ?? {})
    const current = values?.complete ? Object.fromEntries(values.variables) : all.at(-1)!
    const { hasChanged, before } = replaced.get(module)!
    const isOlder = ({ fn }: Held) => hasChanged && scriptIdOf(fn) < before
    const old = functions.find((held, index) => differ(all[index]!, current) || isOlder(held))
    if (old) return { module, name: old.name }
  }
  return undefined
}

/**
 * Two versions of a module never share an object in their variables, except what they import. V8 gives both one script if their texts
 * are the same.
 */
function differ(one: Readonly<Record<string, unknown>>, other: Readonly<Record<string, unknown>>): boolean {
  for (const name in one) if (isObject(one[name]) && isObject(other[name]) && one[name] !== other[name]) return true
  return false
}
