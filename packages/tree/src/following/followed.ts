/**
 * Following: notices changes of places that are not files of the tree, anywhere on the disk.
 *
 * A place comes in, with the aspect of it that matters; the ids of places that differ from their last published state go out.
 * The invariant: no content is kept, only a short text for the state of each place.
 */
import type { Stats } from 'node:fs'
import { dirname, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Aspect, idOf, idOfKey } from './ids.ts'
import { absent, contentState, kindOf, lengthIn, listing, readContent, statOf, targetOf } from './state.ts'

/** A followed place whose state differs from the one that was published last. */
export interface FollowedChange {
  /** What {@link FileTree.follow} returned. */
  readonly id: string
  /** Its path, as that of a file of the tree: `/views/a.hbs`. Outside of the tree: `/../shared/a.yml`. */
  readonly path: string
  readonly kind: 'added' | 'changed' | 'removed'
}

/** One aspect of one place. */
export interface Followed {
  readonly id: string
  readonly place: string
  readonly aspect: Aspect
  /** The published state. `undefined` until it is worked out; until then `seen` stands for it. */
  state: string | undefined
  /** The file's or folder's metadata when following began. */
  seen: Stats | undefined
  /** The state that was seen last. */
  latest: string | undefined
}

/** An earlier look at a place, before it was followed. */
export interface Sighting {
  /** Is the place as it was then? No times tell that for sure: a link may lead to another file, which is older. */
  isStill(): boolean
}

/** Taken before automatic lifetimes replace them: no module owns this timer. */
const { setTimeout, clearTimeout } = globalThis
const clock = performance.now.bind(performance)

/** Missing states are worked out so many ms after the last new place: by then a start is over. */
const QUIET = 200
/** For how many ms at a time they are worked out. */
const SLICE = 4

/** The places that are followed, and the state of each. */
export class Following {
  readonly #root: string
  readonly #byId = new Map<string, Followed>()
  readonly #byPlace = new Map<string, Followed[]>()
  /** The folders of which all names below matter. */
  readonly #deep = new Set<Followed>()
  #unknown = new Set<Followed>()
  #timer: NodeJS.Timeout | undefined
  #closed = false
  /** Called with a place that is followed from now on. */
  added: ((followed: Followed) => void) | undefined
  /** Called with a place that is not followed any more. */
  dropped: ((followed: Followed) => void) | undefined
  /** Called with a place that may have changed before its state was known. */
  doubted: ((followed: Followed) => void) | undefined

  /** `root` is the folder of the tree: paths are relative to it. */
  constructor(root: string) {
    this.#root = root
  }

  get size(): number {
    return this.#byId.size
  }

  all(): Iterable<Followed> {
    return this.#byId.values()
  }

  at(place: string): readonly Followed[] {
    return this.#byPlace.get(place) ?? []
  }

