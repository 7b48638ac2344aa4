/** The tree itself: what its users call, and how its parts are put together. */
import { statSync, watch } from 'node:fs'
import { matcher } from './files/glob.ts'
import { namesIn } from './files/list.ts'
import type { TreeFile } from './files/tree-file.ts'
import { writeTo } from './files/write-to.ts'
import { diskPathOf, Following, type Sighting } from './following/followed.ts'
import { type Aspect, idOfKey, isFollowedKey } from './following/ids.ts'
import { Exclusion } from './paths/exclusion.ts'
import { normalise } from './paths/paths.ts'
import { Urls } from './paths/urls.ts'
import { Disk } from './reading/disk.ts'
import { DiskErrors, isTemporary } from './reading/disk-errors.ts'
import { loadAll, loadFile } from './reading/load.ts'
import { rootFolder } from './reading/root-folder.ts'
import { afterEvents } from './settling/after-events.ts'
import { Settler } from './settling/settler.ts'
import { whenSettled } from './settling/when-settled.ts'
import type { TreeOptions } from './tree-options.ts'
import { Memory } from './updates/memory.ts'
import { OwnWrites } from './updates/own-writes.ts'
import { TreeEvents } from './updates/tree-events.ts'
import { type BeforeUpdate, Updates } from './updates/updates.ts'
import { DiskWatcher } from './watching/disk-watcher.ts'
import { queueCapacity } from './watching/kernel-queue.ts'

/**
 * A folder of the disk in memory: every file below it, with its bytes and a version, kept in step by {@link watch}.
 *
 * Events: `'filesUpdated'` (changes) after each update, `'saveReverted'` () when what a held update had
 * staged was taken back, `'error'` (error), `'closed'` ().
 */
export class FileTree extends TreeEvents {
  /** The folder's real `file:` URL, without a slash at the end. */
  readonly root: string
  /** The published files, by path (`/a/b.ts`). Only the tree itself may change this map. */
  readonly files = new Map<string, TreeFile>()
  readonly #options: TreeOptions
  readonly #exclusion: Exclusion
  readonly #disk: Disk
  readonly #urls: Urls
  readonly #updates: Updates
  readonly #memory: Memory
  readonly #errors: DiskErrors
  readonly #following: Following
  /** For those who write files of the tree in this process: what they report is published at once. */
  readonly ownWrites: OwnWrites
  #settler: Settler | undefined
  #watcher: DiskWatcher | undefined
  #closed = false

