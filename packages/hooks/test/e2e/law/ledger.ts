/**
 * The ledger of `onModuleInvalidated`. For every evaluation that registered, it must be called once, and awaited, if and only if the
 * evaluation became stale; importers first.
 */
import { fileOf, type Violation } from './judge.ts'
import { closure, reachable, type State, sureDependenciesOf } from './state.ts'

export interface Books {
  /** Every registration so far. */
  readonly registered?: readonly { readonly name: string; readonly fired: number; readonly done: boolean }[]
  /** The registrations that were called since the last report, in order. */
  readonly fired?: readonly number[]
}

export class Ledger {
  /** Registrations that were not called yet. */
  readonly #live = new Map<number, string>()
  readonly #ended = new Set<string>()
  registered = 0
  fired = 0

  /** After an update. `before`: the state before it. `stale`: everything that it may make stale. `used`: what is still imported. */
  updated(
    books: Books,
    step: number,
    before: State,
    changed: Iterable<string>,
    { stale, used }: { stale: Set<string>; used: Set<string> },
  ): Violation | undefined {
    const fired = new Set(books.fired)
    const wrong = (hot: string, cold: string): Violation => ({ kind: 'ledger', step, hot, cold })
    // How much of a failed module's imports was loaded is not certain: at the first missing one, Node stops.
    const must = closure(before, changed, (path, source) =>
      this.#ended.has(path) ? sureDependenciesOf(path, source) : [],
    )
    for (const [number, name] of this.#live) {
      const isSure = [...changed].includes(fileOf(name)) || this.#ended.has(name)
      if (!fired.has(number) && must.has(fileOf(name)) && isSure)
        return wrong(`${name} was not told`, 'it became stale')
    }
    for (const number of fired) {
      const { name, done } = books.registered![number]!
      const file = fileOf(name)
      if (name !== file) continue // with a query, it may be another module that is used
      if (!stale.has(file) && used.has(file) && this.#ended.has(name))
        return wrong(`${name} was told`, 'it is not stale')
      // A module that nothing imports any more is closed when the update is over.
      if (stale.has(file) && used.has(file) && !done) return wrong(`${name} was told, and not waited for`, '')
    }
    const violation = this.#order(books, step, before) ?? this.#enter(books, step)
    for (const number of fired) this.#ended.delete(books.registered![number]!.name)
    return violation
  }

  /** After the program's imports. The log has what was evaluated. Modules that nothing imports any more may be closed. */
  observed(
    books: Books,
    step: number,
    log: readonly string[],
    state: State,
    roots: readonly string[],
  ): Violation | undefined {
    for (const line of log) {
      if (line.startsWith('end ')) this.#ended.add(line.slice(4))
      else this.#ended.delete(line.slice(6))
    }
    const used = reachable(state, roots)
    for (const number of books.fired ?? []) {
      const { name } = books.registered![number]!
      // It was called just before the program imported the module, which evaluated it once more.
      if (books.registered!.findLastIndex(other => other.name === name) > number) continue
      if (used.has(name) && this.#ended.has(name)) {
        return { kind: 'ledger', step, hot: `${name} was told that nothing imports it`, cold: `it is imported` }
      }
    }
    return this.#enter(books, step)
  }

  /** The files whose evaluations ended although nothing changed: a later import re-evaluates them. */
  closed(books: Books): string[] {
    return (books.fired ?? []).map(number => fileOf(books.registered![number]!.name))
  }

  /** The files whose newest evaluation has ended. */
  ended({ registered = [] }: Books): string[] {
    const newest = new Map(registered.map(entry => [entry.name, entry]))
    return [...newest.values()].filter(({ fired }) => fired > 0).map(({ name }) => fileOf(name))
  }

  /** After an update during which the program went on importing: which evaluations had to be called is not certain. */
  raced(books: Books, step: number): Violation | undefined {
    return this.#enter(books, step)
  }

  #order(books: Books, step: number, before: State): Violation | undefined {
    const names = (books.fired ?? []).map(number => books.registered![number]!.name)
    for (const [index, name] of names.entries()) {
      for (const earlier of names.slice(0, index)) {
        if (earlier !== fileOf(earlier) || names.indexOf(name) < names.indexOf(earlier)) continue
        // A failed module is given up at the next update, whoever imports it.
        if (!this.#ended.has(name) || !this.#ended.has(earlier)) continue
        const file = fileOf(name)
        // One imports the other, and not the other way round.
        const source = before.get(file)
        const imports = source ? sureDependenciesOf(file, source) : []
        if (earlier === file || !imports.includes(earlier) || closure(before, [file]).has(earlier)) continue
        return { kind: 'ledger', step, hot: `${earlier} was told before ${name}`, cold: 'importers come first' }
      }
    }
    return undefined
  }

  #enter({ registered = [], fired = [] }: Books, step: number): Violation | undefined {
    for (const [number, { name, fired }] of registered.entries()) {
      if (fired > 1) return { kind: 'ledger', step, hot: `${name} was told ${fired} times`, cold: 'once' }
      if (fired === 0) this.#live.set(number, name)
    }
    for (const number of fired) this.#live.delete(number)
    this.registered = registered.length
    this.fired += fired.length
    return undefined
  }
}
