/** Chooses the compiler that a TypeScript program needs, from those that its project has. What was chosen stays chosen. */
import { type Compiler, installedCompiler, isTypeScript, loadsSomething } from '../compilers/installed.ts'
import { compilerNeed } from '../compilers/needs.ts'
import { entryFile } from '../shared/find-root.ts'
import type { Options, Run } from '../shared/options.ts'

export class CompilerChoice {
  #isLooked = false
  #compiler: Compiler | undefined

  /** Looks at the text of the entry point, and of what it imports, before the first process begins. */
  look({ options, nodeFlags }: Run, entry: string | undefined): void {
    if (this.#isLooked || entry === undefined) return
    this.#isLooked = true
    if (options.compiler === false || !isTypeScript(entry) || loadsSomething(nodeFlags)) return
    const compiler = installedCompiler(entry)
    if (compiler && (!strips() || compilerNeed(entry) !== undefined)) this.#compiler = compiler
  }

  /** The program has turned out to need it. */
  choose({ entry }: Run): void {
    const file = entryFile(entry)
    if (file !== undefined) this.#compiler = installedCompiler(file)
  }

  /** The flags of Node that load it. */
  get flags(): readonly string[] {
    return this.#compiler?.flags ?? []
  }

  /** What the program's process is told: the name, and whether it may ask for one. */
  options({ options, nodeFlags }: Run): Options {
    if (this.#compiler) return { compiledBy: this.#compiler.name, compiler: false }
    return options.compiler === false || loadsSomething(nodeFlags) ? { compiler: false } : {}
  }
}

/** Does this Node run TypeScript at all? */
function strips(): boolean {
  return Boolean((process.features as { typescript?: unknown }).typescript)
}
