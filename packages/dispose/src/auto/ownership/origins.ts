/**
 * Who started the running async chain. In: rounds (what one `import()` or `require()` evaluates, and all that goes on from
 * there), and modules of a tree with their current versions. Out: the module that a chain belongs to, and whether it is
 * superseded. The invariant: a chain belongs to the round in which it was started, for as long as it runs.
 *
 * | code runs | whose it is | superseded when |
 * |---|---|---|
 * | in the body of a module, or in what that calls | the innermost body on the stack | its version is not the current one; where V8 knows none, the current version is newer than the round |
 * | after an `await` that nobody awaits | the outermost function of a tree on the stack, async frames included; or one that depends on it | the same |
 * | in such a function of a module that only helps | the module that called it in its evaluation | the same, of that module |
 * | in a callback of a timer | the module that set the timer | its timers are closed, and the drain time is over |
 * | in a request, or in a chain of one | nobody's | never |
 */
import type { AsyncLocalStorage as Storage } from 'node:async_hooks'
import diagnostics, { type Channel } from 'node:diagnostics_channel'
import { callSites, isOwnFile, type ModuleName, nameOf } from './call-sites.ts'
import type { TimerChain } from './timer-chain.ts'

const { AsyncLocalStorage } = process.getBuiltinModule('node:async_hooks')

/** What is known of modules that may be replaced. */
export interface Modules {
  /** The version that is current now; undefined for a file that is in no tree. `file` as in {@link ModuleName}. */
  currentVersion(file: string): number | undefined
  /** The greatest version given out so far. */
  newestVersion(): number
  /** Whether one module imports the other, by itself or through others. */
  dependsOn?(importer: string, dependency: string): boolean
}

/** What an async chain carries with it. */
export interface Origin {
  /** Modules with a greater version were published after this chain began. */
  readonly round: number
  /** The same of the round before: what is older was not evaluated in this one. */
  readonly previous: number
  /** Whether the evaluation has come to its end. */
  readonly evaluation: { over: boolean }
  /** The module that called something of Node's last, in its evaluation, and through which other files. */
  readonly starter?: ModuleName
  readonly through?: ReadonlySet<string>
  /** Set in a callback of a timer. */
  readonly timers?: TimerChain
}

/** The module that a chain belongs to. */
export interface Starter extends ModuleName {
  readonly superseded: boolean
}

const storage: Storage<Origin | undefined> = new AsyncLocalStorage()
const known = new Set<Modules>()

/** Makes modules known; returns what makes them unknown again. */
export function knowModules(modules: Modules): () => void {
  known.add(modules)
  return () => void known.delete(modules)
}

export function currentVersion(file: string): number | undefined {
  for (const modules of known) {
    const version = modules.currentVersion(file)
    if (version !== undefined) return version
  }
  return undefined
}

function dependsOn(importer: string, dependency: string): boolean {
  for (const modules of known) if (modules.dependsOn?.(importer, dependency)) return true
  return false
}

let last = { round: Number.NEGATIVE_INFINITY, previous: Number.NEGATIVE_INFINITY }
/** By the message that Node tells of an `import()` or `require()`. */
const evaluations = new WeakMap<object, { over: boolean }>()

function newRound(message: unknown): Origin | undefined {
  const [modules] = known
  if (!modules) return undefined
  const round = modules.newestVersion()
  if (round > last.round) last = { round, previous: last.round }
  const evaluation = { over: false }
  evaluations.set(message as object, evaluation)
  return { ...last, evaluation }
}

export function endEvaluation(message: object): void {
  const evaluation = evaluations.get(message)
  if (evaluation) evaluation.over = true
}

/**
 * Within an evaluation: what goes on from here, after an await too, was started by this module; `through` are the files
 * between its body and the call.
 */
export function noteStarter(starter: ModuleName, through: ReadonlySet<string>): void {
  const origin = storage.getStore()
  if (!origin || (origin.starter === starter && origin.through?.size === through.size)) return
  const { round, previous, evaluation } = origin
  storage.enterWith({ round, previous, evaluation, starter, through })
}

