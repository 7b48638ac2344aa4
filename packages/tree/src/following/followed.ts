/**
 * What is followed without being part of the tree: names of the disk, anywhere on it, of which somebody needs to know when they
 * change. In come a place and what matters of it, out come the ids of what differs from the state that was published last. The
 * invariant: no content is kept, only a short text for the state each place was in.
 */
import type { Stats } from 'node:fs'
import { dirname, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { absent, contentState, kindOf, lengthIn, listing, readContent, statOf, targetOf } from './state.ts'

/**
 * What matters of a place: a file's bytes; the names in a folder; the names in it and in all folders below; where links lead
 * from there; or only what is there: a file, a folder, or nothing.
 */
export type Aspect = 'content' | 'names' | 'all names' | 'target' | 'kind'

/** A followed place that is in another state than the one that was published last. */
export interface FollowedChange {
  /** What {@link FileTree.follow} returned. */
  readonly id: string
  /** As of a file of the tree: `/views/a.hbs`; `/../shared/a.yml` for what lies outside of it. */
  readonly path: string
  readonly kind: 'added' | 'changed' | 'removed'
}

/** One aspect of one place. */
export interface Followed {
  readonly id: string
  readonly place: string
  readonly aspect: Aspect
  /** The state that was published. `undefined` until it was worked out: then `seen` stands for it. */
  state: string | undefined
  /** What the place was like when it began to be followed. */
  seen: Stats | undefined
  /** The state that was found last. */
  latest: string | undefined
}

/** When a place was looked at, if that was before it began to be followed, and whether it is still what it was then. */
export interface Sighting {
  /** As of `Date.now()`. */
  readonly at: number
  /** Called only if the place may have changed since. */
  isStill(): boolean
}

/** The kernel's clock for files is behind ours by so many ms at most. */
const LAG = 10

/** Taken before anybody replaces it: this is nobody's timer. */
const { setTimeout, clearTimeout } = globalThis

/** In a settler, what is followed goes by this and its id: no path of a tree begins so. */
const mark = '\0'

/** How long after the last new place the states are worked out that nobody has asked for yet, in ms: a start is over by then. */
const QUIET = 200
/** And for how long at a time. */
const SLICE = 4

const suffix: Record<Aspect, string> = { content: '', names: '/', 'all names': '/**', target: '#target', kind: '#kind' }

export class Following {
  readonly #root: string
  readonly #byId = new Map<string, Followed>()
  readonly #byPlace = new Map<string, Followed[]>()
  /** The folders of which all names below matter. */
  readonly #deep = new Set<Followed>()
  #unknown = new Set<Followed>()
  #timer: NodeJS.Timeout | undefined
  #closed = false
  /** Called with what is followed from now on. */
  added: ((followed: Followed) => void) | undefined
  /** Called with what is no longer followed. */
  dropped: ((followed: Followed) => void) | undefined
  /** Called with what may have changed before its state was known. */
  doubted: ((followed: Followed) => void) | undefined

  /** `root` is the folder of the tree, which paths are told from. */
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

  /** Follows a place from the state that it has now, or had when it was seen; returns the id. */
  follow(place: string, aspect: Aspect, sighting?: Sighting): string {
    for (const known of this.#byPlace.get(place) ?? []) if (known.aspect === aspect) return known.id
    const id = idOf(place, aspect)
    const seen = statOf(place)
    const followed: Followed = { id, place, aspect, state: undefined, seen, latest: undefined }
    const canWait = aspect === 'content' ? seen?.isFile() : aspect === 'names' && seen?.isDirectory()
    if (sighting && seen && seen.ctimeMs >= sighting.at - LAG && !sighting.isStill()) {
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
   * What an event at a place may have changed. `moved`: its name came or went, or something else bears it now; otherwise only
   * its bytes did.
   */
  *touchedBy(place: string, moved: boolean): Iterable<Followed> {
    for (const followed of this.#byPlace.get(place) ?? []) {
      if (moved || followed.aspect === 'content') yield followed
    }
    if (!moved) return
    for (const followed of this.#byPlace.get(dirname(place)) ?? []) if (followed.aspect === 'names') yield followed
    for (const followed of this.#deep) if (isIn(place, followed.place)) yield followed
  }

  /** What is followed at a place, and below it. */
  *below(place: string): Iterable<Followed> {
    for (const followed of this.#byId.values()) {
      if (followed.place === place || isIn(followed.place, place)) yield followed
    }
    for (const followed of this.#deep) if (isIn(place, followed.place)) yield followed
  }

  /** What a settler reads under a followed one's key. */
  read(key: string): { content: Buffer; steady: boolean } | undefined {
    const followed = this.#byId.get(key.slice(mark.length))
    if (!followed) return undefined
    if (followed.aspect === 'content') return readContent(followed.place)
    return { content: Buffer.from(stateAt(followed)), steady: true }
  }

  /** What a settler compares a new content with. */
  lastRead(key: string): { length: number; equals(content: Buffer): boolean } | undefined {
    const followed = this.#byId.get(key.slice(mark.length))
    const known = followed && (followed.latest ?? this.#worked(followed))
    if (known === undefined) return undefined
    const length = followed!.aspect === 'content' ? lengthIn(known) : 0
    return { length, equals: content => stateFrom(followed!, content) === known }
  }

  /** Takes what has settled. Says whether it differs from what is published. */
  settled(key: string, content: Buffer | undefined): boolean {
    const followed = this.#byId.get(key.slice(mark.length))
    if (!followed) return false
    if (followed.state === undefined) this.#worked(followed)
    followed.latest = stateFrom(followed, content)
    return followed.latest !== followed.state
  }

  /** The change of what is followed under this id, if it differs from what is published. */
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

  /** Is nothing known of a change? What is not certain counts as one. */
  isStill(followed: Followed): boolean {
    if (followed.state === undefined && followed.seen) return isSame(statOf(followed.place), followed.seen)
    return followed.state === stateAt(followed)
  }

  /** What is there now counts as published. */
  accept(followed: Followed): void {
    this.#unknown.delete(followed)
    followed.seen = undefined
    followed.state = stateAt(followed)
    followed.latest = followed.state
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /** The state a followed place had at first, if it has not changed since; else it has none that anything equals. */
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

  /** While nothing else is to be done: a save that changes no byte can then be told from one that does. */
  #workOut(): void {
    const end = performance.now() + SLICE
    for (const followed of this.#unknown) {
      if (performance.now() > end) {
        this.#timer = setTimeout(() => this.#workOut(), SLICE).unref()
        return
      }
      if (this.#worked(followed) === '') this.doubted?.(followed)
    }
    this.#timer = undefined
  }
}

export function keyOf(followed: Followed): string {
  return mark + followed.id
}

export function isFollowedKey(key: string): boolean {
  return key.startsWith(mark)
}

export function idOfKey(key: string): string {
  return key.slice(mark.length)
}

/** The id under which a change of this aspect of a place is told: the place's URL, with an ending for all but its content. */
export function idOf(place: string, aspect: Aspect): string {
  return pathToFileURL(place).href + suffix[aspect]
}

/** The place that is meant by a path or a `file:` URL. Throws a `TypeError` for any other URL. */
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

/** Has nothing touched a file, or a folder's names? `ctime` is set by the kernel alone. */
function isSame(a: Stats | undefined, b: Stats): boolean {
  return a !== undefined && a.ino === b.ino && a.size === b.size && a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs
}

/** Is a place somewhere below a folder? */
export function isIn(place: string, folder: string): boolean {
  if (place.length <= folder.length || !place.startsWith(folder)) return false
  const end = place[folder.length]
  return end === '/' || end === '\\' || folder.endsWith('/')
}
