/** Fresh processes without our hooks: the oracle of the law. */
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { NodeVersion } from '../../../../../.ci/nodes.ts'
import { Child } from './child.ts'
import type { Observed, Result } from './judge.ts'
import { save } from './published.ts'
import { type Observation, type State, textsOf } from './state.ts'

const outside = `import { createRequire } from 'node:module'
const load = specifier => import(specifier)
export { load as import }
export const require = createRequire(import.meta.url)
`

export class FreshProcesses {
  readonly #node: NodeVersion
  readonly #folder: string
  #process: Child | undefined
  #states = 0
  #serial = 0

  constructor(node: NodeVersion, folder: string) {
    this.#node = node
    this.#folder = folder
  }

  end(): void {
    this.#process?.end()
    this.#process = undefined
  }

  /** What a fresh process gives, one import after the other. */
  async ask(state: State, observations: readonly Observation[]): Promise<Observed> {
    if (this.#states++ % 300 === 0) {
      this.end()
      this.#process = await this.#start([])
    }
    try {
      return await this.#askProcess(this.#process!, state, observations)
    } catch (error) {
      this.#states = 0
      throw error
    }
  }

  /** What fresh processes give that first load these, and then all the others, in several orders. */
  async askAfter(
    first: readonly Observation[],
    state: State,
    observations: readonly Observation[],
    index: number,
  ): Promise<readonly Result[]> {
    const others = observations.filter((_, at) => at !== index)
    const turns = others.map((_, at) => [...others.slice(at), ...others.slice(0, at)])
    const results: Result[] = []
    for (const turn of [[], ...turns]) {
      const asked = await this.ask(state, [...first, ...turn, observations[index]!])
      results.push(asked.results.at(-1)!)
    }
    return results
  }

  /**
   * What two fresh processes give, one that loads everything and one that loads only this, in which Node loads imported CommonJS
   * TypeScript in the same way as imported CommonJS JavaScript.
   */
  async askAsJavaScript(state: State, observations: readonly Observation[], index: number): Promise<readonly Result[]> {
    const child = await this.#start(['as-javascript'])
    try {
      const all = await this.#askProcess(child, state, observations)
      const one = await this.#askProcess(child, state, [observations[index]!])
      return [all.results[index]!, one.results[0]!]
    } finally {
      child.end()
    }
  }

  makeFolder(state: State): string {
    const folder = join(this.#folder, `case ${++this.#serial}`)
    mkdirSync(join(folder, 'app'), { recursive: true })
    symlinkSync('app', join(folder, 'link'))
    writeFileSync(join(folder, 'outside.mjs'), outside)
    for (const [path, text] of textsOf(state)) save(join(folder, 'app', path), text)
    return folder
  }

  async #start(options: string[]): Promise<Child> {
    const child = new Child(this.#node, join(this.#folder, 'cold.mjs'), options, 10_000)
    await child.ready()
    return child
  }

  async #askProcess(child: Child, state: State, observations: readonly Observation[]): Promise<Observed> {
    const folder = this.makeFolder(state)
    try {
      return (await child.ask({ folder, observations })) as Observed
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }
}
