/** Which module threw a value that is not an error, and so does not say where it comes from. */
import type { HotModule } from './module.ts'
import type { Program } from './program.ts'

/** Taken before the program may replace them. */
const { setImmediate } = globalThis

/** What a `require` threw last, and the innermost file that it came out of. */
let required: { readonly value: unknown; readonly filename: string } | undefined

/** The evaluation of a CommonJS module threw; its requirers will pass it on. */
export function noteThrown(value: unknown, filename: string): void {
  if (value instanceof Error || (required && Object.is(required.value, value))) return
  required = { value, filename }
  // Those who require it are below on the stack.
  setImmediate(() => {
    required = undefined
  })
}

/** The file of the module whose evaluation threw this value; `undefined` if that is not known. */
export function fileThatThrew(program: Program, value: unknown): string | undefined {
  if (required && Object.is(required.value, value)) return required.filename
  const failed = new Map<string, HotModule>()
  for (const module of program.all()) {
    const threw = module.loaded ? program.afterUpdate?.errorOf(module) : undefined
    if (threw && Object.is(threw.error, value)) failed.set(module.id, module)
  }
  // A failure is passed on to the importers: it began where no dependency has it.
  for (const [id, module] of failed) {
    if (!program.graph.dependenciesOf(id).some(dependency => dependency !== id && failed.has(dependency))) {
      return module.filename
    }
  }
  return failed.values().next().value?.filename
}
