/** Loads what `whole.ts` exports, which is most of this product. */
import { createRequire } from 'node:module'

/** The same for everybody in this process. It is loaded when it is first needed: the command's own process rarely needs it. */
export function loadWhole(): unknown {
  return createRequire(import.meta.url)('./whole.cjs')
}
