/** Errors as Node would raise them, and the places that Node does not tell. */
import { fileURLToPath } from 'node:url'
import type { HotModule } from './modules.ts'

/** The error of a fresh process for a file that is not there, where Node's own caches would say something else. */
export function notFound(specifier: string, module: HotModule, parentURL: string | undefined, require: boolean): Error {
  const filename = fileURLToPath(module.id.replace(/[?#].*$/s, ''))
  if (require) {
    const stack = parentURL === undefined ? '' : `\nRequire stack:\n- ${fileURLToPath(parentURL)}`
    return Object.assign(new Error(`Cannot find module '${specifier}'${stack}`), {
      code: 'MODULE_NOT_FOUND',
      requireStack: parentURL === undefined ? [] : [fileURLToPath(parentURL)],
    })
  }
  const from = parentURL?.startsWith('file:') ? ` imported from ${fileURLToPath(parentURL)}` : ''
  return Object.assign(new Error(`Cannot find module '${filename}'${from}`), {
    code: 'ERR_MODULE_NOT_FOUND',
    url: module.id,
  })
}

/** Puts the place into an error that does not tell it. */
export function explain(error: unknown): unknown {
  return error
}
