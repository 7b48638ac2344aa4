/**
 * What somebody who calls a module's functions leaves where no property shows it: in the module's variables, and in private fields.
 * A function or an object comes in; a container of what it hides comes out.
 */
import type { HotModule } from '../modules/module.ts'
import type { Inspector } from '../node/inspector.ts'
import { hasPrivateFields, prototypeOf } from '../node/object-graph.ts'
import type { Container } from './container.ts'
import { weightOf } from './container-size.ts'
import { countedFieldsIn } from './source-text.ts'

export interface Hidden {
  /** The names of what is hidden. */
  readonly names: readonly string[]
  readonly read: (object: object, inspector: Inspector) => [name: string, value: unknown][]
  /** Whether a value is counted or added to: of what is only assigned, the last one wins. */
  readonly counts: (name: string) => boolean
  readonly inspect: <T>(use: (inspector: Inspector) => T) => T | undefined
}

/** The container of what an object hides. All of it is read in one go, at most once for each look. */
export function hiddenValues(object: object, module: HotModule, { names, read, counts, inspect }: Hidden): Container {
  const ref = new WeakRef(object)
  const counted = new Set(names.filter(counts))
  let seen: { readonly look: number; readonly values: [name: string, value: unknown][] } | undefined
  const variables = (inspector: Inspector, look?: number) => {
    if (look !== undefined && seen?.look === look) return seen.values
    const held = ref.deref()
    const values = held ? read(held, inspector) : []
    seen = look === undefined ? undefined : { look, values }
    return values
  }
  let weight = 0
  const weigh = (_: object, look?: number) => {
    const values = look !== undefined && seen?.look === look ? seen.values : inspect(variables)
    // Where nothing can be seen, nothing has changed.
    if (values) weight = values.reduce((sum, [name, value]) => sum + (counted.has(name) ? weightOf(value) : 0), 0)
    return weight
  }
  return {
    ref,
    module,
    version: module.version,
    name: names.find(name => counted.has(name)) ?? names[0]!,
    variables,
    hasSlots: false,
    isOwn: true,
    weigh: counted.size > 0 ? weigh : () => 0,
    weight: 0,
    counts: name => counted.has(name),
  }
}

const fieldsOfClasses = new WeakMap<object, readonly string[]>()

/** The private fields that the class of an object adds to; for a class, its static ones. */
export function countedFieldsOf(object: object): readonly string[] {
  if (typeof object === 'function') return /\bstatic\s+#/.test(sourceOf(object)) ? countedIn(object) : []
  if (!hasPrivateFields(object)) return []
  const names: string[] = []
  for (let prototype = prototypeOf(object); prototype; prototype = prototypeOf(prototype)) {
    const maker: unknown = Reflect.getOwnPropertyDescriptor(prototype, 'constructor')?.value
    if (typeof maker === 'function') names.push(...countedIn(maker))
  }
  return names
}

const sourceOf = (fn: object): string => Function.prototype.toString.call(fn)

function countedIn(maker: object): readonly string[] {
  const known = fieldsOfClasses.get(maker)
  if (known) return known
  const names = countedFieldsIn(sourceOf(maker))
  fieldsOfClasses.set(maker, names)
  return names
}
