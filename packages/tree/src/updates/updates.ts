/**
 * Updates: how new bytes are published.
 *
 * Bytes come in, from the disk and from memory; the published files and one event for each update go out. The invariant: one
 * update at a time, and its files are exchanged in one synchronous step, so nobody sees half of an update.
 */
import { TreeFile } from '../files/tree-file.ts'
import { nextVersion } from '../files/version.ts'
import type { FollowedChange } from '../following/followed.ts'
import { remover } from './safe-emitter.ts'

/** Taken before the program may replace them. */
const { setImmediate } = globalThis

export type ChangeKind = 'added' | 'changed' | 'removed'

/** What happened to one file between two published states. */
export interface Change {
  path: string
  kind: ChangeKind
}

/** One update, staged and not yet published. */
export interface Update {
  /** What it will change in the published files, sorted by path. */
  readonly changes: readonly Change[]
  /** The followed places that are not files of the tree, and differ from their published state. */
  readonly followed: readonly FollowedChange[]
  /** What `tree.files.get(path)` will be once this update is published. */
  file(path: string): TreeFile | undefined
  /** Runs `fn` within the publishing step, right after `tree.files` was exchanged. It must be synchronous. */
  onPublish(fn: () => void): void
  /** Runs `fn` after publishing and before `'filesUpdated'`; awaited, one after the other. */
  afterPublish(fn: () => unknown): void
  /** Publishes nothing. What is staged waits, and becomes part of the update that the next change brings. */
  hold(): void
}

export type BeforeUpdate = (changes: readonly Change[], update: Update) => unknown

export interface UpdateSeams {
  files: Map<string, TreeFile>
  /** The followed places: `change` compares one with its published state, `published` tells that its change is published. */
  followed?: { change(id: string): FollowedChange | undefined; published(id: string): void }
  updated(changes: Change[]): void
  /** What a held update had staged was taken back: nothing differs from the published state any more. */
  reverted?(): void
  /** An update is over. What arrives during this call is still part of the next one, which is staged right after it. */
  ended(): void
  report(error: unknown): void
}

/** Publishes new bytes in `files`, one update at a time. What arrives meanwhile makes up the next update. */
export class Updates {
  readonly #seams: UpdateSeams
  readonly #before: BeforeUpdate[] = []
  /** What arrived since the last staging. `undefined` stands for a file that is gone. */
  #arrived = new Map<string, Buffer | undefined>()
  /** The followed places that have changed, held updates included. */
  #followed = new Set<string>()
  #newsOfFollowed = false
  #waiting: (() => void)[] = []
  /** What a held update had staged: it waits for the next one. */
  #held = new Map<string, TreeFile | undefined>()
  /** What the running update has staged. */
  #staged = new Map<string, TreeFile | undefined>()
  #running: Promise<void> | undefined
  #isStaged = false

  constructor(seams: UpdateSeams) {
    this.#seams = seams
  }

  /** Resolves when no update is running. */
  get idle(): Promise<void> {
    return this.#running ?? Promise.resolve()
  }

  /** Is no update running, and none about to? */
  get isIdle(): boolean {
    return this.#running === undefined
  }

  /** Would what arrives now have to wait for an update that is staged already? */
  get isBusy(): boolean {
    return this.#isStaged
  }

