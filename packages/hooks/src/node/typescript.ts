/** Node's own type stripping, under the name that a source should have. */
import module from 'node:module'
import { typescriptSupport } from './node-versions.ts'

type StripTypes = (
  code: string,
  options: { mode?: 'strip' | 'transform'; sourceUrl?: string; sourceMap?: boolean },
) => string

let warned = false

/**
 * Node's own type stripping, under the name `sourceUrl` (Node would name the URL with its `?ver=`). The function prints
 * an ExperimentalWarning at its first call on Node 22, 24 and 26; a program that only imports a `.ts` file prints none
 * on 26, so it is kept quiet here.
 */
export function stripTypes(code: string, sourceUrl: string): string {
  const strip = (module as unknown as { stripTypeScriptTypes: StripTypes }).stripTypeScriptTypes
  const mode = typescriptSupport() === 'transform' ? 'transform' : 'strip'
  const options =
    mode === 'transform' ? ({ mode, sourceMap: true, sourceUrl } as const) : ({ mode, sourceUrl } as const)
  if (warned) return strip(code, options)
  warned = true
  const emitWarning = process.emitWarning
  process.emitWarning = () => {}
  try {
    return strip(code, options)
  } finally {
    process.emitWarning = emitWarning
  }
}
