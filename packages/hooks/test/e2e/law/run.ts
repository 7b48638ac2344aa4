/** Runs a test program in a process with the hooks and, state by state, in one without, and compares. */
import { type ChildProcess, fork } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { NodeVersion } from '../nodes.ts'
import { render } from './source.ts'
import {
  apply,
  type Case,
  changesBetween,
  closure,
  type Edit,
  importsOf,
  isBelow,
  type Observation,
  type State,
  textsOf,
} from './state.ts'

interface Result {
  readonly value?: unknown
  readonly error?: string
  readonly message?: string
  readonly same: boolean
}

interface Observed {
  readonly results: readonly Result[]
  readonly log: readonly string[]
  readonly errors?: readonly string[]
}

/** Where the law was broken. */
export interface Violation {
  readonly kind: 'values' | 'evaluated' | 'instance' | 'tree' | 'process'
  /** The number of edits steps made before. */
  readonly step: number
  readonly observation?: Observation
  readonly hot: unknown
  readonly cold: unknown
}

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

class Child {
  readonly #process: ChildProcess
  readonly #deadline: number
  #output = ''

  constructor(node: NodeVersion, script: string, args: string[], deadline: number) {
    this.#deadline = deadline
    this.#process = fork(script, args, {
      execPath: node.binary,
      execArgv: ['--no-warnings'],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    for (const stream of [this.#process.stdout!, this.#process.stderr!]) {
      stream.on('data', data => {
        this.#output += data
      })
    }
  }

  ready(): Promise<unknown> {
    return this.#answer()
  }

  ask(message: object): Promise<unknown> {
    const answer = this.#answer()
    this.#process.send(message)
    return answer
  }

  #answer(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const child = this.#process
      const done = (end: () => void) => {
        clearTimeout(timer)
        child.off('message', onMessage)
        child.off('exit', onExit)
        end()
      }
      const onMessage = (message: unknown) => done(() => resolve(message))
      const onExit = (code: number | null) =>
        done(() => reject(new Error(`the process ended with ${code}:\n${this.#output}`)))
      const timer = setTimeout(() => done(() => reject(new Error(`no answer:\n${this.#output}`))), this.#deadline)
      child.on('message', onMessage)
      child.on('exit', onExit)
    })
  }

  end(): void {
    this.#process.kill('SIGKILL')
  }
}

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
        const violation = await this.#compare(published.state, seen, truth, test.observations, step)
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
  ): Promise<Violation | undefined> {
    for (const [index, observation] of observations.entries()) {
      const seen = hot.results[index]!
      if (equal(endOf(seen), endOf(cold.results[index]!))) continue
      // What is asked for first may decide what a process says afterwards: only one that is asked for nothing else is fresh.
      const alone = await this.cold(state, [observation])
      if (
        equal(endOf(seen), endOf(alone.results[0]!)) ||
        isRace(alone) ||
        isRace(cold) ||
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

const endOf = ({ value, error }: Result) => (error === undefined ? { value } : { error })

/**
 * Node (22, 24 and 26) forgets that a CommonJS module failed: the second ES module that imports it gets `undefined` for all of
 * its exports. A program in which that happens says nothing.
 */
function hasForgottenFailure(state: State, cold: Observed): boolean {
  const failed = cold.log.filter(line => line.startsWith('start ')).map(line => fileOf(line.slice(6)))
  return failed.some(path => {
    if (state.get(path)?.style !== 'cjs' || cold.log.includes(`end ${path}`)) return false
    return [...state].filter(([other, source]) => importsOf(other, source).includes(path)).length > 1
  })
}

/**
 * A `require()` of an ES module whose `import()` is under way, or has failed, says ERR_REQUIRE_ESM_RACE_CONDITION (Node 24 and 26)
 * or ERR_INTERNAL_ASSERTION or ERR_VM_MODULE_LINK_FAILURE (Node 22): that tells what else this process was asked for, not what is in the files.
 */
const isRace = (cold: Observed): boolean =>
  /ERR_REQUIRE_ESM_RACE_CONDITION|ERR_INTERNAL_ASSERTION|ERR_VM_MODULE_LINK_FAILURE/.test(JSON.stringify(cold.results))

function equal(hot: unknown, cold: unknown): boolean {
  if (Object.is(hot, cold)) return true
  if (typeof hot !== 'object' || typeof cold !== 'object' || hot === null || cold === null) return false
  const [a, b] = [hot, cold] as Record<string, unknown>[]
  const keys = Object.keys(a!)
  return keys.length === Object.keys(b!).length && keys.every(key => Object.hasOwn(b!, key) && equal(a![key], b![key]))
}

const fileOf = (name: string): string => name.replace(/\?(?:q=\d)?$/, '')

/** Whether anything was evaluated that had no reason to be. */
function judge(
  hot: Observed,
  cold: Observed,
  step: number,
  fresh: Set<string>,
  finished: Set<string>,
  observations: readonly Observation[],
): Violation | undefined {
  const count = (log: readonly string[], line: string) => log.filter(other => other === line).length
  const before = new Set(finished)
  for (const line of new Set(hot.log)) {
    const [, what, where] = /^(start|end) (.*)$/s.exec(line)!
    if (what !== 'start') continue
    const file = fileOf(where!)
    const ends = count(hot.log, `end ${where}`)
    if (ends > Math.max(1, count(cold.log, `end ${where}`))) {
      return { kind: 'evaluated', step, hot: `${where} was evaluated ${ends} times`, cold: cold.log }
    }
    if (ends > 0 && before.has(where!) && !fresh.has(file)) {
      return {
        kind: 'evaluated',
        step,
        hot: `${where} was evaluated again`,
        cold: `nothing that it depends on had changed`,
      }
    }
    if (ends > 0) finished.add(where!)
  }
  for (const [index, observation] of observations.entries()) {
    const { same, error } = hot.results[index]!
    const known = before.has(observation.path) && !fresh.has(observation.path)
    if (step > 0 && known && !same && error === undefined) {
      return {
        kind: 'instance',
        step,
        observation,
        hot: 'another instance',
        cold: 'nothing that it depends on had changed',
      }
    }
  }
  for (const line of hot.log) {
    if (line.startsWith('end ')) fresh.delete(fileOf(line.slice(4)))
  }
  return undefined
}

/** What the tree should hold: memory over disk. */
class Published {
  disk: State
  readonly #memory = new Map<string, ReturnType<State['get']>>()

  constructor(files: State) {
    this.disk = files
  }

  get state(): State {
    const state = new Map(this.disk)
    for (const [path, source] of this.#memory) {
      if (source) state.set(path, source)
      else state.delete(path)
    }
    return state
  }

  /** Removals first: a folder makes room for a file, or the reverse. */
  editMemory(edits: readonly Edit[]): [string, string | null][] {
    const before = this.state
    const after = edits.reduce(apply, before)
    const texts = textsOf(after)
    const changes = changesBetween(before, after)
    for (const path of changes) this.#memory.set(path, after.get(path))
    return changes
      .map((path): [string, string | null] => [path, texts.get(path) ?? null])
      .sort(([, a], [, b]) => Number(a !== null) - Number(b !== null))
  }

  /** The edits that apply. What memory has stands until the disk's bytes change at that path. */
  editDisk(edits: readonly Edit[]): { edit: Edit; changed: Set<string> }[] {
    const before = this.disk
    const applied: { edit: Edit; changed: Set<string> }[] = []
    for (const edit of edits) {
      const next = apply(this.disk, edit)
      const paths = [...new Set([...changesBetween(this.disk, next), edit.path])]
      // Where it would matter what the tree happens to see of bytes that come and go, nothing is promised.
      if (paths.some(path => this.#memory.has(path) && changesBetween(before, this.disk).includes(path))) continue
      if (next !== this.disk && [...this.#memory.keys()].some(path => !hasRoomFor(next, path))) continue
      if (next === this.disk && edit.op !== 'touch') continue
      const state = this.state
      const changed = changesBetween(this.disk, next)
      this.disk = next
      applied.push({ edit, changed: closure(state, changed) })
    }
    for (const path of changesBetween(before, this.disk)) this.#memory.delete(path)
    return applied
  }
}

function hasRoomFor(state: State, path: string): boolean {
  return ![...state.keys()].some(other => other.startsWith(`${path}/`) || path.startsWith(`${other}/`))
}

function onDisk(root: string, edit: Edit): void {
  const at = root + edit.path
  const beside = `${root}.tmp`
  if (edit.op === 'touch') utimesSync(at, new Date(), new Date())
  else if (edit.op === 'remove') {
    rmSync(at)
    prune(root, dirname(at))
  } else if (edit.op === 'rename') {
    const to = root + edit.to
    if (isBelow(to, at) || isBelow(at, to)) {
      renameSync(at, beside)
      prune(root, dirname(at))
      mkdirSync(dirname(to), { recursive: true })
      renameSync(beside, to)
    } else {
      mkdirSync(dirname(to), { recursive: true })
      renameSync(at, to)
      prune(root, dirname(at))
    }
  } else if (edit.atomic) {
    save(beside, render(edit.source, edit.path))
    mkdirSync(dirname(at), { recursive: true })
    renameSync(beside, at)
  } else save(at, render(edit.source, edit.path))
}

/** A tree knows of no empty folders, and a fresh copy of it has none. */
function prune(root: string, folder: string): void {
  if (folder === root || readdirSync(folder).length > 0) return
  rmdirSync(folder)
  prune(root, dirname(folder))
}

function save(at: string, text: string): void {
  mkdirSync(dirname(at), { recursive: true })
  writeFileSync(at, text)
}
