/**
 * Finds what an evaluation changed in place without adding anything: elements in another order, entries that are gone, an object that
 * was frozen, a prototype that was put in front of the one before. The containers of modules that stay come in before an update; those
 * that were changed so come out. The invariant: what is as it was before the old versions were cleaned up was not changed.
 */
import { prototypeOf } from '../node/objects-of-node.ts'
import type { Container } from './container.ts'
import type { Grown } from './growth.ts'

/** The order of more elements is not looked at. */
const manyElements = 1_000

type Elements = readonly unknown[] | undefined

export class Rearranged {
  readonly #own: readonly Container[]
  readonly #prototypes: readonly (object | undefined)[]
  /** Those whose elements may be put into another order. */
  readonly #ordered: readonly Container[]
  readonly #atFirst: readonly Elements[]
  #before: readonly Elements[] | undefined
  readonly #reordered = new Set<Container>()

  constructor(containers: readonly Container[]) {
    this.#own = containers.filter(({ isOwn }) => isOwn)
    this.#prototypes = this.#own.map(({ ref }) => {
      const object = ref.deref()
      return object && prototypeOf(object)
    })
    this.#ordered = this.#own.filter(({ isReordered }) => isReordered)
    this.#atFirst = this.#ordered.map(elementsOf)
  }

  stretchBegan(): void {
    this.#before ??= this.#ordered.map(elementsOf)
  }

  stretchEnded(): void {
    const before = this.#before
    this.#before = undefined
    this.#ordered.forEach((container, index) => {
      if (isOtherOrder(before?.[index], elementsOf(container))) this.#reordered.add(container)
    })
  }

  /** The containers that were changed, and are not what they were before the update. */
  changed(): Grown[] {
    const reordered = this.#ordered.filter(
      (container, index) => this.#reordered.has(container) && isOtherOrder(this.#atFirst[index], elementsOf(container)),
    )
    const changed = this.#own.filter(({ ref }, index) => {
      const [object, prototype] = [ref.deref(), this.#prototypes[index]]
      return object !== undefined && isClosedOrExtended(object, prototype)
    })
    return [...new Set([...reordered, ...changed])].map(container => ({ container, by: 1, files: new Set() }))
  }
}

/** Only objects that could be extended are indexed. `prototype`: what it was before. */
function isClosedOrExtended(object: object, prototype: object | undefined): boolean {
  if (!Object.isExtensible(object)) return true
  if (prototypeOf(object) === prototype) return false
  for (let next = prototypeOf(object); next; next = prototypeOf(next)) if (next === prototype) return true
  return prototype === undefined
}

function elementsOf({ ref }: Container): Elements {
  const array = ref.deref() as unknown[] | undefined
  return array && array.length <= manyElements ? [...array] : undefined
}

/** Whether there are the same elements in another order. */
function isOtherOrder(before: Elements, now: Elements): boolean {
  if (!before || !now || before.length !== now.length) return false
  if (before.every((value, index) => Object.is(value, now[index]))) return false
  const counts = new Map<unknown, number>()
  for (const value of before) counts.set(value, (counts.get(value) ?? 0) + 1)
  return now.every(value => {
    const count = counts.get(value) ?? 0
    counts.set(value, count - 1)
    return count > 0
  })
}
