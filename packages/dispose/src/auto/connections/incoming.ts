/** What arrives on a socket: it begins work, and can be held back while the work in flight is finished. */
import type { Socket } from 'node:net'
import { captureCallSites } from '../ownership/call-sites.ts'
import { currentOrigin } from '../ownership/origins.ts'
import { isCalledByTree } from '../ownership/rounds.ts'
import type { Source, WorkInFlight } from '../ownership/work.ts'

interface Internals {
  push(chunk: unknown, encoding?: unknown): boolean
  _writeGeneric?(...args: unknown[]): unknown
}

/** The incoming half of a socket. `push` is Node's documented way in; `_writeGeneric` is undocumented, and the same on 22, 24 and 26. */
export class Incoming implements Source {
  readonly #push: Internals['push']
  #held: unknown[][] | undefined
  #isDropping = false
  /** Has work come from here that took some time? */
  bringsWork = false
  #asked: { readonly at: number; readonly sites: () => NodeJS.CallSite[] } | undefined

  readonly #work: WorkInFlight

  constructor(socket: Socket, work: WorkInFlight) {
    this.#work = work
    const internals = socket as unknown as Internals
    const push = internals.push
    this.#push = (...args) => Reflect.apply(push, socket, args) as boolean
    define(internals, 'push', (...args: [unknown]) => {
      if (!this.#held) return this.#handle(args)
      this.#held.push(args)
      work.moved()
      return true
    })
    const write = internals._writeGeneric
    if (!write) return
    define(internals, '_writeGeneric', (...args: unknown[]) => {
      if (currentOrigin()) {
        const sites = captureCallSites()
        if (this.#held && !work.mayWrite(sites)) return undefined
        this.#asked = { at: performance.now(), sites }
      }
      return Reflect.apply(write, socket, args) as unknown
    })
  }

  /** From now on, what arrives waits. */
  hold(): void {
    this.#held ??= []
  }

  /** Handles what has waited. What arrives later waits again. */
  letIn(): void {
    for (const args of this.#held?.splice(0) ?? []) this.#handle(args as [unknown])
  }

  /** The connection is about to end: what has waited, and what still comes, is dropped, except for the end itself. */
  drop(): void {
    const held = this.#held ?? []
    this.#held = undefined
    this.#isDropping = true
    for (const args of held) this.#handle(args as [unknown])
  }

  get isHeld(): boolean {
    return this.#held !== undefined && this.#held.length > 0
  }

  /**
   * When the code of a tree wrote what is not answered yet. What a package wrote by itself does not count: to wait for a job, say. And
   * what arrives where work comes from is no answer.
   */
  get asked(): number | undefined {
    return !this.bringsWork && this.#asked && isCalledByTree(this.#asked.sites()) ? this.#asked.at : undefined
  }

  #handle(args: [unknown]): boolean {
    this.#asked = undefined
    if (this.#isDropping && args[0] !== null) return true
    return this.#work.handleData(this, () => this.#push(...args))
  }
}

function define(object: object, name: string, value: (...args: never[]) => unknown): void {
  Object.defineProperty(object, name, { configurable: true, enumerable: false, writable: true, value })
}
