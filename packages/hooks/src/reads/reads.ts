/**
 * What modules read. Calls of Node's file functions come in, and edges of the graph go out. A file that an evaluation read, a folder
 * that it listed, and a name that it looked for in vain are dependencies of the module that is being evaluated. The invariant: an edge
 * belongs to the evaluation that made the call, and what a superseded version reads is nobody's dependency.
 */
import fs from 'node:fs'
import { isAbsolute } from 'node:path'
import { pathToFileURL } from 'node:url'
import {
  type CallingModule,
  callingModule,
  callingModuleLater,
  isAnyModuleRunning,
  outside,
  skipFilesIn,
  watchEvaluations,
} from '@hot/dispose/ownership'
import type { Change, FileTree, FollowedChange, Sighting } from '@hot/tree'
import type { HotModule } from '../modules/module.ts'
import type { Program } from '../modules/program.ts'
import { type Asked, listenToFileCalls } from '../node/file-calls.ts'
import { canIterate } from '../node/iteration.ts'
import { inPackages, ofMachine, placeOf } from './places.ts'

/** The callers of reads are found so many ms after the last read, if nobody needs them earlier. By then a start is over. */
const QUIET = 50
/** For how many ms at a time they are looked for. */
const SLICE = 4

const maybeModule = /\.(?:[cm]?[jt]s|[jt]sx|json|node|wasm)$/

// The functions of Node that are listened to are called from here.
skipFilesIn(new URL('./', import.meta.url))

/** Taken before anybody replaces them: what happens here belongs to no module. */
const { setTimeout, clearTimeout } = globalThis
const { readdirSync, readFileSync } = fs

/** A synchronous read of which the caller is not known yet. */
interface Read {
  readonly place: string
  readonly asked: Asked
  readonly caller: () => CallingModule | undefined
  readonly encoding: string | null | undefined
  /** The result that the program got; `undefined` for an error. */
  result: unknown
}

export class Reads {
  readonly #program: Program
  #waiting: Read[] = []
  #timer: NodeJS.Timeout | undefined
  /** The ids of the places that were read before, by aspect and place. `undefined` for what the tree leaves out. */
  readonly #ids = new Map<string, string | undefined>()
  /** The modules, by the names that V8 gives to their files. */
  readonly #modules = new Map<string, HotModule | undefined>()
  /** What cannot be read again in this process, with the reason: a package read it while it was loaded, or it is an addon. */
  readonly #once = new Map<string, string>()
  /** The modules that the program has written itself. */
  readonly #own = new Set<string>()

  constructor(program: Program) {
    this.#program = program
  }

