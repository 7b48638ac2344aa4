/** Repeatable random choices (mulberry32, public domain, by Tommy Ettinger). */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** From 0 up to, and without, `below`. */
  int(below: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let bits = this.#state
    bits = Math.imul(bits ^ (bits >>> 15), bits | 1)
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61)
    return ((bits ^ (bits >>> 14)) >>> 0) % below
  }

  chance(probability: number): boolean {
    return this.int(1_000_000) < probability * 1_000_000
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.int(choices.length)]!
  }
}
