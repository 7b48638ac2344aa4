/**
 * The natural end of a process: nothing is left to do. Node says so with `beforeExit`, whose listeners may begin something new; then
 * it says so once more, as often as it takes.
 */

import { canIterate } from './iteration.ts'

/** Taken before the program may replace them. */
const { process, queueMicrotask } = globalThis
const { getActiveResourcesInfo } = process

export interface AtNaturalEnd {
  /** Is there anything to do? If not, nothing is begun, and the program's async hooks are told of nothing. */
  isNeeded(): boolean
  end(): Promise<void> | undefined
}

/** Calls `end` when the process has nothing left to do, and waits for it. Nobody is told of `beforeExit` twice for that. Returns the remover. */
export function onNaturalEnd({ isNeeded, end }: AtNaturalEnd): () => void {
  const beforeExit = () => {
    if (!canIterate() || !isNeeded()) return
    const before = countWork()
    // After the listeners of others, and after what they have put off for a moment.
    process.nextTick(() => {
      queueMicrotask(() => {
        process.nextTick(() => {
          if (countWork() > before || !canIterate()) return
          remove()
          if (end()) holdBack()
        })
      })
    })
  }
  const remove = () => void process.off('beforeExit', beforeExit)
  process.prependListener('beforeExit', beforeExit)
  return remove
}

function countWork(): number {
  return getActiveResourcesInfo().length
}

/** The listeners of `beforeExit` have been told: cleanups that need time do not make it another end. */
function holdBack(): void {
  const { emit } = process
  const quiet = function (this: NodeJS.Process, event: string | symbol, ...args: unknown[]) {
    return event === 'beforeExit' ? false : Reflect.apply(emit, this, [event].concat(args as never[]))
  }
  Object.defineProperty(process, 'emit', { value: quiet, configurable: true, writable: true, enumerable: false })
}
