/**
 * The places of listeners that have left. Those of the module's next version come to the same places, so that an emitter of an
 * unchanged module calls its listeners in the order in which a fresh process would.
 *
 * A place is known by the listeners that came after it. They are held weakly: a place keeps no code alive.
 */
import type { EventEmitter } from 'node:events'
import type { Scope } from '../../scope.ts'
import { moveBefore } from '../node/emitter-internals.ts'
import { isLoading } from '../ownership/evaluations.ts'

type Listener = (...args: unknown[]) => void
type Followers = readonly WeakRef<Listener>[]

/** Where an evaluation adds a listener. What it puts in front and what it appends have places of their own. */
export interface Spot {
  readonly emitter: EventEmitter
  readonly event: string | symbol
  readonly inFront: boolean
  /** The file of the module. */
  readonly file: string
}

/** The places that one evaluation has left on one emitter, in their order. */
class Places {
  readonly scope: Scope
  readonly #inFront = new Map<string | symbol, Followers[]>()
  readonly #appended = new Map<string | symbol, Followers[]>()

  constructor(scope: Scope) {
    this.scope = scope
  }

  at({ event, inFront }: Spot): Followers[] {
    const places = inFront ? this.#inFront : this.#appended
    const found = places.get(event) ?? []
    places.set(event, found)
    return found
  }
}

export class ListenerPlaces {
  /** By the file of the module whose listeners they were. */
  readonly #ofEmitters = new WeakMap<EventEmitter, Map<string, Places>>()

  /** Notes the place of a listener that is about to be removed. Those of one evaluation are removed last first. */
  leave(spot: Spot, listener: Listener, scope: Scope): void {
    const listeners = spot.emitter.rawListeners(spot.event) as Listener[]
    const at = listeners.lastIndexOf(listener)
    if (at < 0) return
    const followers = listeners.slice(at + 1).map(follower => new WeakRef(follower))
    this.#of(spot, scope).at(spot).unshift(followers)
  }

  #of({ emitter, file }: Spot, scope: Scope): Places {
    let ofFiles = this.#ofEmitters.get(emitter)
    if (!ofFiles) {
      ofFiles = new Map()
      this.#ofEmitters.set(emitter, ofFiles)
    }
    let places = ofFiles.get(file)
    if (places?.scope !== scope) {
      places = new Places(scope)
      ofFiles.set(file, places)
    }
    return places
  }

  /** Moves a listener that was just added to the next place that its module has left there. */
  take(spot: Spot, listener: Listener): void {
    const places = this.#ofEmitters.get(spot.emitter)?.get(spot.file)?.at(spot)
    if (places === undefined || places.length === 0) return
    // A version that adds more listeners than the last one adds them where that one's last was. What it adds later comes to the end.
    const followers = places.length > 1 || !isLoading() ? places.shift()! : places[0]!
    const listeners = spot.emitter.rawListeners(spot.event)
    const follower = followers.map(each => each.deref()).find(each => each !== undefined && listeners.includes(each))
    if (follower) moveBefore(spot.emitter, spot.event, listener, follower)
  }
}
