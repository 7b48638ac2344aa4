/** Finds the module that calls a function of Node. */
import { callSites, captureCallSites, isBody, isOwnFile, type ModuleName, nameOf } from './call-sites.ts'
import { isElsewhere, isLoading } from './evaluations.ts'
import {
  chainStarter,
  currentOrigin,
  currentVersion,
  isLater,
  isSuperseded,
  noteStarter,
  type Origin,
} from './origins.ts'

export interface CallingModule extends ModuleName {
  readonly by: 'evaluation' | 'chain'
  /** A newer version of the module is published. */
  readonly superseded: boolean
  /** The file whose function makes the call. Undefined if it is that of the module. */
  readonly through?: string | undefined
}

/** Can a call belong to an evaluation at all? The cheapest question, for functions that are called often. */
export function isAnyModuleRunning(): boolean {
  return isLoading() || currentOrigin() !== undefined
}

/**
 * The module whose evaluation makes a call: the innermost one whose body is on the stack, else the one that started the running async
 * chain. It may belong to a package. Undefined for calls of Node's loader, a compiler or another hook, in requests, and in callbacks of
 * timers that come later than the evaluation. `isKnown` tells which modules may be replaced.
 */
export function callingModule(isKnown: (file: string) => boolean): CallingModule | undefined {
  const origin = currentOrigin()
  const elsewhere = isElsewhere()
  if (elsewhere && (!origin || isLater(origin))) return undefined
  const through = new Set<string>()
  const sites = callSites()
  const caller = callerIn(sites, elsewhere, origin, through)
  if (caller?.by === 'evaluation' && isKnown(caller.file)) noteStarter(nameOf(caller.raw), through)
  return caller
}

/**
 * Returns a function that finds the calling module later: noting a synchronous call costs a fraction of finding out who made it.
 * Undefined if it is certain that no evaluation made it.
 */
export function callingModuleLater(): (() => CallingModule | undefined) | undefined {
  const origin = currentOrigin()
  const elsewhere = isElsewhere()
  if (elsewhere && (!origin || isLater(origin))) return undefined
  const sites = captureCallSites()
  return () => callerIn(sites(), elsewhere, origin, new Set())
}

function callerIn(
  sites: readonly NodeJS.CallSite[],
  elsewhere: boolean,
  origin: Origin | undefined,
  through: Set<string>,
): (CallingModule & { raw: string }) | undefined {
  for (const site of sites) {
    const file = site.getFileName()
    if (!file || isOwnFile(file)) continue
    if (!elsewhere && isBody(site)) {
      const name = nameOf(file)
      return { ...name, by: 'evaluation', superseded: isSuperseded(name, origin), through: firstOf(through), raw: file }
    }
    if (file.startsWith('node:internal/modules/')) return undefined
    if (!file.startsWith('node:')) through.add(nameOf(file).file)
  }
  if (!origin || isLater(origin)) return undefined
  const starter = chainStarter(origin, sites)
  return starter && { ...starter, by: 'chain', through: firstOf(through), raw: starter.file }
}

function firstOf(files: ReadonlySet<string>): string | undefined {
  for (const file of files) return file
  return undefined
}

/** The files whose functions are running, the innermost first; as V8 names them, without `?ver=`. */
export function* runningFiles(): Iterable<string> {
  for (const site of callSites()) {
    const file = site.getFileName()
    if (file && !file.startsWith('node:') && !isOwnFile(file)) yield nameOf(file).file
  }
}

/**
 * Of the functions that run, up to the body of a module that calls them: their files, if one of them begins to wait here. Node's own
 * functions and those of packages begin most waits; they are told at once.
 */
export function* awaitingFiles(): Iterable<string> {
  if (!callSites(few).some(isProgramsOwn)) return
  for (const site of callSites()) {
    const file = site.getFileName()
    if (isProgramsOwn(site)) yield nameOf(file!).file
    if (isBody(site)) return
  }
}

/** How many frames are looked at first: ours are among them. */
const few = 12

function isProgramsOwn(site: NodeJS.CallSite): boolean {
  const file = site.getFileName()
  return file !== null && file !== undefined && !isOwnFile(file) && currentVersion(nameOf(file).file) !== undefined
}
