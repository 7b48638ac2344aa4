/** The signals that end a process. First everything is disposed, then the process ends as the signal would have ended it. */
import { countOwn, listen } from './hidden-listeners.ts'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** A second signal within so many ms is the same one: it came both through the terminal and from the command. */
const same = 250

/**
 * Calls and awaits `dispose` before a signal ends the process. If the program has a handler of its own, nothing is done here. A second
 * signal does not wait any longer, and SIGQUIT does not wait at all.
 */
export function disposeOnSignals(dispose: () => Promise<void>, heard: (signal: NodeJS.Signals) => void): void {
  // The first process of a container gets no signal without a listener for it: under plain Node, it keeps running.
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

/** Tells the command that SIGQUIT arrived. It ends the process at once, as usual. */
export function hearQuit(heard: (signal: NodeJS.Signals) => void): void {
  if (process.platform === 'win32' || process.pid === 1) return
  const remove = listen('SIGQUIT', () => {
    heard('SIGQUIT')
    if (countOwn('SIGQUIT') > 0) return
    remove()
    process.kill(process.pid, 'SIGQUIT')
  })
}
