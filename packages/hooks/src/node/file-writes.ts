/**
 * Node's functions that change files: told when they are called, and when what they do is done. They are replaced once, for the
 * process, and only pass on when nobody listens.
 */

import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { canIterate } from './iteration.ts'

/** Called for a call that is about to be made, with the places that it changes. Returns what is called when it is done. */
export type FileWriteListener = (places: unknown[], isSync: boolean) => (() => void) | undefined

type Callable = (this: unknown, ...args: unknown[]) => unknown
type Functions = Record<string, Callable | undefined>
type Places = (args: unknown[]) => unknown[]

const listeners = new Set<FileWriteListener>()
let replaced = false

/** Tells a listener of all calls from now on. Returns what ends that. */
export function listenToFileWrites(listener: FileWriteListener): () => void {
  listeners.add(listener)
  if (!replaced) {
    replaced = true
    replaceAll()
    syncBuiltinESMExports()
  }
  return () => void listeners.delete(listener)
}

const first: Places = ([place]) => [place]
const second: Places = ([, place]) => [place]
const both: Places = ([from, to]) => [from, to]

/** The places that a call changes. Each name stands for `nameSync`, `name` with a callback, and the one that returns a promise. */
const writers: Record<string, Places> = {
  writeFile: first,
  appendFile: first,
  truncate: first,
  unlink: first,
  rm: first,
  rmdir: first,
  mkdir: first,
  rename: both,
  copyFile: second,
  cp: second,
  symlink: second,
  link: second,
}

function replaceAll(): void {
  const plain = fs as unknown as Functions
  const promises = fs.promises as unknown as Functions
  for (const [name, places] of Object.entries(writers)) {
    replace(plain, `${name}Sync`, original => (self, args) => whileSync(places(args), () => call(original, self, args)))
    replace(plain, name, original => (self, args) => call(original, self, withCallback(places(args), args)))
    replace(promises, name, original => (self, args) => whilePromised(places(args), call(original, self, args)))
  }
  replace(plain, 'createWriteStream', original => (self, args) => whileOpen([args[0]], call(original, self, args)))
  replaceOpen(plain, promises)
}

/** What is opened for writing is changed until it is closed. */
function replaceOpen(plain: Functions, promises: Functions): void {
  const open = new Map<number, () => void>()
  const close = (fd: unknown) => {
    const done = open.get(fd as number)
    open.delete(fd as number)
    return done
  }
  replace(plain, 'openSync', original => (self, args) => {
    const fd = call(original, self, args)
    const done = isForWriting(args[1]) ? begin([args[0]], false) : undefined
    if (done) open.set(fd as number, done)
    return fd
  })
  replace(plain, 'closeSync', original => (self, args) => {
    const done = close(args[0])
    const result = call(original, self, args)
    done?.()
    return result
  })
  replace(plain, 'open', original => (self, args) => {
    const at = args.length - 1
    const callback = args[at]
    const done = isForWriting(args[1]) && typeof callback === 'function' ? begin([args[0]], false) : undefined
    if (!done) return call(original, self, args)
    const opened: Callable = function (error, fd) {
      if (error) done()
      else open.set(fd as number, done)
      return call(callback as Callable, this, [error, fd])
    }
    return call(original, self, [...args.slice(0, at), opened])
  })
  replace(plain, 'close', original => (self, args) => {
    const done = close(args[0])
    return call(original, self, done ? [args[0], andThen(args[1], done)] : args)
  })
  replace(promises, 'open', original => async (self, args) => {
    const handle = await (call(original, self, args) as Promise<fs.promises.FileHandle>)
    const done = isForWriting(args[1]) ? begin([args[0]], false) : undefined
    const { close } = handle
    if (done) hide(handle, 'close', () => close.call(handle).finally(done))
    return handle
  })
}

function begin(places: unknown[], isSync: boolean): (() => void) | undefined {
  let done: (() => void) | undefined
  for (const listener of listeners) done = listener(places, isSync)
  return done
}

function whileSync(places: unknown[], run: () => unknown): unknown {
  const done = begin(places, true)
  try {
    return run()
  } finally {
    done?.()
  }
}

function whilePromised(places: unknown[], result: unknown): unknown {
  const done = begin(places, false)
  // Not a second promise beside the program's: whether somebody handles a rejection has to stay visible.
  return done ? (result as Promise<unknown>).finally(done) : result
}

function withCallback(places: unknown[], args: unknown[]): unknown[] {
  const at = args.length - 1
  const done = typeof args[at] === 'function' ? begin(places, false) : undefined
  return done ? [...args.slice(0, at), andThen(args[at], done, true)] : args
}

/** A callback before which something is done. */
function andThen(callback: unknown, done: () => void, isNeeded = false): unknown {
  if (typeof callback !== 'function' && isNeeded) return callback
  const replacement: Callable = function (...args) {
    done()
    return typeof callback === 'function' ? call(callback as Callable, this, args) : undefined
  }
  return replacement
}

function whileOpen(places: unknown[], stream: unknown): unknown {
  const done = begin(places, false)
  const { _destroy } = stream as { _destroy(error: unknown, callback: (error: unknown) => void): void }
  if (done) {
    hide(stream as object, '_destroy', function (this: unknown, error: unknown, callback: (error: unknown) => void) {
      _destroy.call(this as never, error, after => {
        done()
        callback(after)
      })
    })
  }
  return stream
}

function hide(object: object, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, configurable: true, writable: true, enumerable: false })
}

function call(original: Callable, self: unknown, args: unknown[]): unknown {
  return Reflect.apply(original, self, args)
}

function replace(
  object: Functions,
  name: string,
  make: (original: Callable) => (self: unknown, args: unknown[]) => unknown,
): void {
  const original = object[name]
  if (typeof original !== 'function') return
  const run = make(original)
  const replacement: Callable = function (...args) {
    if (listeners.size === 0 || !canIterate()) return Reflect.apply(original, this, args)
    try {
      return run(this, args)
    } catch (error) {
      // The stack shows the program's call, as if nothing were in between.
      if (error instanceof Error) Error.captureStackTrace(error, replacement)
      throw error
    }
  }
  const { prototype: _, ...descriptors } = Object.getOwnPropertyDescriptors(original) as PropertyDescriptorMap
  Object.defineProperties(replacement, descriptors)
  object[name] = replacement
}

/** Flags of `open`. */
export function isForWriting(flags: unknown): boolean {
  const { O_WRONLY, O_RDWR, O_CREAT } = fs.constants
  if (typeof flags === 'number') return (flags & (O_WRONLY | O_RDWR | O_CREAT)) !== 0
  return typeof flags === 'string' && flags !== 'r' && flags !== 'rs'
}
