/**
 * Node's functions that read files: told before they run, with what of the place they ask for. They are replaced once, for the
 * process, and only pass on when nobody listens.
 */
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { isForWriting } from './file-writes.ts'

/** What a call asks for: a file's bytes, the names in a folder (or below it), where a link leads, or what is there at all. */
export type Asked = 'content' | 'names' | 'all names' | 'target' | 'kind'

export interface FileCallListener {
  /** Whether a call matters now. Asked before every call, so it has to be quick. */
  isListening(): boolean
  /**
   * A call that is about to be made. `place` is what the program gave: a string, a URL, a Buffer, or something else for a file
   * that is open already. For a synchronous one, returns what is told its result; it is not told if the call throws.
   */
  read(place: unknown, asked: Asked, isSync: boolean): ((result: unknown) => void) | undefined
  /** An addon is about to be loaded, by whomever. */
  loadsAddon(place: unknown): void
}

type Callable = (this: unknown, ...args: unknown[]) => unknown
type Functions = Record<string, Callable | undefined>

const listeners = new Set<FileCallListener>()
let replaced = false

/** Tells of all calls from now on; returns what ends that. */
export function listenToFileCalls(listener: FileCallListener): () => void {
  listeners.add(listener)
  if (!replaced) {
    replaced = true
    replaceAll()
    syncBuiltinESMExports()
  }
  return () => void listeners.delete(listener)
}

/** By what they ask for. Each name stands for `nameSync`, `name` with a callback, and the one that returns a promise. */
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

/** What `require` and `import` of an addon come to. */
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
    for (const listener of listeners) {
      if (!listener.isListening()) continue
      const what = asked(args)
      if (what) answered = listener.read(args[0], what, isSync)
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
          // The stack shows the program's call, as if nothing were in between.
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