  /** Notes reads from now on. Returns what ends that. */
  begin(): () => void {
    const ends = [
      watchEvaluations(),
      listenToFileCalls({
        isListening: isAnyModuleRunning,
        read: (place, asked, isSync, options) => this.#read(place, asked, isSync, options),
        loadsAddon: place => this.#loadsAddon(place),
      }),
    ]
    return () => {
      clearTimeout(this.#timer)
      this.#timer = undefined
      for (const end of ends) end()
    }
  }

  /** The changes that a module depends on. A place that no module depends on any more is not followed any more. */
  dependedOn(tree: FileTree, changes: readonly FollowedChange[]): FollowedChange[] {
    return changes.filter(({ id }) => {
      if (this.#program.graph.importersOf(id).length > 0 || this.#once.has(id)) return true
      tree.unfollow(id)
      for (const [key, known] of this.#ids) if (known === id) this.#ids.delete(key)
      return false
    })
  }

  /** A change of this place needs a restart, for this reason: `it changed, and …`. */
  needForProcess(file: string | URL, reason: string): void {
    const place = placeOf(typeof file === 'string' && file.startsWith('file:') ? new URL(file) : file)
    if (place === undefined || this.#own.has(place)) return
    const id = this.#idOf(place, 'content', undefined)
    if (id !== undefined) this.#once.set(id, reason)
  }

  /** The program itself writes this place: whatever needs a restart, this does not. */
  writtenByProgram(place: string): void {
    // Of all other files, such as uploads, there may be any number.
    if (!maybeModule.test(place) || this.#own.has(place)) return
    this.#own.add(place)
    const id = this.#ids.get(`content ${place}`)
    if (id !== undefined) this.#once.delete(id)
  }

  /** Why an update needs a restart: one sentence for each reason. */
  restartReasons(changes: readonly Change[], followed: readonly FollowedChange[]): string[] {
    if (this.#once.size === 0) return []
    const files = changes.flatMap(({ path }) =>
      this.#program.trees.flatMap(tree => this.#program.modulesOfFile(tree, path).map(({ id }) => ({ id, path }))),
    )
    return [...files, ...followed].flatMap(({ id, path }) => {
      const reason = this.#once.get(id)
      return reason === undefined ? [] : `${path.slice(1)} changed, and ${reason}`
    })
  }

  /** Finds out who made the calls that were noted so far. */
  flush(): void {
    if (this.#waiting.length > 0 && canIterate()) this.#work(Number.POSITIVE_INFINITY)
  }

  #read(file: unknown, asked: Asked, isSync: boolean, options: unknown): ((result: unknown) => void) | undefined {
    const place = placeOf(file)
    if (place === undefined || inPackages.test(place) || ofMachine.test(place)) return undefined
    // Whether something exists may change without a trace. So may a file that is read in parts.
    if (!isSync || (asked !== 'content' && asked !== 'names')) {
      const caller = callingModule(name => this.#moduleOf(name) !== undefined)
      if (caller) this.#note(caller, place, asked, undefined)
      return undefined
    }
    const caller = callingModuleLater()
    if (!caller) return undefined
    const encoding = typeof options === 'string' ? options : (options as { encoding?: string } | undefined)?.encoding
    const read: Read = { place, asked, caller, encoding, result: undefined }
    this.#waiting.push(read)
    if (this.#timer) this.#timer.refresh()
    else this.#workIn(QUIET)
    return result => {
      read.result = result
    }
  }

  #loadsAddon(file: unknown): void {
    const place = placeOf(file)
    if (place === undefined || inPackages.test(place)) return
    this.needForProcess(place, 'an addon is loaded once for each process')
  }

  #workIn(ms: number): void {
    this.#timer = outside(() => setTimeout(() => canIterate() && this.#work(performance.now() + SLICE), ms).unref())
  }

  #work(end: number): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const waiting = this.#waiting
    let done = 0
    while (done < waiting.length && performance.now() < end) {
      const read = waiting[done++]!
      const caller = read.caller()
      if (caller) this.#note(caller, read.place, read.asked, read)
    }
    this.#waiting = waiting.slice(done)
    if (this.#waiting.length > 0) this.#workIn(SLICE)
  }

  #note(caller: CallingModule, place: string, asked: Asked, read: Read | undefined): void {
    if (caller.superseded) return
    const module = this.#moduleOf(caller.file)
    const reader = module ? undefined : packageOf(caller.file)
    if (!module && reader === undefined) return
    // What a package generates and reads for itself concerns no module. Without a caller, Node goes on with an operation of somebody.
    const { by, through } = caller
    const isOfModule = through === undefined ? by === 'evaluation' : !inPackages.test(through)
    if (!isOfModule && this.#program.isGenerated?.(place)) return
    const id = this.#idOf(place, asked, read)
    if (id === undefined) return
    if (module) {
      if (id !== module.id) this.#program.graph.addDependency(module.id, id)
    } else if (!this.#once.has(id)) this.#once.set(id, `${reader} read it when it was loaded`)
  }

  /** The module of a file, by the name that V8 gives. */
  #moduleOf(file: string): HotModule | undefined {
    if (inPackages.test(file)) return undefined
    let module = this.#modules.get(file)
    if (!module) {
      module = this.#program.findOrCreate(isAbsolute(file) ? pathToFileURL(file).href : file)
      this.#modules.set(file, module)
    }
    return module
  }

  #idOf(place: string, asked: Asked, read: Read | undefined): string | undefined {
    const key = `${asked} ${place}`
    if (!this.#ids.has(key)) this.#ids.set(key, this.#follow(place, asked, read))
    return this.#ids.get(key)
  }

  /** A file of a tree is a module, whether it is imported or not. Everything else is followed. */
  #follow(place: string, asked: Asked, read: Read | undefined): string | undefined {
    const url = pathToFileURL(place).href
    const file = asked === 'content' ? this.#program.findOrCreate(url) : undefined
    if (file) return file.id
    const { trees } = this.#program
    const inside = trees.find(each => each.pathOf(url) !== undefined)
    if (inside?.ignores(inside.pathOf(url)!)) return undefined
    // What the tree does to follow it belongs to no evaluation.
    return outside(() => (inside ?? trees[0]!).follow(place, asked, read && sightingOf(read)))
  }
}

function sightingOf({ asked, encoding, place, result }: Read): Sighting {
  return {
    isStill() {
      // An open file: what is read from it is compared with nothing.
      if (typeof result === 'number') return true
      try {
        if (asked === 'names') return result !== undefined && hasNames(place, namesIn(result))
        const content = readFileSync(place)
        if (typeof result === 'string') return result === content.toString(encoding as BufferEncoding)
        return Buffer.isBuffer(result) && content.equals(result)
      } catch {
        return result === undefined
      }
    },
  }
}

/** Does a folder have these names? Sockets do not count, as they do not for the tree: they are there while a program listens. */
function hasNames(folder: string, names: readonly string[]): boolean {
  const present = readdirSync(folder, { withFileTypes: true })
  const sockets = new Set(present.filter(entry => entry.isSocket()).map(({ name }) => name))
  const listOf = (all: readonly string[]) =>
    all
      .filter(name => !sockets.has(name))
      .sort()
      .join('\0')
  return listOf(names) === listOf(present.map(({ name }) => name))
}

function namesIn(entries: unknown): string[] {
  return (entries as (string | Buffer | fs.Dirent)[]).map(entry =>
    typeof entry === 'object' && 'name' in entry ? String(entry.name) : String(entry),
  )
}

/** The package that a file belongs to; `undefined` if there is none. */
function packageOf(file: string): string | undefined {
  return /^.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(file)?.[1]
}
