/** What the command says, on stderr: the program's own output stays as it is. */
import { writeSync } from 'node:fs'
import { relative } from 'node:path'
import { inspect, styleText } from 'node:util'
import type { Hot, Place, StaleModule } from '@hot/hooks'
import type { Change } from '@hot/tree'

/** The folder of this package's files, as it stands in call sites. */
const ownFolder = new URL('./', import.meta.url).href

type Style = Parameters<typeof styleText>[0]

export class Show {
  readonly #quiet: boolean
  readonly #explain: boolean

  constructor(options: { quiet?: boolean; explain?: boolean }) {
    this.#quiet = options.quiet ?? false
    this.#explain = options.explain ?? false
  }

  /** One line for a save. */
  saved(changes: readonly Change[], evaluated: number, modules: number, duration: number, why = ''): void {
    if (this.#quiet) return
    const what = changes.length === 0 ? 'invalidated' : summary(changes)
    const count = `${evaluated} of ${modules} ${modules === 1 ? 'module' : 'modules'} evaluated again${why && ` (${why})`}`
    say(`${what} ${paint('dim', `· ${count} · ${duration < 10 ? duration.toFixed(1) : Math.round(duration)} ms`)}`)
  }

  /** What will be evaluated again, each module with the imports through which the change reaches it. */
  plan(stale: readonly StaleModule[]): void {
    if (!this.#explain) return
    const loaded = stale.filter(({ loaded }) => loaded)
    if (loaded.length === 0) return
    const pathOf = new Map(stale.map(({ module }) => [module.id, module.path.slice(1)]))
    const name = (id: string) => pathOf.get(id) ?? id
    for (const { module, chain } of loaded) {
      const why = chain.length === 1 ? 'changed' : chain.slice(0, -1).reverse().map(name).join(' → ')
      say(`  ${name(module.id)} ${paint('dim', chain.length === 1 ? why : `→ ${why} changed`)}`)
    }
  }

  /** Something about the process as a whole. */
  note(text: string): void {
    if (!this.#quiet) say(text)
  }

  /** An error, with its place in the file. Errors are shown whatever the options say. */
  error(error: unknown, hot: Hot | undefined, then: string): void {
    say(`${paint('red', describe(error, hot))}\n${then}`)
  }
}

/** What an error says: its place, the line with a caret, and its message; then, if code was running, the calls. */
export function describe(error: unknown, hot: Hot | undefined): string {
  const place = placeOf(error, hot)
  const calls = error instanceof Error ? callsOf(error) : ''
  if (!place) return [headOf(error), calls].filter(part => part !== '').join('\n')
  const column = place.column === undefined ? '' : `:${place.column}`
  const at = `${relative(process.cwd(), place.file) || place.file}:${place.line}${column}`
  return [at, indent(place.frame), headOf(error), calls].filter(part => part !== '').join('\n')
}

/** An error's name, code and message: nothing of any source. */
export function headOf(error: unknown): string {
  if (!(error instanceof Error)) return `a value was thrown that is no Error: ${textOf(error)}`
  try {
    const { code } = error as NodeJS.ErrnoException
    return `${error.name}${code && !error.message.includes(code) ? ` [${code}]` : ''}: ${error.message}`
  } catch {
    return 'an Error was thrown that cannot be printed'
  }
}

/** Anything can be thrown: objects without a prototype, proxies, what throws when it is looked at. */
function textOf(value: unknown): string {
  try {
    return typeof value === 'string' ? value : inspect(value)
  } catch {
    return `a ${typeof value} that cannot be printed`
  }
}

function placeOf(error: unknown, hot: Hot | undefined): Place | undefined {
  try {
    return hot?.placeOf(error)
  } catch {
    return undefined // it throws when it is looked at
  }
}

/** The calls in the program's own files; a syntax error has none. */
function callsOf(error: Error): string {
  if (error instanceof SyntaxError) return ''
  let stack: string
  try {
    stack = String(error.stack)
  } catch {
    return ''
  }
  const lines = stack
    .split('\n')
    .filter(line => /^ {4}at /.test(line) && !/\(?node:/.test(line) && !line.includes(ownFolder))
  return lines.slice(0, 10).join('\n')
}

function indent(text: string): string {
  return text === ''
    ? ''
    : text
        .split('\n')
        .map(line => `    ${line}`)
        .join('\n')
}

function summary(changes: readonly Change[]): string {
  const [first] = changes
  if (changes.length > 3) return `${changes.length} files changed`
  const kinds = new Set(changes.map(({ kind }) => kind))
  if (kinds.size === 1) return `${changes.map(({ path }) => path.slice(1)).join(', ')} ${first!.kind}`
  return changes.map(({ path, kind }) => `${path.slice(1)} ${kind}`).join(', ')
}

/** Past `process.stderr`: where that is closed or full, nobody is told, and the program goes on. */
export function say(text: string): void {
  let rest: Uint8Array = Buffer.from(`${paint('cyan', 'immaculata')} ${text}\n`)
  for (let tries = 0; rest.length > 0 && tries < 1_000; tries++) {
    try {
      rest = rest.subarray(writeSync(2, rest))
    } catch (error) {
      // A pipe that another process has made non-blocking, and whose reader is slow.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return
    }
  }
}

function paint(style: Style, text: string): string {
  const { stderr, env } = process
  return stderr.isTTY && !env.NO_COLOR && env.TERM !== 'dumb' ? styleText(style, text) : text
}
