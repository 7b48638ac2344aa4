/** Decides, for an error that a compiler would mend, whether the program is started again with one. */
import type { Hot, StagedUpdate } from '@hot/hooks'
import { installedCompiler } from '../compilers/installed.ts'
import { compilerNeedOf } from '../messages/compiler-need.ts'
import { fileName } from '../messages/stack-frames.ts'

/** Why the program has to be started again with the compiler of its project; `undefined` if it has none, or that mends nothing. */
export function reasonToCompile(error: unknown, entry: string, hot: Hot, update?: StagedUpdate): string | undefined {
  const place = hot.placeOf(error, update)
  const need = compilerNeedOf(error, place)
  const compiler = need === undefined ? undefined : installedCompiler(entry)
  if (!compiler) return undefined
  return `${place ? fileName(place.file) : 'the program'} needs a compiler for ${need}: ${compiler.name} is used`
}
