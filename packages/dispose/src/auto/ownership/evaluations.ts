/** Which evaluations are under way. */
import { AsyncResource, executionAsyncId, executionAsyncResource } from 'node:async_hooks'
import diagnostics from 'node:diagnostics_channel'
import { callSites, isBody, type ModuleName, nameOf } from './call-sites.ts'
import { beginRounds, endEvaluation } from './origins.ts'

let requires = 0
/** What is being imported, from the call to the end of the evaluation, top-level awaits included. */
const imports = new Set<object>()
let watchers = 0
let endRounds = () => {}

const nothing = { start() {}, end() {}, asyncStart() {}, asyncEnd() {}, error() {} }
const channels = [
  [
    diagnostics.tracingChannel('module.require'),
    {
      ...nothing,
      start: () => {
        requires++
        changed()
      },
      end: (message: unknown) => {
        requires--
        changed()
        endEvaluation(message as object)
      },
    },
  ],
  [
    diagnostics.tracingChannel('module.import'),
    {
      ...nothing,
      // Not counted: of an import that began before this, only the end may be told.
      start: (message: unknown) => {
        imports.add(message as object)
        changed()
      },
      asyncEnd: (message: unknown) => {
        imports.delete(message as object)
        changed()
        endEvaluation(message as object)
      },
    },
  ],
] as const

/** Keeps account of what `require` and `import` have under way; returns what ends that. Nothing else here works without it. */
export function watchEvaluations(): () => void {
  if (watchers++ === 0) {
    for (const [channel, subscribers] of channels) channel.subscribe(subscribers)
    endRounds = beginRounds(channels.map(([{ start }]) => start))
  }
  let over = false
  return () => {
    if (over) return
    over = true
    if (--watchers > 0) return
    endRounds()
    for (const [channel, subscribers] of channels) channel.unsubscribe(subscribers)
    requires = 0
    imports.clear()
    changed()
  }
}

interface WhileLoading {
  watch(): void
  unwatch(): void
}

const whileLoading = new Set<WhileLoading>()
let wasLoading = false

function changed(): void {
  if (wasLoading === isLoading()) return
  wasLoading = !wasLoading
  for (const each of whileLoading) wasLoading ? each.watch() : each.unwatch()
}

/** Something watches only while something is being loaded; returns what ends that. */
export function watchWhileLoading(watching: WhileLoading): () => void {
  whileLoading.add(watching)
  if (isLoading()) watching.watch()
  return () => {
    whileLoading.delete(watching)
    watching.unwatch()
  }
}

/** Whether anything at all is being loaded: the cheapest question, for functions that are called often. */
export function isLoading(): boolean {
  return requires > 0 || imports.size > 0
}

/**
 * Whether nothing can be under evaluation here, told without looking at the stack: nothing is being loaded, or not here.
 * `import` evaluates in microtasks, which Node runs outside of every callback: inside one (a request, a timer, a tick) only
 * `require` can evaluate anything. A microtask has no id, or, while somebody uses async hooks, that of a promise; an
 * AsyncResource of the program's own may be entered anywhere.
 */
export function isElsewhere(): boolean {
  if (requires > 0) return false
  if (imports.size === 0) return true
  if (executionAsyncId() <= 1) return false
  const resource = executionAsyncResource()
  return !(resource instanceof Promise) && !(resource instanceof AsyncResource)
}

/**
 * The innermost module whose body is on the stack: the one that is being evaluated. Undefined outside of evaluations. It may
 * be a package, or any other file.
 */
export function evaluatedModule(): ModuleName | undefined {
  if (isElsewhere()) return undefined
  for (const site of callSites()) {
    if (!isBody(site)) continue
    const file = site.getFileName()
    if (file) return nameOf(file)
  }
  return undefined
}
