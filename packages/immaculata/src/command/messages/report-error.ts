/** Errors for other programs: the same as for people, in parts. */
import { inspect } from 'node:util'
import type { Hot, StagedUpdate } from '@hot/hooks'
import { isOfLoader, withoutVersions } from './describe-error.ts'
import type { ErrorReport } from './events.ts'
import { cutFrame } from './frames.ts'
import { remedyFor } from './remedies.ts'
import { interestingCalls } from './stack-frames.ts'

/** How deep causes are followed, and how many of several errors are told. */
const deep = 8
const many = 32

/** Whatever was thrown, this does not throw. */
export function reportOf(error: unknown, hot?: Hot, update?: StagedUpdate, depth = 0): ErrorReport {
  try {
    return report(error, hot, update, depth)
  } catch {
    return { name: 'Error', message: 'threw a value that cannot be shown' }
  }
}

function report(error: unknown, hot: Hot | undefined, update: StagedUpdate | undefined, depth: number): ErrorReport {
  const place = hot?.placeOf(error, update)
  const where = place && {
    file: place.file,
    ...(place.line === undefined ? {} : { line: place.line, column: place.column! }),
    ...(place.frame === '' ? {} : { frame: cutFrame(place.frame) }),
  }
  if (!(error instanceof Error)) {
    return { name: typeof error, message: `threw a value that is not an error: ${inspect(error)}`, ...where }
  }
  const { code } = error as NodeJS.ErrnoException
  const remedy = remedyFor(error, place)
  const calls = isOfLoader(error) ? '' : callsOf(error)
  const errors = error instanceof AggregateError ? error.errors.slice(0, many) : []
  return {
    name: String(error.name),
    message: withoutVersions(String(error.message)),
    ...(code === undefined ? {} : { code: String(code) }),
    ...where,
    ...(calls === '' ? {} : { stack: calls }),
    ...(remedy === undefined ? {} : { remedy }),
    ...(error.cause === undefined || depth === deep ? {} : { cause: reportOf(error.cause, hot, update, depth + 1) }),
    ...(errors.length === 0 || depth === deep
      ? {}
      : { errors: errors.map(each => reportOf(each, hot, update, depth + 1)) }),
  }
}

function callsOf(error: Error): string {
  const lines = withoutVersions(interestingCalls(String(error.stack))).split('\n')
  return lines.filter(line => /^\s+at /.test(line)).join('\n')
}
