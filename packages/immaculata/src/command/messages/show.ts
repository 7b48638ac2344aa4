/** What the command says about a program: at its start, after each save, and about errors. */
import { readFileSync } from 'node:fs'
import { isatty } from 'node:tty'
import type { Hot, Place, StagedUpdate, StaleModule } from '@hot/hooks'
import type { Change } from '@hot/tree'
import { describe, frameOf } from './describe-error.ts'
import { fileName } from './stack-frames.ts'
import { paint, say } from './terminal.ts'

/** What is said when a program has started. */
export interface Start {
  readonly entry: string
  readonly root: string
  readonly modules: number
  /** Whether the command listens to keys. */
  readonly keys: boolean
}

export class Show {
  readonly #quiet: boolean
  readonly #explain: boolean
  /** The last line about a save, and how often it was repeated. */
  #last = ''
  #times = 0
  /** The files that were reported as imported by nothing. */
  readonly #unused = new Set<string>()

  constructor(options: { quiet?: boolean; explain?: boolean }) {
    this.#quiet = options.quiet ?? false
    this.#explain = options.explain ?? false
  }

  /** One line when the program runs for the first time, at a terminal: that it is hot, where, and what can be done. */
  started({ entry, root, modules, keys }: Start): void {
    if (this.#quiet || !isatty(2)) return
    const count = `${modules} ${modules === 1 ? 'module' : 'modules'}`
    const folder = fileName(root)
    const watched = folder === root && root === process.cwd() ? 'this folder' : folder
    const line = `${version()} · ${fileName(entry)} · ${count} · watching ${watched}`
    say(`${line}${keys ? paint('dim', ' · r Enter restarts, q Enter ends') : ''}`)
  }

  /** One line for a save. */
  saved(changes: readonly Change[], evaluated: number, modules: number, duration: number, why = ''): void {
    if (this.#quiet) return
    const what = changes.length === 0 ? 'invalidated' : summary(changes)
    const count = `${evaluated} of ${modules} ${modules === 1 ? 'module' : 'modules'} re-evaluated${why && ` (${why})`}`
    const text = `${what} ${paint('dim', `· ${count}`)}`
    this.#times = text === this.#last ? this.#times + 1 : 1
    this.#last = text
    const times = this.#times > 1 ? ` ×${this.#times}` : ''
    say(`${text}${times} ${paint('dim', `· ${duration < 10 ? duration.toFixed(1) : Math.round(duration)} ms`)}`)
  }

  /** A save of files that no module depends on. It is said once for each file. */
  unused(changes: readonly Change[]): void {
    const news = changes.filter(({ path }) => !this.#unused.has(path))
    for (const { path } of news) this.#unused.add(path)
    if (news.length > 0) this.note(`${summary(news)} ${paint('dim', '· nothing that runs imports it')}`)
  }

  /** What will be re-evaluated, each module with the imports through which the change reaches it. */
  plan(stale: readonly StaleModule[]): void {
    if (!this.#explain) return
    for (const [name, why] of stepsOf(stale)) say(`  ${name} ${paint('dim', why)}`)
  }

  /** A message about the process as a whole. */
  note(text: string): void {
    if (!this.#quiet) say(text)
  }

  /** The program has ended, and the next save starts it again. */
  waits(said: string, remedy: string | undefined): void {
    this.note(
      `${said}: the next save starts it again${remedy === undefined ? '' : `\n${paint('yellow', `→ ${remedy}`)}`}`,
    )
  }

  /** The remedy for the error that was shown last. */
  remedy(text: string): void {
    say(paint('yellow', `→ ${text}`))
  }

  /** An evaluation does not end: each module that waits, with the awaits at which it may be waiting. */
  waiting(modules: readonly (readonly Place[])[]): void {
    for (const [place, ...others] of modules) {
      if (!place) continue
      const lines = others.length === 0 ? '' : ` (or line ${others.map(({ line }) => line).join(', ')})`
      const at = paint('bold', `${fileName(place.file)}:${place.line}:${place.column}`)
      say(
        `${at}${lines}\n${frameOf(place.frame)}\nStill waiting at this top-level await, after 3 s. Until it settles, this version is not live.`,
      )
    }
  }

  /** An error with its place in the file, and its consequence. Errors are shown whatever the options are. */
  error(error: unknown, hot: Hot | undefined, then: string, update?: StagedUpdate): void {
    this.#last = ''
    say(`${describe(error, hot, update)}${then === '' ? '' : `\n${then}`}`)
  }
}

function version(): string {
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

function summary(changes: readonly Change[]): string {
  const [first] = changes
  if (changes.length > 3) return `${changes.length} files changed`
  const kinds = new Set(changes.map(({ kind }) => kind))
  if (kinds.size === 1) return `${changes.map(({ path }) => path.slice(1)).join(', ')} ${first!.kind}`
  return changes.map(({ path, kind }) => `${path.slice(1)} ${kind}`).join(', ')
}
