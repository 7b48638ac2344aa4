/** Runs a test program in a process with the hooks and, state by state, in one without, and compares. */
import { cpSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { NodeVersion } from '../../../../../.ci/nodes.ts'
import { Child } from './child.ts'
import { add, type Counts, noCounts, tally } from './counts.ts'
import { exemptionFor, exemptionForEnd, failuresIn, hasForgottenFailure, isRace } from './exemptions.ts'
import { FreshProcesses } from './fresh.ts'
import { endOf, equal, fileOf, judge, type Observed, type Result, type Violation } from './judge.ts'
import { layouts, treeOf } from './layout.ts'
import { type Books, Ledger } from './ledger.ts'
import { onDisk, Published } from './published.ts'
import { type Answer, judgeRace } from './race.ts'
import {
  type Case,
  changesBetween,
  closure,
  foldersBetween,
  type Observation,
  reachable,
  type State,
  textsOf,
} from './state.ts'

/** The modules that a step imports, and that exist. */
const rootsOf = (results: ReadonlyMap<string, Result>): string[] =>
  [...results].filter(([, { error }]) => error === undefined).map(([name]) => (JSON.parse(name) as Observation).path)

/** An observation that imports a module that the log names. */
function importOf(name: string): Observation {
  const path = fileOf(name)
  return { how: 'import', path, query: name.slice(path.length) }
}

/** What a process has seen so far. */
interface Past {
  readonly failures: Set<string>
  /** The answers in states in which a fresh process got a race, too. */
  readonly races: Set<string>
  forgotten: boolean
  /** ES modules whose evaluation began and did not end. */
  readonly unended: Set<string>
}

/** A folder with a copy of the built packages, so that a long run uses the same build all the time. */
export class Laboratory {
  readonly node: NodeVersion
  readonly #folder = realpathSync(mkdtempSync(join(tmpdir(), 'hot-law-')))
  readonly #compareLogs: boolean
  readonly #fresh: FreshProcesses

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
    this.#fresh = new FreshProcesses(node, this.#folder)
  }

  close(): void {
    this.#fresh.end()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /** Runs a case up to the first violation. */
  async run(test: Case, counts: Counts = noCounts()): Promise<Violation | undefined> {
    counts.programs++
    tally(counts, test)
    const folder = this.#fresh.makeFolder(test.files)
    const options = { otherHooks: test.otherHooks, roots: layouts[test.layout], ledger: test.ledger }
    const hot = new Child(this.node, join(this.#folder, 'hot.mjs'), [folder, JSON.stringify(options)], 15_000)
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
    const inTrees = (paths: Iterable<string>) => [...paths].filter(path => treeOf(test.layout, path) !== undefined)
    const published = new Published(test.files)
    const ledger = new Ledger()
    /** Files that may be evaluated: those that changed, were never evaluated or failed, and those that depend on them. */
    const fresh = new Set<string>()
    const finished = new Set<string>()
    let last = new Map<string, Result>()
    const past: Past = { failures: new Set(), races: new Set(), forgotten: false, unended: new Set() }
    let step = 0
    try {
      await hot.ready()
      if (test.steps.some(({ drive }) => drive === 'disk')) await ask({ command: 'watch' })
      for (; step <= test.steps.length; step++) {
        const asked = test.observations.filter(({ after = 0 }) => after <= step)
        const before = published.state
        let news = true
        let answers: readonly Answer[] = []
        /** Several edits may make several updates, with states in between. So may some ways of saving. */
        let isOneUpdate = false
        const racing = step > 0 && test.steps[step - 1]!.racing === true
        if (step > 0) {
          const { edits, drive } = test.steps[step - 1]!
          const touched = new Set<string>()
          if (racing) await ask({ command: 'race', observations: asked.filter(({ after = 0 }) => after < step) })
          if (drive === 'memory') await ask({ command: 'memory', changes: published.editMemory(edits) })
          else {
            for (const { edit, changed } of published.editDisk(edits)) {
              onDisk(join(folder, 'app'), edit)
              for (const path of changed) touched.add(path)
            }
          }
          const texts = textsOf(published.state)
          const files = Object.fromEntries(inTrees(texts.keys()).map(path => [path, texts.get(path)]))
          const changes = changesBetween(before, published.state)
          const returning = drive === 'disk' && edits.some(({ op, path }) => op !== 'touch' && !changes.includes(path))
          const settled = (await ask({ command: 'settle', files, returning })) as Books & {
            wrong: string[]
            answers?: Answer[]
            published: boolean
          }
          if (settled.wrong.length > 0) return { kind: 'tree', step, hot: settled.wrong, cold: [] }
          answers = settled.answers ?? []
          const [edit, ...more] = edits
          const isAtOnce = drive === 'memory' || (edit?.op === 'write' && edit.save === 'atomic')
          isOneUpdate = changes.length === 1 && more.length === 0 && isAtOnce
          for (const path of [...changes, ...foldersBetween(before, published.state)]) touched.add(path)
          news = settled.published
          const may = new Set([before, published.state].flatMap(state => [...closure(state, touched)]))
          for (const path of may) fresh.add(path)
          if (test.ledger) {
            const after = published.state
            const kept = new Map([...before].filter(([path]) => after.has(path)))
            const used = reachable(kept, rootsOf(last))
            const wrong = racing
              ? ledger.raced(settled, step)
              : ledger.updated(settled, step, before, changes, { stale: may, used })
            if (wrong) return wrong
            for (const path of closure(published.state, ledger.closed(settled))) fresh.add(path)
          }
        }
        const [seen, truth] = await Promise.all([
          ask({ command: 'observe', observations: asked }) as Promise<Observed>,
          this.#fresh.ask(published.state, asked),
        ])
        counts.states++
        counts.observations += truth.results.length
        const errors = truth.results.filter(result => result.error !== undefined).length
        counts.errors += errors
        if (errors > 0) counts.errorStates++
        counts.evaluations += seen.log.filter(line => line.startsWith('start ')).length
        if (test.ledger) for (const path of closure(published.state, ledger.closed(seen))) fresh.add(path)
        const now = new Map(asked.map((observation, index) => [JSON.stringify(observation), seen.results[index]!]))
        // Modules that nothing imports any more may be closed by now.
        if (test.ledger) for (const path of closure(published.state, ledger.closed(seen))) fresh.add(path)
        const violation =
          (await this.#compare(
            published.state,
            seen,
            truth,
            asked,
            { step, news: news && !racing, racing, past },
            counts,
          )) ??
          (this.#compareLogs
            ? judge(seen, truth, fresh, finished, asked, {
                step,
                last,
                racing: racing ? test.steps[step - 1]!.edits.length : 0,
              })
            : undefined) ??
          (isOneUpdate
            ? judgeRace(answers, last, now, published.state, step, { node: this.node.version, ...past }, counts)
            : undefined)
        last = now
        if (violation) return violation
        if (isRace(truth.results))
          for (const [name, result] of now) past.races.add(name + JSON.stringify(endOf(result)))
        // Modules in the log may be closed by now: those that were evaluated during an update, say, or for a module that failed.
        if (test.ledger) for (const path of closure(published.state, ledger.ended(seen))) fresh.add(path)
        if (test.ledger) {
          const wrong = ledger.observed(seen, step, seen.log, published.state, rootsOf(now))
          if (wrong) return wrong
        }
      }
      return undefined
    } catch (error) {
      const { message } = error as Error
      const exemption = exemptionForEnd(this.node.version, message)
      if (exemption === undefined) return { kind: 'process', step, hot: message, cold: '' }
      add(counts.exempted, exemption)
      return undefined
    } finally {
      counts.registered += ledger.registered
      counts.fired += ledger.fired
    }
  }

  async #compare(
    state: State,
    hot: Observed,
    cold: Observed,
    observations: readonly Observation[],
    { step, news, racing, past }: { step: number; news: boolean; racing: boolean; past: Past },
    counts: Counts,
  ): Promise<Violation | undefined> {
    for (const failure of failuresIn(hot.results)) past.failures.add(failure)
    // As long as nothing is published, a failed module is not re-evaluated when it is imported once more.
    const isSame = step > 0 && !news && !racing
    const imports = isSame ? observations.filter(({ how }) => how === 'import').map(({ path }) => path) : []
    const failed = new Set(past.unended)
    for (const line of hot.log) {
      const name = line.slice(line.indexOf(' ') + 1)
      if (line.startsWith('start ') && state.get(fileOf(name))?.style === 'esm') past.unended.add(name)
      else past.unended.delete(name)
      // During an update, anything may have been imported before.
      if (racing && past.unended.has(name)) failed.add(name)
      else failed.delete(name)
    }
    past.forgotten ||= hasForgottenFailure(state, cold, path => (racing || imports.includes(path) ? 1 : 0))
    for (const [index, observation] of observations.entries()) {
      const seen = hot.results[index]!
      if (equal(endOf(seen), endOf(cold.results[index]!))) continue
      // What a process imports first may decide what it gets later: only a process that imports nothing else is fresh.
      const alone = await this.#fresh.ask(state, [observation])
      if (equal(endOf(seen), endOf(alone.results[0]!))) continue
      const keepsRace = past.races.has(JSON.stringify(observation) + JSON.stringify(endOf(seen)))
      const exemption = await exemptionFor({
        node: this.node.version,
        state,
        hot: seen,
        cold,
        alone,
        news,
        keepsRace,
        ...past,
        afterOthers: () => this.#fresh.askAfter([...failed].map(importOf), state, observations, index),
        asJavaScript: () => this.#fresh.askAsJavaScript(state, observations, index),
      })
      if (exemption !== undefined) {
        add(counts.exempted, exemption)
        continue
      }
      const show = ({ value, error, message }: Result) => (error === undefined ? value : { error, message })
      return { kind: 'values', step, observation, hot: show(seen), cold: show(alone.results[0]!) }
    }
    return undefined
  }
}
