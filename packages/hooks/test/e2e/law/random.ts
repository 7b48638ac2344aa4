/** Random choices, made from fast-check's numbers: one seed decides them all. */
import type fc from 'fast-check'

export class Random {
  readonly #numbers: fc.Random

  constructor(numbers: fc.Random) {
    this.#numbers = numbers
  }

  /** From `from` to `to`, both included. */
  int(from: number, to: number): number {
    return this.#numbers.nextInt(from, to)
  }

  chance(probability: number): boolean {
    return this.#numbers.nextDouble() < probability
  }

  pick<T>(list: readonly T[]): T {
    return list[this.int(0, list.length - 1)]!
  }

  weighted<T>(list: readonly (readonly [T, number])[]): T {
    let at = this.#numbers.nextDouble() * list.reduce((sum, [, weight]) => sum + weight, 0)
    for (const [value, weight] of list) {
      at -= weight
      if (at < 0) return value
    }
    return list.at(-1)![0]
  }

  sample<T>(list: readonly T[], count: number): T[] {
    const rest = [...list]
    const chosen: T[] = []
    while (chosen.length < count && rest.length > 0) chosen.push(...rest.splice(this.int(0, rest.length - 1), 1))
    return chosen
  }
}
