/** What a module may open, other than servers: the functions of Node's that open it, and how it is closed. */
import type { ChildProcess } from 'node:child_process'
import type { Socket } from 'node:dgram'
import type { EventEmitter } from 'node:events'
import type { FSWatcher, StatWatcher } from 'node:fs'
import type { Worker } from 'node:worker_threads'
import type { Scope } from '../../scope.ts'
import type { Patches } from '../node/patches.ts'
import { type Owned, within } from '../ownership/owned-resources.ts'
import { Chain } from '../ownership/timer-chain.ts'
import { endless } from './endless-iterables.ts'

// Not imported: a built-in module that is imported gets a facade of all its exports, and making those of `http` loads all of
// fetch: 80 ms at every start.
const childProcess = process.getBuiltinModule('node:child_process')
const cluster = process.getBuiltinModule('node:cluster')
const dgram = process.getBuiltinModule('node:dgram')
const fs = process.getBuiltinModule('node:fs')
const timers = process.getBuiltinModule('node:timers')
const timersPromises = process.getBuiltinModule('node:timers/promises')
const workerThreads = process.getBuiltinModule('node:worker_threads')

/** The scope that owns what is being opened; `direct`: not if Node's own code opens it for itself. */
export type Owner = (direct: boolean) => Scope | undefined

/** How long a child process has after SIGTERM, in ms, before it is killed. */
const killAfter = 2000

export function patchOpeners(patches: Patches, owned: Owned, owner: Owner): void {
  patchTimers(patches, owned, owner)
  patchListeners(patches, owned, owner)
  patchWatchers(patches, owned, owner)
  patchProcesses(patches, owned, owner)
  patchSockets(patches, owned, owner)
}

function patchTimers(patches: Patches, owned: Owned, owner: Owner): void {
  const clear = { setTimeout: clearTimeout, setInterval: clearInterval, setImmediate: clearImmediate }
  for (const [name, close] of Object.entries(clear)) {
    for (const object of [globalThis, timers]) {
      patches.replace(object, name, (_self, args, call) => {
        const scope = owner(true)
        const chain = scope ? new Chain() : Chain.current
        if (!chain) return call()
        args[0] = chain.bind(args[0])
        const timer = call()
        chain.add(timer as object, () => close(timer as never))
        // A chain may pause between two timers, waiting for something: it is closed all the same, for what it makes then.
        if (scope) {
          const resource = timer as object
          owned.give(scope, { kind: 'timers', resource, isOpen: () => chain.isOpen, close: () => chain.close() })
        }
        return timer
      })
    }
  }
  patches.replace(timersPromises, 'setInterval', (_self, args, call) => {
    const scope = owner(true)
    return scope ? ownIterable('timers', owned, scope, call, args, 2) : call()
  })
}

/** For functions that take options with a signal as argument `at`. */
function ownIterable(
  kind: 'timers' | 'watchers',
  owned: Owned,
  scope: Scope,
  call: () => unknown,
  args: unknown[],
  at: number,
): unknown {
  const options = args[at]
  if (options !== undefined && (options === null || typeof options !== 'object')) return call()
  while (args.length < at) args.push(undefined)
  const { iterable, isOpen, end } = endless(options, changed => {
    args[at] = changed
    return call()
  })
  owned.give(scope, { kind, resource: iterable, isOpen, close: end })
  return iterable
}

function patchListeners(patches: Patches, owned: Owned, owner: Owner): void {
  const own = (self: unknown, args: unknown[], call: () => unknown) => {
    const scope = owner(true)
    const result = call()
    if (scope) {
      const emitter = self as EventEmitter
      const [event, listener] = args as [string, (...args: unknown[]) => void]
      owned.give(scope, {
        kind: 'listeners',
        resource: listener,
        isOpen: () => emitter.listeners(event).includes(listener),
        close: () => emitter.removeListener(event, listener),
      })
    }
    return result
  }
  for (const name of ['on', 'once', 'addListener', 'prependListener', 'prependOnceListener']) {
    for (const emitter of [process, cluster]) patches.replace(emitter, name, own)
  }
}

function patchWatchers(patches: Patches, owned: Owned, owner: Owner): void {
  patches.replace(fs, 'watch', (_self, _args, call) => {
    const scope = owner(false)
    const watcher = call() as FSWatcher
    if (scope) {
      let open = true
      watcher.once('close', () => {
        open = false
      })
      owned.give(scope, { kind: 'watchers', resource: watcher, isOpen: () => open, close: () => watcher.close() })
    }
    return watcher
  })
  patches.replace(fs, 'watchFile', (_self, args, call) => {
    const scope = owner(false)
    const watcher = call() as StatWatcher
    if (scope) {
      const listener = args.find(arg => typeof arg === 'function') as () => void
      owned.give(scope, {
        kind: 'watchers',
        resource: watcher,
        isOpen: () => watcher.listeners('change').includes(listener),
        close: () => fs.unwatchFile(args[0] as string, listener),
      })
    }
    return watcher
  })
  patches.replace(fs.promises, 'watch', (_self, args, call) => {
    const scope = owner(false)
    return scope && typeof args[1] !== 'string' ? ownIterable('watchers', owned, scope, call, args, 1) : call()
  })
}

function patchProcesses(patches: Patches, owned: Owned, owner: Owner): void {
  let nested = false // `exec` calls `execFile`
  for (const name of ['spawn', 'exec', 'execFile', 'fork']) {
    patches.replace(childProcess, name, (_self, _args, call) => {
      const scope = nested ? undefined : owner(false)
      nested = true
      try {
        const child = call() as ChildProcess
        if (scope) {
          const isOpen = () => child.pid !== undefined && child.exitCode === null && child.signalCode === null
          owned.give(scope, { kind: 'processes', resource: child, isOpen, close: () => endProcess(child) })
        }
        return child
      } finally {
        nested = false
      }
    })
  }
  patches.replace(workerThreads, 'Worker', (_self, _args, call) => {
    const scope = owner(false)
    const worker = call() as Worker
    if (scope) {
      // The id of a thread that has ended is -1.
      const isOpen = () => worker.threadId !== -1
      owned.give(scope, { kind: 'workers', resource: worker, isOpen, close: () => worker.terminate() })
    }
    return worker
  })
}

async function endProcess(child: ChildProcess): Promise<void> {
  const exited = within(killAfter, done => child.once('exit', done))
  child.kill('SIGTERM')
  if (!(await exited)) {
    const killed = within(killAfter, done => child.once('exit', done))
    child.kill('SIGKILL')
    await killed
  }
  // What it has started itself may hold on to the other ends, as behind the shell of `exec`.
  for (const stream of child.stdio) stream?.destroy()
}

function patchSockets(patches: Patches, owned: Owned, owner: Owner): void {
  for (const name of ['createSocket', 'Socket']) {
    patches.replace(dgram, name, (_self, _args, call) => {
      const scope = owner(false)
      const socket = call() as Socket
      if (scope) {
        let open = true
        const closed = new Promise<void>(resolve => {
          socket.once('close', () => {
            open = false
            resolve()
          })
        })
        const close = () => {
          socket.close()
          return closed
        }
        owned.give(scope, { kind: 'sockets', resource: socket, isOpen: () => open, close })
      }
      return socket
    })
  }
}
