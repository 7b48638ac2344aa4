/**
 * Work in flight: a job, an update of a bot, a notification that is handled.
 *
 * Data that arrives on a connection comes in, and what the work that it begins waits for: a sleep, an answer. What is waited for by
 * evaluations that are about to be replaced goes out. The invariant: such work goes on until its module is published anew, and a loop
 * of the module's own does not begin another round in the meantime.
 */
import type { Scope } from '../../scope.ts'
import { currentOrigin, within } from './origins.ts'
import { soon } from './owned-resources.ts'
import type { Opener } from './owner-of-call.ts'
import {
  type Chain,
  Draining,
  isAskedBefore,
  isCalledByPackage,
  isCalledByTree,
  isInExecutor,
  loopIn,
  type Place,
  placeOf,
  Rounds,
} from './rounds.ts'
import { drainTime } from './timer-chain.ts'

/** Taken before the program may replace them. */
const { setImmediate } = globalThis
const clock = performance.now.bind(performance)

/** Where data arrives. */
export interface Source {
  bringsWork: boolean
}

/** What one piece of arrived data began. */
export interface Work {
  readonly source: Source
  readonly began: number
  /** The texts of the callbacks that its timers had, and the places where it has slept. */
  readonly begun: Set<string>
}

/** Something that work waits for. */
export interface Wait {
  readonly scope: Scope
  /** Where it waits, if it may be a loop of the module's own. */
  readonly loop: Place | undefined
  readonly chain: Chain
  readonly work: Work | undefined
  isOver(): boolean
  /** It is given up: the work does not go on. */
  end(): void
}

/** Something that work uses. */
interface Used {
  readonly scope: Scope
  isOpen(): boolean
  end(): void
}

let arrived = false

/** So many may be over before they are looked for. */
const few = 100

/** For so many turns of the event loop, work must wait for nothing before it is taken to be done. */
const calmTurns = 4

/** While work is drained, it is looked at so often at least, in ms. */
const often = 10

/** What the work of a program waits for. */
export class WorkInFlight {
  readonly #waits = new Set<Wait>()
  #most = few
  readonly #used = new Set<Used>()
  #mostUsed = few
  readonly #roundsOf = new WeakMap<Scope, Rounds>()
  /** Set while work is drained. */
  #draining: Draining | undefined
  #moved = () => {}

  /** Runs what handles data that has arrived, or arrived when it `began`. Everything in its async chain is work. */
  handleData<T>(source: Source, handle: () => T, began = clock()): T {
    // A connection that another module, or a request, has opened may bring an answer too.
    if (!arrived) {
      arrived = true
      setImmediate(() => {
        arrived = false
      })
    }
    const origin = currentOrigin()
    if (!origin) return handle()
    return within({ ...origin, work: { source, began, begun: new Set() } }, handle)
  }

  /** Is a sleep, or another short wait, that this chain begins a step of some work? `text`: that of its callback, if it has one. */
  isStep({ scope, sites, by }: Opener, ms: number, text: string | undefined): boolean {
    const origin = currentOrigin()
    if (by === 'evaluation' || !origin || !(ms < drainTime)) return false
    if (origin.work) return isNew(origin.work, text ?? placeOf(sites), text !== undefined)
    if (text !== undefined && !isInExecutor(sites)) return false
    if (isCalledByPackage(sites)) return true
    const loop = loopIn(sites)
    return loop !== undefined && this.#rounds(scope).isConsumer(loop, arrived)
  }

