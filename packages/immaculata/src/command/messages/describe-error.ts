/**
 * Messages: what the command says. An error comes in, with the handle that knows its place; the text to show goes out. The invariant:
 * whatever was thrown, describing it does not throw.
 */
import { inspect } from 'node:util'
import type { Hot, StagedUpdate } from '@hot/hooks'
import { cutFrame } from './frames.ts'
import { remedyFor } from './remedies.ts'
import { fileName, interestingCalls } from './stack-frames.ts'
import { paint } from './terminal.ts'

/** Errors of Node's loaders, apart from syntax errors. Their message says everything, and their calls are Node's. */
const ofLoader =
  /^(?:MODULE_NOT_FOUND|ERR_(?:MODULE_NOT_FOUND|PACKAGE_\w+|UNSUPPORTED_\w+|UNKNOWN_\w+|IMPORT_ATTRIBUTE_\w+|INVALID_(?:MODULE_SPECIFIER|PACKAGE_\w+|TYPESCRIPT_SYNTAX)|REQUIRE_\w+|NETWORK_IMPORT_\w+))$/

/** The text that Node puts in front of the message about a JSON file. */
const jsonFile = /^(?:\/|[A-Za-z]:\\)[^\n]*?\.json: /

/** An error with its place, the line with a caret, its message, properties and causes, the calls, and the remedy. */
export function describe(error: unknown, hot?: Hot, update?: StagedUpdate): string {
  try {
    return describeOne(error, hot, update)
  } catch {
    return 'threw a value that cannot be shown'
  }
}

function describeOne(error: unknown, hot: Hot | undefined, update: StagedUpdate | undefined): string {
  const place = hot?.placeOf(error, update)
  if (!place && error instanceof AggregateError && error.errors.length > 0) {
    const head = error.errors.length > 1 && error.message !== '' ? [headOf(error)] : []
    return [...head, ...error.errors.map(each => describe(each, hot, update))].join('\n')
  }
  const at = place && [fileName(place.file), place.line, place.column].filter(part => part !== undefined).join(':')
  const remedy = remedyFor(error, place)
  return [
    at && paint('bold', at),
    place && frameOf(place.frame),
    paint('red', textOf(error)),
    remedy && paint('yellow', `→ ${remedy}`),
  ]
    .filter(part => part)
    .join('\n')
}

/** An error's name, code and message, without any source text. */
export function headOf(error: unknown): string {
  try {
    if (!(error instanceof Error)) return `threw a value that is not an error: ${inspect(error)}`
    const { code } = error as NodeJS.ErrnoException
    const name = `${error.name}${code && !error.message.includes(String(code)) ? ` [${code}]` : ''}`
    const message = error instanceof SyntaxError ? error.message.replace(jsonFile, '') : error.message
    return withoutVersions(message === '' ? name : `${name}: ${message}`)
  } catch {
    return 'threw a value that cannot be shown'
  }
}

function textOf(error: unknown): string {
  if (!(error instanceof Error) || isOfLoader(error)) return headOf(error)
  return withoutVersions(interestingCalls(inspect(error)))
}

/** Is an error about loading a module, not about running it? */
export function isOfLoader(error: Error): boolean {
  if (error instanceof SyntaxError) {
    const isRaisedByProgram = /^ +at (?:.*<anonymous>|(?!.*\bnode:).*:\d+:\d+\)?$)/m.test(firstCall(error))
    return jsonFile.test(error.message) || !isRaisedByProgram
  }
  return ofLoader.test(String((error as NodeJS.ErrnoException).code)) || /^.+:\d+:\d+: ERROR: /m.test(error.message)
}

function firstCall(error: Error): string {
  return /^ +at .*$/m.exec(String(error.stack))?.[0] ?? ''
}

/** Removes versions in URLs, and the numbers of checks: the author did not write them. */
export function withoutVersions(text: string): string {
  return text.replace(/((?:file:\/\/|\/)[^\s'"`()]*?)\?(?:ver|hot-check)=\d+(?:\.hot)?/g, '$1')
}

export function frameOf(frame: string): string {
  if (frame === '') return ''
  const [line, caret] = cutFrame(frame).split('\n') as [string, string?]
  return `    ${line}${caret === undefined ? '' : `\n    ${paint('red', caret)}`}`
}
