/** Errors that nobody caught: Node is about to show one, and to end the process. */
import { pathToFileURL } from 'node:url'
import { inspect } from 'node:util'
import type { Hot, Place } from '@hot/hooks'
import { isOfLoader, withoutVersions } from './describe-error.ts'
import { remedyFor } from './remedies.ts'
import { fileName, withoutCalls, withoutDullCalls, withoutOwnCalls, withoutOwnEmits } from './stack-frames.ts'
import { write } from './terminal.ts'

/**
 * Prepares an error that Node is about to show: adds its place, if Node does not tell it, and removes the calls of this product.
 * Returns the remedy.
 */
export function prepareCrash(error: unknown, hot: Hot): string | undefined {
  try {
    const place = hot.placeOf(error)
    if (!(error instanceof Error)) return place && `${fileName(place.file)} threw it`
    withoutOwnCalls(error)
    withoutOwnEmits(error)
    const before = String(error.stack)
    const after = withoutVersions(place ? withPlace(error, before, place) : before)
    if (after !== before) error.stack = after
    return remedyFor(error, place)
  } catch {
    return undefined // it is shown as it is
  }
}

/**
 * Shows an error in place of Node, once it is prepared, and says whether it did: an error about loading a module, in front of which Node shows
 * a line of its own code; and one of the first line of an ES module, which Node shows as it was compiled, with what we put in front of it.
 */
export function showCrash(error: unknown, hot: Hot): boolean {
  try {
    const place = hot.placeOf(error)
    if (!(error instanceof Error) || !place || place.line === undefined || place.frame === '') return false
    const shown = `${inspect(error, { colors: false })}\n\nNode.js ${process.version}\n`
    if (isOfLoader(error)) {
      if (!String(error.stack).startsWith(`${place.file}:${place.line}\n`)) return false
      write(shown)
      return true
    }
    const url = pathToFileURL(place.file).href
    if (place.line !== 1 || !/^ +at [^\n]*$/m.exec(String(error.stack))?.[0].includes(`${url}:1:`)) return false
    write(`${url}:1\n${place.frame}\n\n${shown}`)
    return true
  } catch {
    return false
  }
}

function withPlace(error: Error, stack: string, place: Place): string {
  const { file, line, column, frame } = place
  const head = frame === '' ? '' : `${file}:${line}\n${frame}\n\n`
  if (isOfLoader(error)) {
    const rest = withoutDullCalls(stack)
    // Node puts an error without calls into brackets.
    const call = /^ +at /m.test(rest) ? '' : `\n    at ${file}:${line}:${column}`
    return (rest.startsWith(head) ? '' : head) + rest + call
  }
  return (isRequired.test(stack) && process.mainModule ? head : '') + withoutCalls(stack, byUs)
}

/** Node's calls that are there because it is asked to tell of each `require`. */
const byUs = /^ +at .*node:(?:diagnostics_channel|internal\/async_local_storage)/m

/** CommonJS that the main module requires: because of that, Node shows the source of those calls instead of the program's. */
const isRequired =
  /^(?! +at )(?:(?! +at )[^\n]*\n)* +at (?![^\n]*file:)[^\n]*\n(?:[^\n]*\n)* +at [^\n]*node:internal\/modules\/cjs\/loader/
