/** Errors that a compiler would mend: TypeScript that needs more than its types taken away. */
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Place } from '@hot/hooks'
import { meantBy } from '../compilers/needs.ts'
import { matchesPath, tsConfigOf } from '../compilers/tsconfig.ts'
import { isBare, type Mistake, mistakeOf } from './remedies.ts'

type Need = (mistake: Mistake) => string | undefined

const needs: readonly Need[] = [
  ({ code, message }) =>
    code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX'
      ? (/enum|namespace|parameter property/i.exec(message)?.[0].toLowerCase() ?? 'its syntax')
      : undefined,
  ({ atCaret, message, file }) =>
    /\.[cm]?tsx?$/.test(file) &&
    atCaret.startsWith('@') &&
    /Invalid or unexpected token|Expression expected|Decorators/.test(message)
      ? 'decorators'
      : undefined,
  ({ code, message }) =>
    code === 'ERR_UNKNOWN_FILE_EXTENSION' ? /"(\.(?:[jt]sx|[cm]?ts))"/.exec(message)?.[1] : undefined,
  ({ code, message, file }) => {
    if (!/^(?:ERR_)?MODULE_NOT_FOUND$/.test(code)) return undefined
    const name = /Cannot find (?:package|module) '([^']+)'/.exec(message)?.[1]
    if (name === undefined) return undefined
    if (isBare(name)) return matchesPath(tsConfigOf(dirname(file)), name) ? 'the "paths" of tsconfig.json' : undefined
    const path = name.startsWith('file:') ? fileURLToPath(name) : join(name.startsWith('.') ? dirname(file) : '', name)
    return meantBy(path) === undefined ? undefined : 'an import without its extension'
  },
  ({ message, atCaret, file }) => {
    const name = /does not provide an export named '([A-Z][\w$]*)'/.exec(message)?.[1]
    return name !== undefined && /\.[cm]?tsx?$/.test(file) && atCaret.startsWith(name)
      ? 'a type that is imported as a value'
      : undefined
  },
]

/** What an error needs a compiler for; `undefined` if that would not mend it. */
export function compilerNeedOf(error: unknown, place: Place | undefined): string | undefined {
  if (!(error instanceof Error)) return undefined
  try {
    const mistake = mistakeOf(error, place)
    for (const need of needs) {
      const what = need(mistake)
      if (what !== undefined) return what
    }
  } catch {
    // Its message cannot be read.
  }
  return undefined
}