  /** Follows a place from its present state, or from the one of an earlier sighting. Returns the id. */
  follow(place: string, aspect: Aspect, sighting?: Sighting): string {
    for (const known of this.#byPlace.get(place) ?? []) if (known.aspect === aspect) return known.id
    const id = idOf(place, aspect)
    const seen = statOf(place)
    const followed: Followed = { id, place, aspect, state: undefined, seen, latest: undefined }
    const canWait = aspect === 'content' ? seen?.isFile() : aspect === 'names' && seen?.isDirectory()
    if (sighting && !sighting.isStill()) {
      followed.state = ''
      followed.latest = ''
    } else if (canWait) {
      this.#unknown.add(followed)
      this.#workOutSoon()
    } else {
      followed.state = aspect === 'kind' ? kindOf(seen) : stateAt(followed)
      followed.latest = followed.state
    }
    this.#byId.set(id, followed)
    const sharing = this.#byPlace.get(place)
    if (sharing) sharing.push(followed)
    else this.#byPlace.set(place, [followed])
    if (aspect === 'all names') this.#deep.add(followed)
    this.added?.(followed)
    return id
  }

  unfollow(id: string): void {
    const followed = this.#byId.get(id)
    if (!followed) return
    this.#byId.delete(id)
    this.#deep.delete(followed)
    this.#unknown.delete(followed)
    const rest = this.#byPlace.get(followed.place)!.filter(other => other !== followed)
    if (rest.length > 0) this.#byPlace.set(followed.place, rest)
    else this.#byPlace.delete(followed.place)
    this.dropped?.(followed)
  }

  /**
   * What an event at a place may have changed. `moved`: the name came or went, or stands for something else now. Otherwise only
   * its bytes changed.
   */
  *touchedBy(place: string, moved: boolean): Iterable<Followed> {
    for (const followed of this.#byPlace.get(place) ?? []) {
      if (moved || followed.aspect === 'content') yield followed
    }
    if (!moved) return
    for (const followed of this.#byPlace.get(dirname(place)) ?? []) if (followed.aspect === 'names') yield followed
    for (const followed of this.#deep) if (isIn(place, followed.place)) yield followed
  }

  /** What is followed at a place or below it. */
  *below(place: string): Iterable<Followed> {
    for (const followed of this.#byId.values()) {
      if (followed.place === place || isIn(followed.place, place)) yield followed
    }
    for (const followed of this.#deep) if (isIn(place, followed.place)) yield followed
  }

  /** The place of a key of the settler. */
  placeOf(key: string): string | undefined {
    return this.#byId.get(idOfKey(key))?.place
  }

  /** What the settler reads for the key of a followed place. */
  read(key: string): { content: Buffer; steady: boolean } | undefined {
    const followed = this.#byId.get(idOfKey(key))
    if (!followed) return undefined
    if (followed.aspect === 'content') return readContent(followed.place)
    return { content: Buffer.from(stateAt(followed)), steady: true }
  }

  /** What the settler compares a new content with. */
  lastRead(key: string): { length: number; equals(content: Buffer): boolean } | undefined {
    const followed = this.#byId.get(idOfKey(key))
    const known = followed && (followed.latest ?? this.#worked(followed))
    if (known === undefined) return undefined
    const length = followed!.aspect === 'content' ? lengthIn(known) : 0
    return { length, equals: content => stateFrom(followed!, content) === known }
  }

  /** Takes what has settled. Says whether it differs from what is published. */
  settled(key: string, content: Buffer | undefined): boolean {
    const followed = this.#byId.get(idOfKey(key))
    if (!followed) return false
    if (followed.state === undefined) this.#worked(followed)
    followed.latest = stateFrom(followed, content)
    return followed.latest !== followed.state
  }

  /** The change of a followed place, if its state differs from the published one. */
  change(id: string): FollowedChange | undefined {
    const followed = this.#byId.get(id)
    if (!followed || followed.latest === followed.state) return undefined
    const kind = followed.state === absent ? 'added' : followed.latest === absent ? 'removed' : 'changed'
    return { id, path: `/${relative(this.#root, followed.place).replaceAll('\\', '/')}`, kind }
  }

  published(id: string): void {
    const followed = this.#byId.get(id)
    if (followed) followed.state = followed.latest
  }

  /** Is a place unchanged since it was published? `false` if that is not certain. */
  isStill(followed: Followed): boolean {
    if (followed.state === undefined && followed.seen) return isSame(statOf(followed.place), followed.seen)
    return followed.state === stateAt(followed)
  }

  /** After an event at a place: makes the present state of what it changed the published one, where `isAccepted` says so. */
  acceptAt(place: string, isAccepted: (id: string) => boolean): void {
    for (const followed of [...this.touchedBy(place, true)]) {
      if (followed.state === undefined) this.#worked(followed)
      const state = stateAt(followed)
      if (state === followed.state || !isAccepted(followed.id)) continue
      followed.state = state
      followed.latest = state
    }
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /** Works out the first state of a place. If the place has changed since, its first state is '', which no other state equals. */
  #worked(followed: Followed): string | undefined {
    if (!this.#unknown.delete(followed)) return followed.state
    const { seen } = followed
    followed.seen = undefined
    const before = seen && isSame(statOf(followed.place), seen)
    const state = before ? stateAt(followed) : undefined
    const after = before && isSame(statOf(followed.place), seen)
    followed.state = after ? state : ''
    followed.latest = followed.state
    return followed.state
  }

  #workOutSoon(): void {
    if (this.#closed) return
    if (this.#timer) this.#timer.refresh()
    else this.#timer = setTimeout(() => this.#workOut(), QUIET).unref()
  }

  /** Done while the process is idle. From then on, a save that changes no byte can be told from one that does. */
  #workOut(): void {
    const end = clock() + SLICE
    for (const followed of this.#unknown) {
      if (clock() > end) {
        this.#timer = setTimeout(() => this.#workOut(), SLICE).unref()
        return
      }
      if (this.#worked(followed) === '') this.doubted?.(followed)
    }
    this.#timer = undefined
  }
}

/** The name on the disk for a path or a `file:` URL. Throws a `TypeError` for any other URL. */
export function diskPathOf(place: string | URL): string {
  return place instanceof URL || place.startsWith('file:') ? fileURLToPath(place) : place
}

function stateFrom(followed: Followed, content: Buffer | undefined): string {
  if (content === undefined) return absent
  return followed.aspect === 'content' ? contentState(content) : content.toString()
}

function stateAt({ place, aspect }: Followed): string {
  switch (aspect) {
    case 'content': {
      const reading = readContent(place)
      return reading ? contentState(reading.content) : absent
    }
    case 'names':
    case 'all names':
      return statOf(place)?.isDirectory() ? listing(place, aspect === 'all names') : absent
    case 'target':
      return targetOf(place)
    case 'kind':
      return kindOf(statOf(place))
  }
}

/** Is a file, or are a folder's names, untouched? `ctime` is set by the kernel alone. */
function isSame(a: Stats | undefined, b: Stats): boolean {
  return a !== undefined && a.ino === b.ino && a.size === b.size && a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs
}

/** Is a place somewhere below a folder? */
export function isIn(place: string, folder: string): boolean {
  if (place.length <= folder.length || !place.startsWith(folder)) return false
  const end = place[folder.length]
  return end === '/' || end === '\\' || folder.endsWith('/')
}
