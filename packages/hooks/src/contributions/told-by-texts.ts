/**
 * What the texts of a module, and of those that import it, tell of something that the module holds. Thousands of objects of one module
 * ask the same, so an answer is remembered, for as long as one index is made.
 */
import type { HotModule } from '../modules/module.ts'
import type { Program } from '../modules/program.ts'
import { addsTo } from './source-text.ts'

export class ToldByTexts {
  readonly #program: Program
  /** By the question. */
  readonly #answers = new Map<object, Map<string, boolean>>()

  constructor(program: Program) {
    this.#program = program
  }

  /** Something may have been saved. */
  forget(): void {
    this.#answers.clear()
  }

  /** Whether one of the texts adds to something of this name. */
  isCounted(name: string, module: HotModule, counts = addsTo): boolean {
    return this.#ask(counts, name, module, text => counts(name, text))
  }

  /** Whether something holds of one of the texts. */
  isSaid(holds: (text: string) => boolean, module: HotModule): boolean {
    return this.#ask(holds, '', module, holds)
  }

  #ask(question: object, name: string, module: HotModule, holds: (text: string) => boolean): boolean {
    const answers = this.#answers.get(question) ?? new Map<string, boolean>()
    this.#answers.set(question, answers)
    const key = `${name} ${module.id}`
    let answer = answers.get(key)
    if (answer === undefined) {
      const importers = this.#program.graph.importersOf(module.id).flatMap(id => this.#program.byId(id) ?? [])
      answer = [module, ...importers].some(({ file }) => file !== undefined && holds(file.text))
      answers.set(key, answer)
    }
    return answer
  }
}