  beforeUpdate(fn: BeforeUpdate): () => void {
    this.#before.push(fn)
    return remover(this.#before, fn)
  }

  /** Takes the newest bytes of a path. An update with them begins in the next microtask, or when the running one is over. */
  arrive(path: string, content: Buffer | undefined): void {
    this.#arrived.set(path, content)
    this.#run()
  }

  /**
   * Publishes bytes at once, outside of any update. Returns the kind of the change. `undefined` if the bytes are published already, or
   * part of a running update.
   */
  publishNow(path: string, content: Buffer | undefined): ChangeKind | undefined {
    if (this.#staged.has(path)) return undefined
    const { files } = this.#seams
    const before = files.get(path)
    this.#arrived.delete(path)
    this.#held.delete(path)
    if (sameContent(before?.content, content)) return undefined
    if (content) files.set(path, new TreeFile(path, content, nextVersion()))
    else files.delete(path)
    return content === undefined ? 'removed' : before ? 'changed' : 'added'
  }

  /** A followed place has changed: that is part of the next update. */
  arriveFollowed(id: string): void {
    this.#followed.add(id)
    this.#newsOfFollowed = true
    this.#run()
  }

  /** Resolves when the update that holds everything that arrived so far is over. */
  whenComplete(): Promise<void> {
    return new Promise(resolve => {
      this.#waiting.push(resolve)
      this.#run()
    })
  }

  /** The newest known content of a path, whether it is published yet or not. */
  newest(path: string): Buffer | undefined {
    if (this.#arrived.has(path)) return this.#arrived.get(path)
    for (const staged of [this.#staged, this.#held]) if (staged.has(path)) return staged.get(path)?.content
    return this.#seams.files.get(path)?.content
  }

  /** Every path that has a content, published or not. */
  *newestPaths(): Iterable<string> {
    const { files } = this.#seams
    yield* files.keys()
    for (const map of [this.#arrived, this.#staged, this.#held])
      for (const [path, content] of map) if (content && !files.has(path)) yield path
  }

  #run(): void {
    this.#running ??= this.#loop()
  }

  async #loop(): Promise<void> {
    // What one synchronous piece of code changes belongs into one update.
    await Promise.resolve()
    while (this.#arrived.size > 0 || this.#newsOfFollowed || this.#waiting.length > 0) {
      const arrived = this.#arrived
      const waiting = this.#waiting
      this.#arrived = new Map()
      this.#waiting = []
      const news = this.#newsOfFollowed
      this.#newsOfFollowed = false
      const followed = [...this.#followed].flatMap(id => this.#seams.followed?.change(id) ?? [])
      this.#followed = new Set(followed.map(({ id }) => id))
      const changes = this.#stage(arrived, news && followed.length > 0)
      this.#isStaged = true
      if (changes) await this.#update(changes, followed)
      this.#isStaged = false
      this.#staged = new Map()
      for (const resolve of waiting) resolve()
      this.#seams.ended()
    }
    // Set here, not in a `finally` of the caller: what arrived in the microtask between them would start no new loop.
    this.#running = undefined
  }

  /** Makes the files of the next update, held ones included. `undefined` if no byte differs from what was seen before. */
  #stage(arrived: Map<string, Buffer | undefined>, isOtherNews: boolean): Change[] | undefined {
    const { files } = this.#seams
    const staged = new Map(this.#held)
    let news = isOtherNews
    for (const [path, content] of arrived) {
      const before = staged.get(path)
      if (staged.has(path)) {
        news = true
        if (sameContent(before?.content, content)) continue
      }
      staged.delete(path)
      if (sameContent(files.get(path)?.content, content)) continue
      news = true
      staged.set(path, content && new TreeFile(path, content, nextVersion()))
    }
    if (!news) return undefined
    this.#held = new Map()
    this.#staged = staged
    const changes: Change[] = []
    for (const [path, file] of staged)
      changes.push({ path, kind: file === undefined ? 'removed' : files.has(path) ? 'changed' : 'added' })
    return changes.sort((a, b) => (a.path < b.path ? -1 : 1))
  }

  async #update(changes: Change[], followed: readonly FollowedChange[]): Promise<void> {
    if (changes.length === 0 && followed.length === 0) return this.#seams.reverted?.()
    const { files, updated } = this.#seams
    const staged = this.#staged
    const onPublish: (() => void)[] = []
    const afterPublish: (() => unknown)[] = []
    let held = false
    const update: Update = {
      changes,
      followed,
      file: path => (staged.has(path) ? staged.get(path) : files.get(path)),
      onPublish: fn => void onPublish.push(fn),
      afterPublish: fn => void afterPublish.push(fn),
      hold: () => {
        held = true
      },
    }
    for (const fn of [...this.#before]) await this.#guard(() => fn(changes, update))
    if (held) {
      this.#held = staged
      return
    }
    // In a macrotask of its own, so that no chain of promises that began before sees half of the old state and half of the new.
    await new Promise<void>(resolve => {
      setImmediate(() => {
        for (const [path, file] of staged) {
          if (file) files.set(path, file)
          else files.delete(path)
        }
        this.#staged = new Map()
        for (const { id } of followed) {
          this.#followed.delete(id)
          this.#seams.followed?.published(id)
        }
        for (const fn of onPublish) {
          try {
            fn()
          } catch (error) {
            this.#seams.report(error)
          }
        }
        resolve()
      })
    })
    for (const fn of afterPublish) await this.#guard(fn)
    updated(changes.map(({ path, kind }) => ({ path, kind })))
  }

  async #guard(fn: () => unknown): Promise<void> {
    try {
      await fn()
    } catch (error) {
      this.#seams.report(error)
    }
  }
}

export function sameContent(a: Buffer | undefined, b: Buffer | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && a.equals(b))
}
