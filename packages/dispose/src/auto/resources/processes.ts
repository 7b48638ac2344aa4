/** Child processes and workers. They are ended in silence: those who listen for their end are not called. */
import type { ChildProcess } from 'node:child_process'
import type { Cluster } from 'node:cluster'
import type { EventEmitter } from 'node:events'
import type { Worker } from 'node:worker_threads'
import type { Patches } from '../node/patches.ts'
import { type Owned, soon } from '../ownership/owned-resources.ts'
import type { Opener, Owners } from '../ownership/owner-of-call.ts'
import { drainTime } from '../ownership/timer-chain.ts'
import type { WorkInFlight } from '../ownership/work.ts'

const childProcess = process.getBuiltinModule('node:child_process')
const workerThreads = process.getBuiltinModule('node:worker_threads')

/** Taken before the program may replace it. */
const clock = performance.now.bind(performance)

/** For how many ms a child process may live after SIGTERM before it is killed. */
const killAfter = 2000
/** For how many ms a worker may take to leave its cluster. */
const leaveWithin = 1000

export function patchProcesses(patches: Patches, owned: Owned, owners: Owners, work: WorkInFlight): void {
  /** What a job has started goes on until the job is done, for the drain time at most. */
  const closing = (opener: Opener, isOpen: () => boolean, close: () => unknown): (() => unknown) => {
    if (!work.isOfWork(opener)) return close
    const began = clock()
    return () =>
      clock() - began < drainTime
        ? void work.begin(
            opener,
            () => !isOpen(),
            () => void close(),
          )
        : close()
  }
  // Every way to start a child calls this: `exec`, `fork`, `cluster.fork`, and their promisified forms.
  patches.watch(childProcess.ChildProcess.prototype, 'spawn', 'after', self => {
    const opener = owners.find()
    if (!opener) return
    const child = self as ChildProcess
    const { scope, callers } = opener
    const isOpen = () => child.pid !== undefined && child.exitCode === null && child.signalCode === null
    const isClustered = callers.some(file => file.startsWith('node:internal/cluster/'))
    owned.give(scope, {
      kind: 'processes',
      resource: child,
      isOpen,
      close: closing(opener, isOpen, async () => {
        if (isClustered) {
          // The cluster itself must get the event. A program that starts a new worker for each that ends must not.
          owned.endListeners(scope, process.getBuiltinModule('node:cluster'))
          await leaveCluster(child)
        } else {
          silence(child, ['exit', 'close', 'error', 'disconnect'])
        }
        return endProcess(child)
      }),
    })
  })
  patches.replace(workerThreads, 'Worker', (_self, _args, call) => {
    const opener = owners.find()
    const worker = call() as Worker
    if (opener) {
      // The id of a thread that has ended is -1.
      const isOpen = () => worker.threadId !== -1
      const close = closing(opener, isOpen, () => endWorker(worker))
      owned.give(opener.scope, { kind: 'workers', resource: worker, isOpen, close })
    }
    return worker
  })
}

/**
 * Takes a worker out of its cluster before it is ended. Otherwise the primary keeps a connection that is on its way to the worker open
 * for ever, and nobody answers it.
 */
async function leaveCluster(child: ChildProcess): Promise<void> {
  const { workers } = process.getBuiltinModule('node:cluster') as unknown as Pick<Cluster, 'workers'>
  const worker = Object.values(workers ?? {}).find(each => each?.process === child)
  if (!worker?.isConnected()) return
  await soon(leaveWithin, done => {
    child.once('disconnect', done)
    worker.disconnect()
  })
}

async function endProcess(child: ChildProcess): Promise<void> {
  const exited = soon(killAfter, done => child.once('exit', done))
  child.kill('SIGTERM')
  if (!(await exited)) {
    const killed = soon(killAfter, done => child.once('exit', done))
    child.kill('SIGKILL')
    await killed
  }
  // Processes that it started itself may hold the other ends of its streams, such as those behind the shell of `exec`.
  for (const stream of child.stdio) {
    if (!stream) continue
    silence(stream, ['error'])
    stream.destroy()
  }
}

function endWorker(worker: Worker): Promise<unknown> {
  silence(worker, ['exit', 'error', 'messageerror'])
  return worker.terminate()
}

/** Otherwise a pool would start another one, a transport would raise an error, or a promise would reject that nobody catches. */
function silence(emitter: EventEmitter, events: readonly string[]): void {
  for (const event of events) emitter.removeAllListeners(event)
  emitter.on('error', () => {})
}
