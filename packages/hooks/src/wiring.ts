/** Puts the parts of a program together: one set of them for each graph. */
import { EventEmitter } from 'node:events'
import { isAbsolute } from 'node:path'
import { pathToFileURL } from 'node:url'
import { knowModules, type Modules } from '@hot/dispose/ownership'
import type { ModuleGraph } from '@hot/graph'
import { newestVersion } from '@hot/tree'
import { Contributions } from './contributions/contributions.ts'
import { Evaluations } from './hot/evaluations.ts'
import { answerGeneratedCode } from './loading/generated-code.ts'
import { Program } from './modules/program.ts'
import { OwnWrites } from './reads/own-writes.ts'
import { Reads } from './reads/reads.ts'
import { AfterUpdate } from './update/after-update.ts'
import { ModuleUpdates } from './update/module-updates.ts'
import { Reports } from './update/reports.ts'
import { restartReasons } from './update/restart-reasons.ts'

/** Everything behind one tree's hooks. The trees of one graph share all of it but the tree. */
export interface Parts {
  readonly program: Program
  readonly evaluations: Evaluations
  readonly updates: ModuleUpdates
  readonly reports: Reports
  readonly contributions: Contributions
  readonly events: EventEmitter
  /** What modules read. */
  readonly reads: Reads
  readonly ownWrites: OwnWrites
  /** Who started an async chain is told for the modules of this program. */
  readonly modules: Modules
}

export interface PartsOptions {
  readonly disposeTimeout?: number
  readonly reclaim?: boolean
  readonly contributions?: boolean
}

const partsOfGraph = new WeakMap<ModuleGraph, Parts>()
/** Each with what ends its part in what the process does. */
const connected = new Map<Parts, () => void>()

/** The parts of a graph's program; made when the first of its trees asks for them. */
export function connect(graph: ModuleGraph, options: PartsOptions): Parts {
  let parts = partsOfGraph.get(graph)
  if (!parts) {
    parts = assemble(graph, options)
    partsOfGraph.set(graph, parts)
  } else if ([options.disposeTimeout, options.reclaim, options.contributions].some(value => value !== undefined)) {
    const names = 'disposeTimeout, reclaim and contributions'
    const message = `${names} hold for all trees of a graph: give them to the first useTree() of it.`
    process.emitWarning(message, { code: 'HOT_OPTIONS' })
  }
  if (!connected.has(parts)) {
    const ends = [knowModules(parts.modules), parts.reads.begin(), parts.ownWrites.begin()]
    connected.set(parts, () => {
      for (const end of ends) end()
    })
  }
  return parts
}

/** The last tree of a program was closed. */
export function disconnect(parts: Parts): void {
  connected.get(parts)?.()
  connected.delete(parts)
  parts.program.afterUpdate?.end()
  parts.contributions.end()
}

function assemble(graph: ModuleGraph, options: PartsOptions): Parts {
  const { disposeTimeout, reclaim = true, contributions: isWatched = true } = options
  const program = new Program(graph, disposeTimeout)
  const evaluations = new Evaluations(program)
  const reads = new Reads(program)
  const events = new EventEmitter()
  const warn = (message: string) => process.emitWarning(message, { code: 'HOT_MEMORY' })
  program.afterUpdate = new AfterUpdate(program, evaluations, stale => updates.endOpen(stale), reclaim, warn)
  const contributions = new Contributions(
    program,
    reason => needRestart(reason),
    left => void events.emit('addedLater', left),
    isWatched,
  )
  program.contributions = contributions
  const reports = new Reports(program, events)
  program.reports = reports
  const needRestart = (reason: string) => {
    events.emit('restartNeeded', reason)
    for (const tree of program.trees) tree.emit('restartNeeded', reason)
  }
  const updates = new ModuleUpdates(program, evaluations, { reads, contributions, reports }, update => {
    events.emit('updated', update)
    for (const reason of [
      ...restartReasons(update, evaluations, program),
      ...reads.restartReasons(update.changes, update.followed),
    ]) {
      needRestart(reason)
    }
  })
  evaluations.needRestart = needRestart
  const ownWrites = new OwnWrites(program, reads, ids => void updates.invalidate(ids))
  evaluations.invalidate = ids => updates.invalidate(ids)
  evaluations.send = (event, payload) => void events.emit(event, payload)
  answerGeneratedCode({ prepare, valueOfJson })
  const modules: Modules = {
    currentVersion: file => program.findOrCreate(urlOf(file))?.version,
    newestVersion,
    dependsOn: (importer, dependency) => dependsOn(program, urlOf(importer), urlOf(dependency)),
  }
  return { program, evaluations, updates, reports, contributions, events, reads, ownWrites, modules }
}

/** Called by the first line of a module that names `import.meta.hot`, and of an entry point that is re-evaluated. */
function prepare(meta: ImportMeta): void {
  for (const { evaluations } of connected.keys()) if (evaluations.prepare(meta)) return
}

/** Called by the module that stands for a JSON file. */
function valueOfJson(url: string): unknown {
  for (const { program } of connected.keys()) {
    const module = program.current.get(url)
    if (module) return module.value
  }
  return undefined
}

/** V8 names a CommonJS module by its path. */
function urlOf(file: string): string {
  return isAbsolute(file) ? pathToFileURL(file).href : file
}

function dependsOn(program: Program, importer: string, dependency: string): boolean {
  const reached = new Set([importer])
  for (const id of reached) {
    if (id === dependency) return true
    for (const next of program.graph.dependenciesOf(id)) reached.add(next)
  }
  return false
}
