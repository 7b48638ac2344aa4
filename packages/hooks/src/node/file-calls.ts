/**
 * Node's functions that read files. Listeners are told of each call before it runs, with the place and what it asks for. The functions
 * are replaced once for the process, and only pass calls on when nobody listens.
 */

import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { isForWriting } from './file-writes.ts'
import { canIterate } from './iteration.ts'

/** What a call asks for: a file's bytes, the names in a folder (or below it), where a link leads, or what exists there. */
export type Asked = 'content' | 'names' | 'all names' | 'target' | 'kind'

export interface FileCallListener {
  /** Does a call matter now? Asked before every call, so it must be quick. */
  isListening(): boolean
  /**
   * A call is about to be made. `place` is what the program passed: a string, a URL, a Buffer, or something else for a file that is
   * open already. For a synchronous call, the returned function gets its result; it is not called if the call throws.
   */
  read(place: unknown, asked: Asked, isSync: boolean, options: unknown): ((result: unknown) => void) | undefined
  /** An addon is about to be loaded. */
  loadsAddon(place: unknown): void
}

type Callable = (this: unknown, ...args: unknown[]) => unknown
type Functions = Record<string, Callable | undefined>

const listeners = new Set<FileCallListener>()
let replaced = false

/** Tells a listener of all calls from now on. Returns what ends that. */
export function listenToFileCalls(listener: FileCallListener): () => void {
  listeners.add(listener)
  if (!replaced) {
    replaced = true
    replaceAll()
    syncBuiltinESMExports()
  }
  return () => void listeners.delete(listener)
}

/** The functions, by what they ask for. Each name stands for `nameSync`, `name` with a callback, and `name` of `fs.promises`. */
const readers: Record<string, (args: unknown[]) => Asked | undefined> = {
  readFile: () => 'content',
  open: ([, flags]) => (isForWriting(flags) ? undefined : 'content'),
  readdir: ([, options]) => namesAsked(options),
  opendir: ([, options]) => namesAsked(options),
  exists: () => 'kind',
  access: () => 'kind',
  stat: () => 'kind',
  lstat: () => 'kind',
  realpath: () => 'target',
  readlink: () => 'target',
}

function replaceAll(): void {
  const plain = fs as unknown as Functions
  const promises = fs.promises as unknown as Functions
  for (const [name, asked] of Object.entries(readers)) {
    replace(plain, `${name}Sync`, asked)
    replace(plain, name, asked)
    replace(promises, name, asked)
  }
  for (const name of ['createReadStream', 'openAsBlob']) replace(plain, name, () => 'content')
  for (const name of ['realpathSync', 'realpath'])
    replace(plain[name] as unknown as Functions, 'native', () => 'target')
  replaceDlopen()
}

/** The function that `require` and `import` of an addon finally call. */
function replaceDlopen(): void {
  const { dlopen } = process
  process.dlopen = function (this: unknown, ...args: unknown[]) {
    for (const listener of listeners) listener.loadsAddon(args[1])
    return Reflect.apply(dlopen, this, args)
  } as typeof dlopen
}

function replace(object: Functions, name: string, asked: (args: unknown[]) => Asked | undefined): void {
  const original = object[name]
  if (typeof original !== 'function') return
  const isSync = name.endsWith('Sync') || object === (fs.realpathSync as unknown)
  const tell = (args: unknown[]) => {
    let answered: ((result: unknown) => void) | undefined
    if (!canIterate()) return answered
    for (const listener of listeners) {
      if (!listener.isListening()) continue
      const what = asked(args)
      if (what) answered = listener.read(args[0], what, isSync, args[1])
    }
    return answered
  }
  const replacement: Callable = isSync
    ? function (...args) {
        const answered = tell(args)
        try {
          const result = Reflect.apply(original, this, args)
          answered?.(result)
          return result
        } catch (error) {
          // The stack of an error begins with the program's call, as if there were nothing in between.
          if (error instanceof Error) Error.captureStackTrace(error, replacement)
          throw error
        }
      }
    : function (...args) {
        tell(args)
        return Reflect.apply(original, this, args)
      }
  const { prototype: _, ...descriptors } = Object.getOwnPropertyDescriptors(original) as PropertyDescriptorMap
  Object.defineProperties(replacement, descriptors)
  object[name] = replacement
}

function namesAsked(options: unknown): Asked {
  return (options as { recursive?: boolean } | undefined | null)?.recursive ? 'all names' : 'names'
}
