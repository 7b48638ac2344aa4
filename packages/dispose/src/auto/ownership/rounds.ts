/**
 * Rounds of loops. A consumer asks for work, handles it, and asks for more. While it is about to be replaced, it goes on to the end of
 * its round, and does not begin another one. Places in its code come in; whether a new round begins there goes out.
 */
import { promiseHooks } from 'node:v8'
import { callSites, isBody, isOwnFile, nameOf } from './call-sites.ts'
import { currentOrigin, currentVersion } from './origins.ts'
import { drainTime } from './timer-chain.ts'

/** Taken before the program may replace it. */
const clock = performance.now.bind(performance)

/** A place in a function of the tree that nobody awaits. */
export interface Place {
  readonly fn: string
  readonly line: number
  readonly column: number
  /** Does it await something there, or call it? V8 gives these different columns. */
  readonly awaits: boolean
}

/** What is known about the loops of one evaluation. Each loop is known by its function. */
export class Rounds {
  /** The places of the requests of each loop, and the first of them that came again: there a round begins. */
  readonly #requests = new Map<string, { readonly places: Set<string>; first?: string }>()
  readonly #consumers = new Set<string>()

  /** Does this loop handle what arrives? It does if it ever waited right after something had arrived. */
  isConsumer({ fn }: Place, arrived: boolean): boolean {
    if (arrived) this.#consumers.add(fn)
    return this.#consumers.has(fn)
  }

  /** Notes a request of a loop. Says whether it begins a round, as far as that is known. */
  note({ fn }: Place, place: string): boolean {
    const requests = this.#requests.get(fn) ?? { places: new Set<string>() }
    this.#requests.set(fn, requests)
    if (requests.places.has(place)) requests.first ??= place
    else requests.places.add(place)
    return place === requests.first
  }

  /** Would a request at this place begin a round? */
  begins({ fn }: Place, place: string): boolean {
    const { places, first } = this.#requests.get(fn) ?? {}
    return first === undefined ? places?.has(place) === true : place === first
  }
}

/** Where a loop was last. While it waits there, what it waits for may take many steps. `call`: where it called that, if it is known. */
interface LastPlace extends Place {
  readonly call?: Place | undefined
}

/** From the moment that evaluations are to be replaced until their work is done, loops go on to the end of their rounds. */
export class Draining {
  readonly began = clock()
  until = this.began + drainTime
  readonly #last = new Map<string, LastPlace>()
  readonly #ended = new Set<string>()
  /** The promises that code of the tree makes, and that are not settled. To know them costs much, so it is done only here. */
  readonly #unsettled = new Map<Promise<unknown>, Chain>()
  readonly #ends: (() => void)[]
  #looking = false

  readonly questions: readonly Place[]

