/**
 * Who started the running async chain. In: rounds (what one `import()` or `require()` evaluates, and all that goes on from
 * there), and modules of a tree with their current versions. Out: the module that a chain belongs to, and whether it is
 * superseded. The invariant: a chain belongs to the round in which it was started, for as long as it runs.
 *
 * | code runs | its module | superseded when |
 * |---|---|---|
 * | in the body of a module, or in what that calls | the innermost body on the stack | its version is not the current one; where V8 knows none, the current version is newer than the round |
 * | in a callback of a listener or timer of a module | the module that added it | the same |
 * | after an `await` nobody awaits, within a round | the outermost function of a tree on the stack, async frames included | the same |
 * | in such a function of a module that only helps | the module that called it while it was evaluated | the same |
 * | in a request, or in a chain of one | nobody's | never |
 */
import type { AsyncLocalStorage as Storage } from 'node:async_hooks'
import diagnostics, { type Channel } from 'node:diagnostics_channel'
import { callSites, isOwnFile, type ModuleName, nameOf } from './call-sites.ts'

const { AsyncLocalStorage } = process.getBuiltinModule('node:async_hooks')

/** What is known of modules that may be replaced. */
export interface Modules {
  /** The version that is current now; undefined for a file that is in no tree. `file` as in {@link ModuleName}. */
  currentVersion(file: string): number | undefined
  /** The greatest version given out so far. */
  newestVersion(): number
}

/** What an async chain carries with it. */
export interface Origin {
  /** Modules with a greater version were published after this chain began. */
  readonly round: number
  /** The same of the round before: what is older was not evaluated in this one. */
  readonly previous: number
  /** The module that called something of Node's last, in its evaluation, and through which other files. */
  readonly starter?: ModuleName
  readonly through?: ReadonlySet<string>
  /** Whether this is a callback of something that the starter owns: a timer, a listener. */
  readonly callback?: boolean
}

const storage: Storage<Origin | undefined> = new AsyncLocalStorage()
const known = new Set<Modules>()

/** Makes modules known; returns what makes them unknown again. */
export function knowModules(modules: Modules): () => void {
  known.add(modules)
  return () => void known.delete(modules)
}

function currentVersion(file: string): number | undefined {
  for (const modules of known) {
    const version = modules.currentVersion(file)
    if (version !== undefined) return version
  }
  return undefined
}

let round: Origin | undefined

function newRound(): Origin | undefined {
  const [modules] = known
  const version = modules?.newestVersion()
  if (version === undefined) return undefined
  if (version !== round?.round) round = { round: version, previous: round?.round ?? Number.NEGATIVE_INFINITY }
  return round
}

/**
 * Within an evaluation: what goes on from here, after an await too, was started by this module; `through` are the files of
 * trees between its body and the call.
 */
export function noteStarter(starter: ModuleName, through: ReadonlySet<string>): void {
  const origin = storage.getStore()
  if (!origin || (origin.starter === starter && origin.through?.size === through.size)) return
  storage.enterWith({ round: origin.round, previous: origin.previous, starter, through })
}

/** Each `import()` and `require()` begins a round, for what it evaluates; the code that calls it stays in its own. */
export function beginRounds(
  channels: readonly { bindStore: Channel['bindStore']; unbindStore: Channel['unbindStore'] }[],
) {
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

/** Runs a callback for the module that handed it in. */
export function within<T>(origin: Origin | undefined, run: () => T): T {
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
export function chainStarter(origin = storage.getStore(), sites?: readonly NodeJS.CallSite[]): ModuleName | undefined {
  if (!origin) return undefined
  if (origin.callback && origin.starter) return origin.starter
  const outermost = outermostModule(sites ?? callSites())
  if (!outermost) return origin.starter
  const { starter, through } = origin
  if (!starter || starter.file === outermost.file) return outermost
  // A function of a module that helps others: whoever called it while it was evaluated is the one who goes on here.
  const helps = through?.has(outermost.file) || currentVersion(outermost.file)! <= origin.previous
  return helps ? starter : outermost
}

/** The module whose function lies at the bottom of the running code, or awaits it. */
function outermostModule(sites: readonly NodeJS.CallSite[]): ModuleName | undefined {
  let outermost: ModuleName | undefined
  let below = false
  for (const site of sites) {
    const file = site.getFileName()
    // Below microtasks and ticks may be whatever Node was at when it ran them; those who await come last.
    if (below && !site.isAsync()) continue
    if (!file || file.startsWith('node:') || isOwnFile(file)) {
      if (file === 'node:internal/process/task_queues') below = true
      continue
    }
    if (site.isEval()) continue
    const name = nameOf(file)
    if (currentVersion(name.file) !== undefined) outermost = name
  }
  return outermost
}