  /** Does what is opened here belong to some work? It may be needed until that is done. */
  isOfWork({ scope, superseded, sites, by }: Opener): boolean {
    const origin = currentOrigin()
    if (by === 'evaluation' || superseded || !origin) return false
    if (origin.work || this.#draining) return true
    const loop = isCalledByPackage(sites) ? undefined : loopIn(sites)
    return loop !== undefined && this.#rounds(scope).isConsumer(loop, arrived)
  }

  /** Something that work uses, and that does not hold up anybody. It ends when the work of its evaluation is done. */
  use(scope: Scope, isOpen: () => boolean, end: () => void): void {
    this.#used.add({ scope, isOpen, end })
    if (this.#used.size <= this.#mostUsed) return
    for (const used of this.#used) if (!used.isOpen()) this.#used.delete(used)
    this.#mostUsed = this.#used.size * 2 + few
  }

  /** Ends what the work of replaced evaluations has used. */
  endUsed(): void {
    for (const used of this.#used) {
      if (!used.scope.disposed) continue
      this.#used.delete(used)
      if (used.isOpen()) used.end()
    }
  }

  /** A wait of this opener begins. False if it must not: it belongs to a round of a loop that may not begin any more. */
  begin({ scope, superseded, sites }: Opener, isOver: () => boolean, end: () => void): boolean {
    if (superseded) return false
    const { work } = currentOrigin() ?? {}
    const loop = work || isCalledByPackage(sites) ? undefined : loopIn(sites)
    if (this.#draining && scope.disposed && loop && !this.#draining.goesOn(loop)) return false
    if (work) work.source.bringsWork = true
    this.#waits.add({ scope, loop, chain: work ?? loop?.fn, work, isOver, end })
    if (this.#waits.size > this.#most) this.#forget()
    return true
  }

  /**
   * May an evaluation that is about to be replaced make this request? It may for the work that it is at, but it may not ask for more:
   * a package's own request, and the first one of each round of a loop, do that.
   */
  mayRequest(scope: Scope, sites: readonly NodeJS.CallSite[]): boolean {
    if (!this.#draining || !isCalledByTree(sites)) return false
    const loop = loopIn(sites)
    if (!loop || currentOrigin()?.work || isCalledByPackage(sites)) return true
    const begins = this.#rounds(scope).begins(loop, placeOf(sites))
    if (begins && !this.hasAskedBefore(loop)) this.#draining.end(loop)
    return this.#draining.goesOn(loop)
  }

  /** Has a loop asked on a connection for what it does now? Then its request does not ask for work. */
  hasAskedBefore(loop: Place): boolean {
    return this.#draining?.questions.some(question => isAskedBefore(question, loop)) === true
  }

  /**
   * Notes a request of an evaluation. If a loop of the module's own makes it, the result has the loop, and says whether the request begins
   * a round, as far as that is known.
   */
  noteRequest(scope: Scope, sites: readonly NodeJS.CallSite[]): { loop: Place; begins: boolean } | undefined {
    const loop = currentOrigin()?.work || isCalledByPackage(sites) ? undefined : loopIn(sites)
    return loop && { loop, begins: this.#rounds(scope).note(loop, placeOf(sites)) }
  }

  /** May an evaluation that is about to be replaced write this to its connection? It may not ask for more work. */
  mayWrite(sites: () => readonly NodeJS.CallSite[]): boolean {
    if (!this.#draining || currentOrigin()?.work || !currentOrigin()) return true
    const callers = sites()
    const loop = loopIn(callers)
    return !loop || isCalledByPackage(callers) || this.#draining.goesOn(loop)
  }

  #rounds(scope: Scope): Rounds {
    let rounds = this.#roundsOf.get(scope)
    if (!rounds) {
      rounds = new Rounds()
      this.#roundsOf.set(scope, rounds)
    }
    return rounds
  }

  /** A job has come that was asked for before: it gets as much time as one that had begun. */
  prolong(): void {
    this.#draining?.prolong()
    this.#moved()
  }

  /** Something that was waited for has come. */
  moved(): void {
    this.#moved()
  }

  /**
   * Resolves when the work of replaced evaluations is done, or the drain time is over. What it still waits for then never comes.
   * `isWaiting` tells of other things that the work waits for; it is told whether code of the
   * tree waits for something else, an answer perhaps, that it asked for since. `questions`: where loops have asked on connections.
   */
  async drain(isWaiting: (forSomething: boolean) => boolean, questions: readonly Place[]): Promise<void> {
    const draining = new Draining(
      this.#open().flatMap(({ loop }) => loop ?? []),
      questions,
    )
    this.#draining = draining
    // What has come is handled first, and what that writes is sent: packages do so some turns later.
    for (let calm = 0; calm < calmTurns; calm++) {
      const left = draining.until - clock()
      if (left <= 0) break
      if (
        isWaiting(draining.isWaiting(this.#open().map(({ chain }) => chain))) ||
        draining.isWaiting() ||
        this.#ofOldWork().length > 0
      ) {
        calm = 0
        // The update goes on, also when nothing else is left to keep the process alive.
        const moves = (moved: () => void) => {
          this.#moved = moved
        }
        await soon(Math.min(left, often), moves, true)
      }
      await new Promise(resolve => setImmediate(resolve))
    }
    draining.stop()
    this.#draining = undefined
    for (const wait of this.#open()) {
      this.#waits.delete(wait)
      wait.end()
    }
  }

  /** Does the work of evaluations that are about to be replaced wait for something? */
  get isInFlight(): boolean {
    return this.#open().length > 0
  }

  #open(): Wait[] {
    this.#forget()
    return [...this.#waits].filter(({ scope }) => scope.disposed)
  }

  #ofOldWork(): Wait[] {
    const { began } = this.#draining!
    return this.#open().filter(({ work }) => !work || work.began < began)
  }

  #forget(): void {
    for (const wait of this.#waits) if (wait.isOver()) this.#waits.delete(wait)
    this.#most = this.#waits.size * 2 + few
  }
}

/** A callback that comes again is a loop. A sleep that comes again is one, too, if that goes on for longer than work may. */
function isNew({ begun, began }: Work, what: string, isCallback: boolean): boolean {
  const isKnown = begun.has(what)
  begun.add(what)
  return !isKnown || (!isCallback && clock() - began < drainTime)
}