type Binding = Pick<Channel, 'bindStore' | 'unbindStore'>

/** Each `import()` and `require()` begins a round, for what it evaluates; the code that calls it stays in its own. */
export function beginRounds(channels: readonly Binding[]): () => void {
  for (const channel of channels) channel.bindStore(storage, newRound)
  // Where servers are not patched, this is what tells a request from what the evaluation began that made the server.
  const leave = () => storage.enterWith(undefined)
  diagnostics.subscribe('http.server.request.start', leave)
  return () => {
    diagnostics.unsubscribe('http.server.request.start', leave)
    for (const channel of channels) channel.unbindStore(storage)
  }
}

/** Runs what belongs to no evaluation, whatever the context it comes from: a request. */
export function outside<T>(run: () => T): T {
  return storage.getStore() === undefined ? run() : storage.run(undefined, run)
}

/** Runs a callback in the context of another chain. */
export function within<T>(origin: Origin, run: () => T): T {
  return storage.run(origin, run)
}

export function currentOrigin(): Origin | undefined {
  return storage.getStore()
}

export function isSuperseded({ file, version }: ModuleName, origin = storage.getStore()): boolean {
  const current = currentVersion(file)
  if (current === undefined) return false
  if (version !== undefined) return Number(version) !== current
  return origin !== undefined && current > origin.round
}

/** The module that started the running chain, or the one that made these calls; undefined if no evaluation did. */
export function chainStarter(origin = storage.getStore(), sites?: readonly NodeJS.CallSite[]): Starter | undefined {
  if (!origin) return undefined
  const { starter } = origin
  return runningModuleOf(origin, sites) ?? (starter && { ...starter, superseded: isSuperseded(starter, origin) })
}

/** The same, but undefined where no code of a tree is on the stack: a package goes on for itself. */
export function runningModuleOf(origin = storage.getStore(), sites?: readonly NodeJS.CallSite[]): Starter | undefined {
  const running = origin && runningFunction(sites)
  if (!running) return undefined
  const { starter, through } = origin
  if (!starter || starter.file === running.file) return { ...running, superseded: isSuperseded(running, origin) }
  // A function of a module that helps others: whoever called it in its evaluation is the one who goes on here.
  const helps = through?.has(running.file) || currentVersion(running.file)! <= origin.previous
  const superseded = isSuperseded(starter, origin)
  if (helps) return { ...starter, superseded }
  // A callback of one module in the chain of another: as long as the chain goes on, the callback is alive.
  return { ...running, superseded: superseded || (running.version !== undefined && isSuperseded(running, origin)) }
}

/** The outermost function of a tree in the running code, or that awaits it; but rather one whose module depends on that one. */
export function runningFunction(
  sites: readonly NodeJS.CallSite[] = callSites(),
  isModule = ({ file }: ModuleName) => currentVersion(file) !== undefined,
): ModuleName | undefined {
  let outermost: ModuleName | undefined
  let below = false
  const inner = new Map<string, ModuleName>()
  for (const site of sites) {
    const file = site.getFileName()
    // Below microtasks and ticks may be whatever Node was at when it ran them; those who await come last.
    if (!file || (below && !site.isAsync()) || site.isEval()) continue
    if (file.startsWith('node:')) {
      if (file === 'node:internal/process/task_queues') below = true
    } else if (!isOwnFile(file)) {
      const name = nameOf(file)
      if (!isModule(name)) continue
      if (outermost) inner.set(outermost.file, outermost)
      outermost = name
    }
  }
  if (!outermost) return undefined
  inner.delete(outermost.file)
  // It was called back: by a module that it knows, and that does not know it.
  for (const name of [...inner.values()].reverse()) {
    if (dependsOn(name.file, outermost.file) && !dependsOn(outermost.file, name.file)) outermost = name
  }
  return outermost
}
