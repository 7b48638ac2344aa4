/** Asks whoever looks at the files at the moment whether every save was noticed: the program, or what waits for a save in its place. */
import type { ProgramProcess } from './program-process.ts'
import type { SaveWatch } from './save-watch.ts'

export class Questions {
  readonly #asked = new Map<number, (waiting: boolean) => void>()
  #last = 0
  #program: ProgramProcess | undefined
  /** What waits for a save while no program runs. */
  watch: Promise<SaveWatch> | undefined

  /** The program that runs. */
  set program(program: ProgramProcess | undefined) {
    this.#program = program
    for (const id of [...this.#asked.keys()]) this.answered({ id, waiting: false })
  }

  /** Something that waits for a save is about to be there. Returns what tells of it. */
  expectWatch(): (watch: SaveWatch) => void {
    let found: (watch: SaveWatch) => void = () => {}
    this.watch = new Promise(resolve => {
      found = resolve
    })
    return found
  }

  /** Resolves when every save before this call was noticed. Says whether the first evaluation still waits. */
  async ask(isFirst: boolean): Promise<boolean> {
    if (this.#program) {
      const id = ++this.#last
      this.#program.ask({ ask: 'settled', id, isFirst })
      return new Promise(resolve => this.#asked.set(id, resolve))
    }
    await (await this.watch)?.whenSettled()
    // The one who waits starts the program in a turn of its own.
    for (let turn = 0; turn < 3; turn++) await new Promise(resolve => setImmediate(resolve))
    return false
  }

  answered({ id, waiting }: { readonly id: number; readonly waiting: boolean }): void {
    this.#asked.get(id)?.(waiting)
    this.#asked.delete(id)
  }
}
