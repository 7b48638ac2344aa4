/** What arrives on a socket: it begins work, and can be held back while the work in flight is finished. */
import type { Socket } from 'node:net'
import { captureCallSites } from '../ownership/call-sites.ts'
import { currentOrigin } from '../ownership/origins.ts'
import { soon } from '../ownership/owned-resources.ts'
import { isCalledByPackage, isCalledByTree, loopIn, type Place } from '../ownership/rounds.ts'
import type { Source, WorkInFlight } from '../ownership/work.ts'

const { AsyncLocalStorage } = process.getBuiltinModule('node:async_hooks')

/** Taken before the program may replace it. */
const clock = performance.now.bind(performance)

/** The pieces of one answer follow each other within so many ms. */
const pieceTime = 10

interface Internals {
  push(chunk: unknown, encoding?: unknown): boolean
  _writeGeneric?(...args: unknown[]): unknown
}

interface Question {
  readonly at: number
  readonly inWork: boolean
  readonly sites: () => NodeJS.CallSite[]
}

/** What waits, and what runs it in the async context in which it arrived. */
interface Held {
  readonly args: [unknown]
  readonly inContext: (handle: () => unknown) => unknown
}

/** The incoming half of a socket. `push` is Node's documented way in; `_writeGeneric` is undocumented, and the same on 22, 24 and 26. */
export class Incoming implements Source {
  readonly #push: Internals['push']
  #held: Held[] | undefined
  /** What is let in counts as work that was there by then: it is waited for. */
  #heldSince = 0
  #isDropping = false
  /** Has work come from here that took some time? */
  bringsWork = false
  /** What was asked last, and the same if it is not answered. */
  #question: Question | undefined
  #asked: Question | undefined
  /** Has the program written something, and has it since data arrived? */
  #wrote: 'never' | 'before' | 'since' = 'never'
  #arrivedAt = Number.NEGATIVE_INFINITY
  /** Has data only arrived when something was asked? */
  #onlyAnswers = true
  #ended = () => {}

  readonly #work: WorkInFlight
  readonly #socket: Socket

  constructor(socket: Socket, work: WorkInFlight) {
    this.#work = work
    this.#socket = socket
    const internals = socket as unknown as Internals
    const push = internals.push
    this.#push = (...args) => Reflect.apply(push, socket, args) as boolean
    define(internals, 'push', (...args: [unknown]) => {
      if (!this.#held) return this.#handle(args)
      this.#held.push({ args, inContext: AsyncLocalStorage.snapshot() })
      if (args[0] === null) this.#ended()
      work.moved()
      return true
    })
    const write = internals._writeGeneric
    if (!write) return
    let isWaiting = false
    define(internals, '_writeGeneric', (...args: unknown[]) => {
      const origin = currentOrigin()
      if (origin) {
        const sites = captureCallSites()
        if (this.#held && !work.mayWrite(sites)) {
          // The stream must not wait for it: it could not say the end then.
          const written = args.at(-1)
          if (typeof written === 'function') process.nextTick(written as () => void)
          return undefined
        }
        // What was written while the socket was connecting is written once more now, by nobody's code.
        if (!isWaiting) {
          this.#question = { at: clock(), inWork: origin.work !== undefined, sites }
          this.#asked = this.#question
        }
      }
      isWaiting = socket.connecting
      this.#wrote = 'since'
      return Reflect.apply(write, socket, args) as unknown
    })
  }

  /** From now on, what arrives waits. */
  hold(): void {
    if (!this.#held) this.#heldSince = clock()
    this.#held ??= []
  }

  /** Handles what has waited, except for the end. What arrives later waits again. */
  letIn(): void {
    const held = this.#held ?? []
    const isEnded = held.at(-1)?.args[0] === null
    this.#handleAll(held.splice(0, held.length - (isEnded ? 1 : 0)))
  }

  #handleAll(held: readonly Held[]): void {
    for (const { args, inContext } of held) inContext(() => this.#handle(args, this.#heldSince))
  }

  /**
   * Says the end to the other side, while what it has sent before still comes, and waits. Nothing can be written any more. Resolves when
   * the other side has answered with its own end, after `ms` at most.
   */
  async finish(ms: number): Promise<void> {
    this.hold()
    await soon(ms, ended => {
      this.#ended = ended
      this.#socket.end()
      define(this.#socket, 'write', () => true)
    })
  }

  /** The connection is about to end: what has waited, and what still comes, is dropped, except for the end itself. */
  drop(): void {
    const held = this.#held ?? []
    this.#held = undefined
    this.#isDropping = true
    this.#handleAll(held)
  }

  get isHeld(): boolean {
    return this.#held?.some(({ args: [data] }) => data !== null) === true
  }

  /**
   * When the code of a tree wrote what is not answered yet. What a package wrote by itself does not count: to wait for a job, say. And
   * what arrives where work comes from is no answer.
   */
  get asked(): number | undefined {
    return !this.bringsWork && this.#asked && isCalledByTree(this.#asked.sites()) ? this.#asked.at : undefined
  }

  /** Does a loop of the module's own wait for an answer, for a job perhaps? Where things also arrive unasked, nobody can tell. */
  get isPolled(): boolean {
    return this.#asked !== undefined && this.question !== undefined
  }

  /** Where a loop of the module's own has asked what was asked last, whether it is answered or not. */
  get question(): Place | undefined {
    if (!this.#question || this.#question.inWork || !this.#onlyAnswers) return undefined
    const sites = this.#question.sites()
    return isCalledByPackage(sites) ? undefined : loopIn(sites)
  }

  #handle(args: [unknown], at = clock()): boolean {
    this.#asked = undefined
    if (args[0] !== null) {
      const isPiece = clock() - this.#arrivedAt < pieceTime
      if (this.#wrote === 'before' && !isPiece) this.#onlyAnswers = false
      if (this.#wrote === 'since') this.#wrote = 'before'
      this.#arrivedAt = clock()
    }
    if (this.#isDropping && args[0] !== null) return true
    return this.#work.handleData(this, () => this.#push(...args), at)
  }
}

function define(object: object, name: string, value: (...args: never[]) => unknown): void {
  Object.defineProperty(object, name, { configurable: true, enumerable: false, writable: true, value })
}
