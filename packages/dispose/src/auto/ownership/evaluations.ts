/** Which evaluations are running. */
import { AsyncResource, executionAsyncId, executionAsyncResource } from 'node:async_hooks'
import diagnostics from 'node:diagnostics_channel'
import { callSites, isBody, type ModuleName, nameOf } from './call-sites.ts'
import { beginRounds, endEvaluation } from './origins.ts'

let requires = 0
/** The running `import()` calls, from the call to the end of the evaluation, top-level awaits included. */
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
      // A set, not a counter: of an import that began before the subscription, only the end is told.
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

/** Keeps account of the running `require` and `import` calls. Returns what ends that. Nothing else here works without it. */
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

/** Lets `watching` watch only while something is being loaded. Returns what ends that. */
export function watchWhileLoading(watching: WhileLoading): () => void {
  whileLoading.add(watching)
  if (isLoading()) watching.watch()
  return () => {
    whileLoading.delete(watching)
    watching.unwatch()
  }
}

/** Is anything being loaded? The cheapest question, for functions that are called often. */
export function isLoading(): boolean {
  return requires > 0 || imports.size > 0
}

/**
 * Is it certain, without a look at the stack, that the running code belongs to no evaluation? It is if nothing is being loaded. And
 * `import` evaluates in microtasks, which Node runs outside of every callback: inside a callback (of a request, a timer, a tick)
 * only `require` can evaluate something. A microtask has no async id, or, while somebody uses async hooks, that of a promise. An
 * AsyncResource of the program may be entered anywhere, so it tells nothing.
 */
export function isElsewhere(): boolean {
  if (requires > 0) return false
  if (imports.size === 0) return true
  if (executionAsyncId() <= 1) return false
  const resource = executionAsyncResource()
  return !(resource instanceof Promise) && !(resource instanceof AsyncResource)
}

/**
 * The module that is being evaluated: the innermost one whose body is on the stack. It may belong to a package, or lie anywhere else.
 * Undefined outside of evaluations.
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