  constructor(places: readonly Place[], questions: readonly Place[]) {
    this.questions = questions
    for (const place of places) this.#last.set(place.fn, place)
    this.#ends = [
      promiseHooks.onInit((promise, parent) => this.#made(promise, parent)) as () => void,
      promiseHooks.onSettled(promise => void this.#unsettled.delete(promise)) as () => void,
    ]
  }

  stop(): void {
    for (const end of this.#ends) end()
  }

  prolong(): void {
    this.until = clock() + drainTime
  }

  /** Does the code of a tree wait for something that it began since? `known`: what these chains wait for is known. */
  isWaiting(known: readonly Chain[] = []): boolean {
    for (const chain of this.#unsettled.values()) if (!known.includes(chain)) return true
    return false
  }

  /** Does a loop go on with the same round? It begins another one when it is at an earlier place than before. */
  goesOn(place: Place): boolean {
    const last = this.#last.get(place.fn)
    const call = place.awaits ? last?.call : place
    this.#last.set(place.fn, { ...place, call })
    if (last && (place.awaits === last.awaits ? isBefore(place, last) : !place.awaits && beginsAgain(place, last)))
      this.end(place)
    return !this.#ended.has(place.fn)
  }

  /** A round of a loop is over. */
  end({ fn }: Place): void {
    this.#ended.add(fn)
    for (const [promise, maker] of this.#unsettled) if (maker === fn) this.#unsettled.delete(promise)
  }

  /** A promise with a parent continues another one, and may never be settled: `await` makes such promises. */
  #made(promise: Promise<unknown>, parent: Promise<unknown> | undefined): void {
    const origin = currentOrigin()
    if (parent || this.#looking || !origin || (origin.work && origin.work.began > this.began)) return
    this.#looking = true
    try {
      const sites = callSites()
      if (!isCalledByTree(sites)) return
      const chain = chainOf(sites)
      if (typeof chain !== 'string' || !this.#ended.has(chain)) this.#unsettled.set(promise, chain)
    } finally {
      this.#looking = false
    }
  }
}

/** Does a package call, or wait for, the code of the tree that runs? Then that is a handler, and not the program's own loop. */
export function isCalledByPackage(sites: readonly NodeJS.CallSite[]): boolean {
  let outermost: 'tree' | 'package' | undefined
  let hasTree = false
  for (const site of sites) {
    const file = site.getFileName()
    if (!file || file.startsWith('node:') || isOwnFile(file)) continue
    if (isBody(site)) break // further out is who imports it
    outermost = isOfTree(file) ? 'tree' : 'package'
    hasTree ||= outermost === 'tree'
  }
  return hasTree && outermost === 'package'
}

/** Does the function of the tree that runs make a promise? V8 names its constructor so. A timer that is set there is a sleep. */
export function isInExecutor(sites: readonly NodeJS.CallSite[]): boolean {
  const at = sites.findIndex(isFunctionOfTree)
  return at >= 0 && sites[at + 1]?.isConstructor() === true && sites[at + 1]?.getFunctionName() === 'Promise'
}

/** Is code of a tree among these callers? */
export function isCalledByTree(sites: readonly NodeJS.CallSite[]): boolean {
  return sites.some(site => isOfTree(site.getFileName() ?? 'node:'))
}

/** What runs: some work, a loop of the module's own by its function, or a handler that a package waits for. */
export type Chain = object | string | undefined

export function chainOf(sites: readonly NodeJS.CallSite[]): Chain {
  return currentOrigin()?.work ?? (isCalledByPackage(sites) ? undefined : loopIn(sites)?.fn)
}

/** Is a place earlier in the text? Two calls at one place are two rounds; two steps of what is awaited there are not. */
function isBefore(place: Place, last: Place): boolean {
  if (place.line !== last.line) return place.line < last.line
  return place.column < last.column || (place.column === last.column && !place.awaits)
}

/** A call after an `await`: is it the one that was awaited, or an earlier one? `await` stands in front of what it waits for. */
function beginsAgain(place: Place, { call, ...last }: LastPlace): boolean {
  return isBefore(place, call ?? last)
}

/** Was a question asked at an earlier place of the loop than where it is? */
export function isAskedBefore(question: Place, place: Place): boolean {
  if (question.fn !== place.fn) return false
  if (question.line !== place.line) return question.line < place.line
  return question.column < place.column
}

/** The outermost function of the tree, which nobody awaits, and where it is. Undefined in the body of a module. */
export function loopIn(sites: readonly NodeJS.CallSite[]): Place | undefined {
  const site = sites.findLast(isFunctionOfTree)
  if (!site) return undefined
  const fn = `${site.getFileName()}:${site.getEnclosingLineNumber()}:${site.getEnclosingColumnNumber()}`
  return { fn, line: site.getLineNumber() ?? 0, column: site.getColumnNumber() ?? 0, awaits: site.isAsync() }
}

/** Where all functions of the tree are that are called, or waited for. */
export function placeOf(sites: readonly NodeJS.CallSite[]): string {
  return sites
    .filter(isFunctionOfTree)
    .map(site => `${site.getFileName()}:${site.getLineNumber()}:${site.isAsync() ? 'await' : site.getColumnNumber()}`)
    .join(' ')
}

function isFunctionOfTree(site: NodeJS.CallSite): boolean {
  const file = site.getFileName()
  return file !== null && file !== undefined && isOfTree(file) && !isBody(site)
}

function isOfTree(file: string): boolean {
  return !file.startsWith('node:') && !isOwnFile(file) && currentVersion(nameOf(file).file) !== undefined
}
