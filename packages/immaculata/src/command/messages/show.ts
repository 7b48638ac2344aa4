/** What the command says about a program: at its start, after each save, and about errors. */
import { readFileSync } from 'node:fs'
import type { Hot, Place, StagedUpdate, StaleModule } from '@hot/hooks'
import type { Change } from '@hot/tree'
import { summary } from './changes.ts'
import { describe, frameOf } from './describe-error.ts'
import { fileName } from './stack-frames.ts'
import { isTerminal, paint, say, write } from './terminal.ts'

/** What is said when a program has started. */
export interface Start {
  readonly entry: string
  readonly root: string
  readonly modules: number
  /** Whether the command listens to keys. */
  readonly keys: boolean
  /** The compiler that was chosen for the program. */
  readonly compiler?: string | undefined
}

/** As wide as the name of the command, with which each message begins. */
const indent = ' '.repeat('immaculata '.length)

/** A terminal that says it has fewer columns does not know. */
const narrowest = 20

/** What is shown, and how. */
export interface Showing {
  quiet?: boolean
  explain?: boolean
  verbose?: boolean
  clear?: boolean
  times?: boolean
  /** Events are told in place of messages. */
  json?: true | string
  /** How wide the terminal is. */
  columns?: number
}

export class Show {
  readonly #options: Showing
  /** The last line about a save, and how often it was repeated. */
  #last = ''
  #times = 0
  /** The files that were reported as imported by nothing. */
  readonly #unused = new Set<string>()

  constructor(options: Showing) {
    this.#options = options
  }

  /** At a terminal, one line when the program runs: that it is hot, where, and what can be done. A chosen compiler is always named. */
  started({ entry, root, modules, keys, compiler }: Start): void {
    const { columns = 0, verbose } = this.#options
    if (!isTerminal() && compiler === undefined && !verbose) return
    const folder = fileName(root)
    const watched = folder === root && root === process.cwd() ? 'this folder' : folder
    const parts = [version(), fileName(entry), countOf(modules), `watching ${watched}`]
    if (compiler !== undefined) parts.push(`compiled by ${compiler}`)
    const hint = 'r Enter restarts, q Enter ends, h Enter helps'
    const width = columns < narrowest ? Number.POSITIVE_INFINITY : columns - indent.length
    const text = wrap(keys ? [...parts, hint] : parts, width).join(`\n${indent}`)
    this.note(text.replace(/(?: · )?r Enter .*$/s, dimmed => paint('dim', dimmed)))
  }

  /** A save begins: what was said of the one before is not needed any more. */
  clear(): void {
    if (this.#options.clear && isTerminal() && this.#options.json !== true) write('\u001b[H\u001b[2J\u001b[3J')
  }

  /** One line for a save. */
  saved(changes: readonly Change[], evaluated: number, modules: number, duration: number, why = ''): void {
    const what = changes.length === 0 ? 'invalidated' : summary(changes)
    const count = `${evaluated} of ${countOf(modules)} re-evaluated${why && ` (${why})`}`
    const text = `${what} ${paint('dim', `· ${count}`)}`
    this.#times = text === this.#last ? this.#times + 1 : 1
    this.#last = text
    const times = this.#times > 1 ? ` ×${this.#times}` : ''
    this.note(`${text}${times} ${paint('dim', `· ${duration < 10 ? duration.toFixed(1) : Math.round(duration)} ms`)}`)
  }

  /** A save of files that no module depends on. It is said once for each file. */
  unused(changes: readonly Change[]): void {
    const news = changes.filter(({ path }) => !this.#unused.has(path))
    for (const { path } of news) this.#unused.add(path)
    if (news.length > 0) this.note(`${summary(news)} ${paint('dim', '· nothing that runs imports it')}`)
  }

  /** What will be re-evaluated, each module with the imports through which the change reaches it. */
  plan(stale: readonly StaleModule[]): void {
    if (this.#options.explain) this.steps(stepsOf(stale))
  }

  /** What was re-evaluated, each module with the reason. */
  steps(steps: readonly (readonly [name: string, why: string])[]): void {
    for (const [name, why] of steps) this.#say(`  ${name} ${paint('dim', why)}`)
  }

  /** A message about the process as a whole. */
  note(text: string): void {
    if (!this.#options.quiet) this.#say(text)
  }

  /** The program has ended, and the next save starts it again. */
  waits(said: string, remedy: string | undefined): void {
    this.note(
      `${said}: the next save starts it again${remedy === undefined ? '' : `\n${paint('yellow', `→ ${remedy}`)}`}`,
    )
  }

  /** Node has shown an error: its remedy, if there is one. */
  crashed(remedy: string | undefined): void {
    if (remedy !== undefined) this.#say(paint('yellow', `→ ${remedy}`))
  }

  /** An evaluation does not end: each module that waits, with the awaits at which it may be waiting. */
  waiting(modules: readonly (readonly Place[])[]): void {
    for (const [place, ...others] of modules) {
      if (!place) continue
      const lines = others.length === 0 ? '' : ` (or line ${others.map(({ line }) => line).join(', ')})`
      const at = paint('bold', `${fileName(place.file)}:${place.line}:${place.column}`)
      this.#say(
        `${at}${lines}\n${frameOf(place.frame)}\nStill waiting at this top-level await, after 3 s. Until it settles, this version is not live.`,
      )
    }
  }

  #say(text: string): void {
    if (this.#options.json === true) return
    say(this.#options.times ? `${paint('dim', new Date().toTimeString().slice(0, 8))} ${text}` : text)
  }

  /** An error with its place in the file, and its consequence. Errors are shown whatever the options are. */
  error(error: unknown, hot: Hot | undefined, then: string, update?: StagedUpdate): void {
    this.#last = ''
    this.#say(`${describe(error, hot, update)}${then === '' ? '' : `\n${then}`}`)
  }
}

/** Parts in as many lines as they need. */
function wrap(parts: readonly string[], columns: number): string[] {
  const lines: string[] = []
  for (const part of parts) {
    const longer = `${lines.at(-1)} · ${part}`
    if (lines.length > 0 && longer.length <= columns) lines[lines.length - 1] = longer
    else lines.push(part)
  }
  return lines
}

function countOf(modules: number): string {
  return `${modules} ${modules === 1 ? 'module' : 'modules'}`
}

/** The version of this product. */
export function version(): string {
  const file = new URL('../package.json', import.meta.url) // from `dist`
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}

/** Each module that is re-evaluated, and why: `server.js`, `→ greeting.js changed`. */
export function stepsOf(stale: readonly StaleModule[]): [name: string, why: string][] {
  const pathOf = new Map(stale.map(({ module }) => [module.id, module.path.slice(1)]))
  const name = (id: string) => pathOf.get(id) ?? id
  return stale
    .filter(({ loaded }) => loaded)
    .map(({ module, chain }) => {
      const why = chain.slice(0, -1).reverse().map(name).join(' → ')
      return [name(module.id), why === '' ? 'changed' : `→ ${why} changed`]
    })
}