  /**
   * Loads everything at once, synchronously.
   *
   * Throws when there is no folder at `path` (as seen from `parentDir`), or it may not be read. A single file that cannot
   * be read is left out and becomes an `'error'` event, soon after.
   */
  constructor(path: string, parentDir: string, options: TreeOptions = {}) {
    super()
    this.#options = options
    this.#exclusion = new Exclusion(
      options.exclude && ((at, isFolder) => options.exclude?.(at, isFolder) === true),
      options.onDemand && (at => options.onDemand?.(at) === true),
    )
    this.#disk = new Disk(rootFolder(path, parentDir), (at, isFolder) => this.#exclusion.excludes(at, isFolder))
    this.#errors = new DiskErrors(
      at => this.#disk.diskPath(at),
      error => this.emit('error', error),
    )
    this.#urls = new Urls(this.#disk.folder, this.#disk.links.byPath)
    this.root = this.#urls.root
    this.#following = new Following(this.#disk.folder || '/')
    this.#updates = new Updates({
      files: this.files,
      followed: this.#following,
      updated: changes => this.emit('filesUpdated', changes),
      reverted: () => this.emit('saveReverted'),
      ended: () => this.#settler?.deliverReady(),
      report: error => this.emit('error', error),
    })
    this.#memory = new Memory(this.#updates)
    this.ownWrites = new OwnWrites({
      memory: this.#memory,
      updates: this.#updates,
      following: this.#following,
      isLeftOut: at => this.excludes(at),
      read: at => this.#read(at),
      known: (at, content) => this.#disk.remember(at, content),
    })
    loadAll(this.#disk, this.files, {
      beforeRead: at => options.testing?.read?.(at),
      report: (at, error) => this.#errors.report(at, error),
    })
  }

  /**
   * Writes a file in memory only. Resolves when the update that publishes it is over (or was held). The content stands until
   * the disk's bytes at that path change.
   *
   * Rejects with a `TypeError` for a path that leaves the tree or names no file, and with an `Error` for one below a file.
   */
  async write(path: string, content: string | Uint8Array): Promise<void> {
    const at = normalise(path)
    const bytes = typeof content === 'string' ? Buffer.from(content) : Buffer.from(content)
    this.#memory.write(at, bytes, this.#bytesOnDisk(at))
    await this.#updates.whenComplete()
  }

  /**
   * Removes a file in memory only, until the disk's bytes at that path change. Resolves as `write` does, at once if there is no
   * such file.
   */
  async remove(path: string): Promise<void> {
    const at = normalise(path)
    this.#memory.remove(at, this.#bytesOnDisk(at))
    await this.#updates.whenComplete()
  }

  /** The names in a folder, sorted. An empty folder is none. Throws `ENOENT` or `ENOTDIR`, with the path in the message. */
  list(dir = '/'): string[] {
    return namesIn(this.files, dir)
  }

  /**
   * The paths of the files that match, sorted: `*` and `?` stay within a name, `**` does not, `{a,b}` and `[a-z]` as in a
   * shell. The leading slash is optional. Names that begin with a dot are like all others.
   */
  glob(pattern: string): string[] {
    const matches = matcher(pattern)
    return [...this.files.keys()].filter(matches).sort()
  }

  /**
   * Writes the tree into a folder, which is made if need be: only files whose bytes differ, and deleting nothing. Returns
   * the paths it wrote, sorted.
   *
   * Throws, before anything is written, when a symbolic link (or a file where a folder is needed) is in the way.
   */
  writeTo(dir: string): string[] {
    return writeTo(this.files.values(), dir)
  }

  /**
   * Follows the disk from now on. What changes after this call returns is seen; what changed since the tree was loaded is the
   * first update. A second call changes nothing.
   *
   * `poll`: look so often, in ms, instead of waiting for events. For file systems that send none (network shares).
   * `persistent`, as of `fs.watch`: whether watching keeps the process alive until `close()`. The default is `true`.
   * Throws when the tree was closed.
   */
  watch(options: { poll?: number; persistent?: boolean } = {}): this {
    if (this.#closed) throw new Error(`The tree of ${this.#disk.folder} was closed: make a new one to watch it again`)
    if (this.#watcher) return this
    const { testing } = this.#options
    const { poll, persistent = true } = options
    const settler = new Settler({
      now: performance.now.bind(performance),
      after: (ms, fn) => afterEvents(ms, fn, persistent),
      lookNow: () => this.#watcher?.lookNow(),
      isBusy: () => this.#updates.isBusy,
      read: path => this.#read(path),
      lastRead: path => (isFollowedKey(path) ? this.#following.lastRead(path) : this.#disk.lastRead.get(path)),
      deliver: settled => this.#take(settled),
    })
    const seams = {
      watch: testing?.watch ?? watch,
      platform: testing?.platform ?? process.platform,
      queue: testing?.queue ?? queueCapacity(),
      warn: testing?.warn ?? (message => process.emitWarning(message, 'HotTreeWarning')),
      report: (path: string, error: unknown) => this.#errors.report(path, error),
    }
    this.#settler = settler
    this.#watcher = new DiskWatcher(this.#disk, settler, seams, { poll, persistent }, this.#following)
    this.#watcher.start()
    return this
  }

  /**
   * Adds a function that is awaited before each update is published. `update` shows the new files, while `tree.files` still
   * holds the old ones. What the function throws becomes an `'error'` event, and the update goes on. Returns its remover.
   */
  beforeUpdate(fn: BeforeUpdate): () => void {
    return this.#updates.beforeUpdate(fn)
  }

  /**
   * The path that a `file:` URL has in this tree, whether there is such a file or not. Query and hash do not matter.
   * `undefined` for a URL that lies neither below the root nor below a folder that a link of the tree leads to.
   */
  pathOf(url: string | URL): string | undefined {
    return this.#urls.pathOf(url)
  }

  /** The URL that Node gives to a path's module. If the path leads through a link, it is the URL of the real file. */
  urlOf(path: string): string {
    return this.#urls.urlOf(path.startsWith('/') ? path : `/${path}`)
  }

  /**
   * Takes a file into the tree that was left out because nobody had asked for it ({@link TreeOptions.onDemand}). If it does not exist,
   * it is taken when it appears. Says whether it was left out for that reason.
   */
  include(path: string): boolean {
    const at = normalise(path)
    if (!this.#exclusion.demand(at)) return false
    if (this.#disk.entryAt(at).kind !== 'file') return true
    loadFile(this.#disk, this.files, at, {
      beforeRead: () => this.#options.testing?.read?.(at),
      report: (_, error) => this.#errors.report(at, error),
    })
    return true
  }

  /**
   * Follows a place of the disk from its present state: a file that is not part of the tree, a folder, or a name where there is
   * nothing yet, in the tree's folder or outside of it. Its content is not kept in memory. When it changes, the id that is
   * returned here is in the `followed` of the next update. The id is the place's URL, with an ending for every aspect but the
   * content. `sighting`: an earlier look at the place; what changed since then is a change, too.
   */
  follow(place: string | URL, aspect: Aspect = 'content', sighting?: Sighting): string {
    return this.#following.follow(diskPathOf(place), aspect, sighting)
  }

  /** Is a path left out of the tree for good, even for {@link include}? */
  ignores(path: string): boolean {
    return this.#exclusion.ignores(path)
  }

  /** Ends what {@link follow} began. */
  unfollow(id: string): void {
    this.#following.unfollow(id)
  }

  /** Is a path left out of the tree, by itself or with a folder above it? */
  excludes(path: string): boolean {
    if (this.files.has(path)) return false
    if (this.#exclusion.excludesAbove(path) || this.#exclusion.excludes(path, false)) return true
    if (!this.#exclusion.excludes(path, true)) return false
    return statSync(this.#disk.diskPath(path), { throwIfNoEntry: false })?.isDirectory() === true
  }

  /** Resolves when everything that was saved before this call is published, or held. Rejects never. */
  whenSettled(): Promise<void> {
    return whenSettled(this.#settler, this.#updates, this.#watcher?.poll)
  }

  /** Stops watching: nothing of the tree keeps the process alive. A running update ends as usual. Memory can still be written. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#watcher?.close()
    this.#watcher = undefined
    this.#settler = undefined
    this.#following.close()
    this.emit('closed')
  }

  [Symbol.dispose](): void {
    this.close()
  }

  /** Closes, and waits for a running update. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
    await this.#updates.idle
  }

  #read(path: string): { content: Buffer; steady: boolean } | undefined | 'later' {
    const diskPath = isFollowedKey(path) ? this.#following.placeOf(path) : this.#disk.diskPath(path)
    if (diskPath !== undefined && this.ownWrites.isUnderWay(diskPath)) return 'later'
    if (isFollowedKey(path)) return this.#following.read(path)
    try {
      this.#options.testing?.read?.(path)
      const reading = this.#disk.readSteadily(path)
      this.#errors.recovered(path)
      return reading
    } catch (error) {
      this.#errors.report(path, error)
      return isTemporary(error) ? 'later' : undefined
    }
  }

  /** The bytes that the disk has at a path now; `undefined` if they cannot be read. */
  #bytesOnDisk(path: string): Buffer | undefined {
    const reading = this.#read(path)
    return reading === 'later' ? undefined : reading?.content
  }

  /** Takes what has settled on the disk. */
  #take(settled: Map<string, Buffer | undefined>): void {
    for (const [path, content] of settled) {
      if (isFollowedKey(path)) {
        if (this.#following.settled(path, content)) this.#updates.arriveFollowed(idOfKey(path))
        continue
      }
      this.#disk.remember(path, content)
      this.#memory.diskSays(path, content)
    }
  }
}
