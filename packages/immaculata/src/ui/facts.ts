/** What the live page is told: the program's modules, one module in full, and what each save did. */
import type { Lifetimes } from '@hot/dispose/auto'
import type { Hot, UpdateReport } from '@hot/hooks'

/** How many saves are remembered. */
const remembered = 100

export interface SaveFact {
  readonly number: number
  readonly time: number
  readonly result: UpdateReport['result']
  readonly duration: number
  readonly changes: readonly { path: string; kind: string }[]
  /** What was stale, importers first, each with the ids through which the change came. */
  readonly stale: readonly { id: string; chain: readonly string[] }[]
  readonly evaluated: readonly string[]
  readonly disposals: readonly { id: string; duration: number }[]
  readonly error: string | undefined
}

export interface ErrorFact {
  readonly title: string
  readonly text: string
}

export class Facts {
  readonly #hot: Hot
  readonly #lifetimes: Lifetimes | undefined
  readonly #saves: SaveFact[] = []
  #error: ErrorFact | undefined
  #number = 0
  /** Called when there is something new: a save, the error that is shown, or none any more. */
  changed: (event: 'save' | 'trouble', data: unknown) => void = () => {}

  constructor(hot: Hot, lifetimes: Lifetimes | undefined) {
    this.#hot = hot
    this.#lifetimes = lifetimes
  }

  begin(): void {
    this.#hot.on('update', report => this.#noteSave(report))
  }

  /** A save is held, or has failed. Without an error, all is well again. */
  noteError(error: ErrorFact | undefined): void {
    if (!error && !this.#error) return
    this.#error = error
    this.changed('trouble', error ?? null)
  }

  state(): object {
    const { graph, tree, entry } = this.#hot
    this.#hot.plan([]) // what modules have just read is noted first
    const versions = this.#hot.stats().versions
    const ids = [...graph.ids()]
    const places = new Map(ids.map((id, place) => [id, place]))
    const modules = ids.map(id => {
      const path = this.#pathOf(id)
      const plain = id.replace(/[?#].*$/s, '')
      return {
        id,
        path,
        loaded: versions.has(plain),
        dependencies: graph.dependenciesOf(id).flatMap(dependency => places.get(dependency) ?? []),
      }
    })
    return {
      root: tree.root,
      entry,
      node: process.version,
      pid: process.pid,
      modules,
      contributions: this.#hot.contributions(),
      saves: this.#saves,
      error: this.#error ?? null,
    }
  }

  module(id: string): object | undefined {
    const { graph, tree } = this.#hot
    const importers = graph.importersOf(id)
    const dependencies = graph.dependenciesOf(id)
    const version = graph.version(id)
    if (version === 0 && importers.length === 0 && dependencies.length === 0) return undefined
    const { versions } = this.#hot.stats()
    const isModule = (other: string) => versions.has(other.replace(/[?#].*$/s, ''))
    const path = tree.pathOf(id.replace(/[?#].*$/s, ''))
    const contributions = this.#hot.contributions()
    const open = Object.entries(this.#lifetimes?.counts(id) ?? {}).filter(([, count]) => count > 0)
    return {
      id,
      path: this.#pathOf(id),
      version,
      inMemory: versions.get(id.replace(/[?#].*$/s, '')) ?? 0,
      bytes: path === undefined ? undefined : tree.files.get(path)?.content.length,
      importers,
      dependencies: dependencies.filter(isModule),
      reads: dependencies.filter(dependency => !isModule(dependency)).map(dependency => this.#pathOf(dependency)),
      open: Object.fromEntries(open),
      contributesTo: contributions.filter(({ contributors }) => contributors.includes(id)),
      contributedBy: contributions.filter(({ receiver }) => receiver === id),
    }
  }

  #noteSave({ plan, result, time, duration, evaluations, disposals, error }: UpdateReport): void {
    const save: SaveFact = {
      number: ++this.#number,
      time,
      result,
      duration,
      changes: plan.changes,
      stale: plan.modules.filter(({ loaded }) => loaded).map(({ id, chain }) => ({ id, chain })),
      evaluated: evaluations.map(({ id }) => id),
      disposals: disposals.map(({ id, duration }) => ({ id, duration })),
      error: error === undefined ? undefined : String(error),
    }
    this.#saves.push(save)
    if (this.#saves.length > remembered) this.#saves.shift()
    this.changed('save', save)
  }

  /** The path in the tree, or what is known of it. */
  #pathOf(id: string): string {
    const path = this.#hot.tree.pathOf(id.replace(/[?#].*$/s, ''))
    return path === undefined ? id : `${path}${id.slice(id.replace(/[?#].*$/s, '').length)}`
  }
}
