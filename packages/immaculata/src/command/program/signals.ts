/** The signals that end a process: first everything is disposed, then the process ends as the signal would have ended it. */
import { countOwn, listen } from './hidden-listeners.ts'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** A second signal within this time, in ms, is the same one: it came through the terminal and from the command as well. */
const same = 250

/**
 * Calls `dispose`, and waits for it, before a signal ends the process. A handler of the program's own wins: then nothing is
 * done here. A second signal does not wait any longer, and SIGQUIT does not wait at all.
 */
export function disposeOnSignals(dispose: () => Promise<void>, heard: (signal: NodeJS.Signals) => void): void {
  // The first process of a container gets no signal that it has no listener for: under plain Node, it goes on.
  if (process.pid === 1) return
  let first = 0
  for (const signal of signals) {
    const remove = listen(signal, () => {
      heard(signal)
      if (countOwn(signal) > 0) return
      const raise = () => {
        remove()
        process.kill(process.pid, signal)
      }
      if (first > 0) {
        if (Date.now() - first > same) raise()
        return
      }
      first = Date.now()
      void dispose().finally(raise)
    })
  }
}

/** Passes on that SIGQUIT has arrived; it ends the process at once, as ever. */
export function hearQuit(heard: (signal: NodeJS.Signals) => void): void {
  if (process.platform === 'win32' || process.pid === 1) return
  const remove = listen('SIGQUIT', () => {
    heard('SIGQUIT')
    if (countOwn('SIGQUIT') > 0) return
    remove()
    process.kill(process.pid, 'SIGQUIT')
  })
}
