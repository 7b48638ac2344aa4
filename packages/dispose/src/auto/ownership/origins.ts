/**
 * Finds the module that started the running async chain.
 *
 * Rounds come in (a round is what one `import()` or `require()` evaluates, and every async chain that this starts), and the modules of
 * trees with their current versions. The module that a chain belongs to goes out, and whether it is superseded. The invariant: a chain
 * belongs to the round in which it was started, as long as it runs.
 *
 * | code runs | it belongs to | it is superseded when |
 * |---|---|---|
 * | in the body of a module, or in a function that this calls | the innermost body on the stack | its version is not the current one; if V8 knows no version, when the current version is newer than the round |
 * | after an `await` in a function that nobody awaits | the outermost function of a tree on the stack, async frames included, or one whose module depends on that one | the same |
 * | in such a function of a helper module | the module that called the helper in its evaluation | the same, for that module |
 * | in a callback of a timer | the module that set the timer | its timers are closed, and the drain time is over |
 * | in a request, or in a chain that a request started | nobody | never |
 */
import type { AsyncLocalStorage as Storage } from 'node:async_hooks'
import diagnostics, { type Channel } from 'node:diagnostics_channel'
import { canIterate } from '../node/iteration.ts'
import { callSites, isOwnFile, type ModuleName, nameOf } from './call-sites.ts'
import type { TimerChain } from './timer-chain.ts'
import type { Work } from './work.ts'

const { AsyncLocalStorage } = process.getBuiltinModule('node:async_hooks')

/** What is known about modules that may be replaced. */
export interface Modules {
  /** The current version; undefined for a file that is in no tree. `file` is as in {@link ModuleName}. */
  currentVersion(file: string): number | undefined
  /** The greatest version so far. */
  newestVersion(): number
  /** Does one module import the other, directly or through others? */
  dependsOn?(importer: string, dependency: string): boolean
}

/** What an async chain carries with it. */
export interface Origin {
  /** The newest version when this round began: a greater one was published later. */
  readonly round: number
  /** The same for the previous round: a module that is not newer was not evaluated in this round. */
  readonly previous: number
  /** Is the evaluation complete? */
  readonly evaluation: { over: boolean }
  /** The module that called a function of Node last in its evaluation, and the files between its body and the call. */
  readonly starter?: ModuleName
  readonly through?: ReadonlySet<string>
  /** Set in a callback of a timer. */
  readonly timers?: TimerChain
  /** Set where data is handled that has arrived on a connection. */
  readonly work?: Work
  /**
   * In a callback of a timer: `next` if every timer that led here was set without a delay, so the chain goes on at once; `again` if this
   * is an interval, or a timer that sets itself again.
   */
  readonly turn?: 'next' | 'later' | 'again'
}

/** Does code run that comes later than its evaluation, because of a timer? What it does is the program's own business. */
export function isLater({ turn, evaluation }: Origin): boolean {
  return turn === 'again' || (turn === 'later' && evaluation.over)
}

/** The module that a chain belongs to. */
export interface Starter extends ModuleName {
  readonly superseded: boolean
}

const storage: Storage<Origin | undefined> = new AsyncLocalStorage()
const known = new Set<Modules>()

/** Makes modules known. Returns what makes them unknown again. */
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
/** By the message that Node publishes for an `import()` or `require()`. */
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
 * Called within an evaluation: the async chains that begin here were started by this module. `through`: the files between its body and
 * the call.
 */
export function noteStarter(starter: ModuleName, through: ReadonlySet<string>): void {
  const origin = storage.getStore()
  if (!origin || (origin.starter === starter && origin.through?.size === through.size)) return
  const { round, previous, evaluation } = origin
  storage.enterWith({ round, previous, evaluation, starter, through })
}

type Binding = Pick<Channel, 'bindStore' | 'unbindStore'>

/** Each `import()` and `require()` begins a round for what it evaluates. The code that calls it stays in its own round. */
export function beginRounds(channels: readonly Binding[]): () => void {
  for (const channel of channels) channel.bindStore(storage, newRound)
  // A request inherits the context of the evaluation that created its server. If servers are not patched, it must be left here.
  const leave = () => storage.enterWith(undefined)
  diagnostics.subscribe('http.server.request.start', leave)
  return () => {
    diagnostics.unsubscribe('http.server.request.start', leave)
    for (const channel of channels) channel.unbindStore(storage)
  }
}

/** Runs code that belongs to no evaluation, such as a request, whatever its context is. */
export function outside<T>(run: () => T): T {
  return storage.getStore() === undefined ? run() : storage.run(undefined, run)
}

/**
 * Runs code that opens something whose events come at any time, such as a file watcher. What they lead to comes later than the evaluation:
 * a framework that watches its files looks at them by itself.
 */
export function openForEvents<T>(open: () => T): T {
  const origin = storage.getStore()
  return origin ? storage.run({ ...origin, turn: 'again' }, open) : open()
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

/** The module that started the running chain, or whose function is in these call sites. Undefined if no evaluation started it. */
export function chainStarter(origin = storage.getStore(), sites?: readonly NodeJS.CallSite[]): Starter | undefined {
  if (!origin) return undefined
  const { starter } = origin
  return runningModuleOf(origin, sites) ?? (starter && { ...starter, superseded: isSuperseded(starter, origin) })
}

/** The same, but undefined if no code of a tree is on the stack: then a package runs on its own behalf. */
export function runningModuleOf(origin = storage.getStore(), sites?: readonly NodeJS.CallSite[]): Starter | undefined {
  if (!canIterate()) return undefined
  const running = origin && runningFunction(sites)
  if (!running) return undefined
  const { starter, through } = origin
  if (!starter || starter.file === running.file) return { ...running, superseded: isSuperseded(running, origin) }
  // A function of a helper module runs for the module that called it in its evaluation.
  const helps = through?.has(running.file) || currentVersion(running.file)! <= origin.previous
  const superseded = isSuperseded(starter, origin)
  if (helps) return { ...starter, superseded }
  // A callback of one module runs in the chain of another one. It is superseded if that chain is.
  return { ...running, superseded: superseded || (running.version !== undefined && isSuperseded(running, origin)) }
}

/** The outermost function of a tree that runs, or awaits what runs; or the function that it calls back. */
export function runningFunction(
  sites: readonly NodeJS.CallSite[] = callSites(),
  isModule = ({ file }: ModuleName) => currentVersion(file) !== undefined,
): ModuleName | undefined {
  let outermost: ModuleName | undefined
  let below = false
  const inner = new Map<string, ModuleName>()
  for (const site of sites) {
    const file = site.getFileName()
    // Frames below microtasks and ticks are what Node was doing when it ran them. The functions that await come last.
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
  // The outer function calls back the inner one: the inner module depends on the outer one's module, and not the other way round.
  for (const name of [...inner.values()].reverse()) {
    if (dependsOn(name.file, outermost.file) && !dependsOn(outermost.file, name.file)) outermost = name
  }
  return outermost
}
