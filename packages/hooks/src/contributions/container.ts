/** One container: an object that can grow, or the variables of a module, and the module that holds it. */
import type { HotModule } from '../modules/module.ts'
import type { Inspector } from '../node/inspector.ts'
import { newestIn, type Weigh } from './container-size.ts'

/** So many elements of one container are looked at, the newest first. */
export const manyElements = 200

/** An object that can grow. The index does not keep it in memory. */
export interface Container {
  readonly ref: WeakRef<object>
  readonly module: HotModule
  readonly version: number
  /** The name of the property or variable that holds it. */
  readonly name: string
  readonly weigh: Weigh
  /** How much it held when it was indexed. */
  weight: number
  /** Some of its properties hold what may be built upon: methods, arrays. */
  readonly hasSlots: boolean
  /** Whether a value under this name, if it is no object, may be made of the one before it. */
  readonly counts?: ((name: string) => boolean) | undefined
  /** The tree's own code made it, and what holds it: what is taken out of it is not a loan, as a connection of a pool is. */
  readonly isOwn?: boolean
  /** An array whose elements may be put into another order. */
  readonly isReordered?: boolean
  /** The variables of a module, whose own function `ref` is: what they hold now, or what they held at the look of that number. */
  readonly variables?: (inspector: Inspector, look?: number) => [name: string, value: unknown][]
}

/** The values in a container, the newest ones if it has many. */
export function valuesIn({ ref, variables }: Container, inspector: Inspector): unknown[] {
  const object = ref.deref()
  if (!object) return []
  return variables ? variables(inspector).map(([, value]) => value) : newestIn(object, manyElements)
}
