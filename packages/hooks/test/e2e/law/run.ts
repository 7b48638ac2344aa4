/** Runs a test program in a process with the hooks and, state by state, in one without, and compares. */
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { NodeVersion } from '../../../../../.ci/nodes.ts'
import { Child } from './child.ts'
import {
  endOf,
  equal,
  hasForgottenFailure,
  isRace,
  judge,
  type Observed,
  type Result,
  type Violation,
} from './judge.ts'
import { onDisk, Published, save } from './published.ts'
import { type Case, changesBetween, closure, type Observation, type State, textsOf } from './state.ts'

export interface Counts {
  cases: number
  states: number
  errorStates: number
  observations: number
  errors: number
  evaluations: number
}

export const noCounts = (): Counts => ({
  cases: 0,
  states: 0,
  errorStates: 0,
  observations: 0,
  errors: 0,
  evaluations: 0,
})

const outside = `import { createRequire } from 'node:module'
const load = specifier => import(specifier)
export { load as import }
export const require = createRequire(import.meta.url)
`

/** A folder with a copy of the built packages, so that a run of many minutes is one of the same build. */
export class Laboratory {
  readonly node: NodeVersion
  readonly #folder = realpathSync(mkdtempSync(join(tmpdir(), 'hot-law-')))
  readonly #compareLogs: boolean
  #cold: Child | undefined
  #coldStates = 0
  #serial = 0

  constructor(node: NodeVersion, compareLogs = true) {
    this.node = node
    this.#compareLogs = compareLogs
    const packages = fileURLToPath(new URL('../../../../', import.meta.url))
    for (const name of ['tree', 'graph', 'dispose', 'hooks']) {
      const to = join(this.#folder, 'node_modules/@hot', name)
      cpSync(join(packages, name, 'dist'), join(to, 'dist'), { recursive: true })
      cpSync(join(packages, name, 'package.json'), join(to, 'package.json'))
    }
    for (const name of ['hot.mjs', 'cold.mjs', 'fingerprint.mjs']) {
      cpSync(fileURLToPath(new URL(name, import.meta.url)), join(this.#folder, name))
    }
  }

  close(): void {
    this.#cold?.end()
    this.#cold = undefined
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /** What a fresh process says. */
  async cold(state: State, observations: readonly Observation[]): Promise<Observed> {
    if (this.#coldStates++ % 300 === 0) {
      this.#cold?.end()
      this.#cold = new Child(this.node, join(this.#folder, 'cold.mjs'), [], 10_000)
      await this.#cold.ready()
    }
    const folder = this.#makeFolder(state)
    try {
      return (await this.#cold!.ask({ folder, observations })) as Observed
    } catch (error) {
      this.#coldStates = 0
      throw error
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }

  /** Runs a case up to the first violation. */
  async run(test: Case, counts: Counts = noCounts()): Promise<Violation | undefined> {
    const folder = this.#makeFolder(test.files)
    const hot = new Child(this.node, join(this.#folder, 'hot.mjs'), [folder, test.otherHooks], 15_000)
    counts.cases++
    try {
      return await this.#run(test, folder, hot, counts)
    } finally {
      hot.end()
      rmSync(folder, { recursive: true, force: true })
    }
  }

  async #run(test: Case, folder: string, hot: Child, counts: Counts): Promise<Violation | undefined> {
    const ask = async (message: object) => {
      const answer = (await hot.ask(message)) as { answer?: unknown; failed?: string }
      if (answer.failed !== undefined) throw new Error(answer.failed)
      return answer.answer
    }
    const published = new Published(test.files)
    /** Files that may be evaluated: changed, never evaluated, failed, or depending on one of these. */
    const fresh = new Set<string>()
    const finished = new Set<string>()
    let step = 0
    try {
      await hot.ready()
      if (test.steps.some(({ drive }) => drive === 'disk')) await ask({ command: 'watch' })
      for (; step <= test.steps.length; step++) {
        let news = true
        if (step > 0) {
          const { edits, drive } = test.steps[step - 1]!
          const before = published.state
          const touched = new Set<string>()
          if (drive === 'memory') await ask({ command: 'memory', changes: published.editMemory(edits) })
          else {
            for (const { edit, changed } of published.editDisk(edits)) {
              onDisk(join(folder, 'app'), edit)
              for (const path of changed) touched.add(path)
            }
          }
          const { wrong } = (await ask({ command: 'settle', files: Object.fromEntries(textsOf(published.state)) })) as {
            wrong: string[]
          }
          if (wrong.length > 0) return { kind: 'tree', step, hot: wrong, cold: [] }
          for (const path of changesBetween(before, published.state)) touched.add(path)
          news = touched.size > 0
          for (const state of [before, published.state]) for (const path of closure(state, touched)) fresh.add(path)
        }
        const [seen, truth] = await Promise.all([
          ask({ command: 'observe', observations: test.observations }) as Promise<Observed>,
          this.cold(published.state, test.observations),
        ])
        counts.states++
        counts.observations += truth.results.length
        const errors = truth.results.filter(result => result.error !== undefined).length
        counts.errors += errors
        if (errors > 0) counts.errorStates++
        const violation = await this.#compare(published.state, seen, truth, test.observations, step, news)
        if (violation) return violation
        const unjust = this.#compareLogs ? judge(seen, truth, step, fresh, finished, test.observations) : undefined
        counts.evaluations += seen.log.filter(line => line.startsWith('start ')).length
        if (unjust) return unjust
      }
      return undefined
    } catch (error) {
      return { kind: 'process', step, hot: String((error as Error).message), cold: '' }
    }
  }

  async #compare(
    state: State,
    hot: Observed,
    cold: Observed,
    observations: readonly Observation[],
    step: number,
    anythingNew: boolean,
  ): Promise<Violation | undefined> {
    for (const [index, observation] of observations.entries()) {
      const seen = hot.results[index]!
      if (equal(endOf(seen), endOf(cold.results[index]!))) continue
      // On 22.15.0 and 24.0.0 any hooks, even ones that only call `next`, make require() of an ES module fail to link where later
      // versions link it, once it imports CommonJS or JSON.
      if (/^v(?:22\.15|24\.0)\./.test(this.node.version) && isRace([seen])) continue
      // Nothing was published since this was asked for last: what Node remembers of a failure it goes on remembering.
      if (!anythingNew && isRace([seen])) continue
      // What is asked for first may decide what a process says afterwards: only one that is asked for nothing else is fresh.
      const alone = await this.cold(state, [observation])
      if (
        equal(endOf(seen), endOf(alone.results[0]!)) ||
        isRace(alone.results) ||
        isRace(cold.results) ||
        hasForgottenFailure(state, alone)
      )
        continue
      const show = ({ value, error, message }: Result) => (error === undefined ? value : { error, message })
      return { kind: 'values', step, observation, hot: show(seen), cold: show(alone.results[0]!) }
    }
    return undefined
  }

  #makeFolder(state: State): string {
    const folder = join(this.#folder, `case ${++this.#serial}`)
    mkdirSync(join(folder, 'app'), { recursive: true })
    writeFileSync(join(folder, 'outside.mjs'), outside)
    for (const [path, text] of textsOf(state)) save(join(folder, 'app', path), text)
    return folder
  }
}
