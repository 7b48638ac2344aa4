/** Ends the command's process in the way the program's process ended. */
import { constants } from 'node:os'
import type { End } from './program-process.ts'

/** Within so many ms, a signal reaches both processes through the terminal. */
export const throughTerminal = 150

/** `last` is called before a signal ends this process: it is not told of its end. */
export function endAs({ code, signal }: End, last: () => void): void {
  if (signal === null) process.exit(code ?? 0)
  last()
  process.removeAllListeners(signal)
  const status = 128 + (constants.signals[signal] ?? 0)
  process.exitCode = status
  process.kill(process.pid, signal)
  // The first process of a container gets no signals without a listener.
  setTimeout(() => process.exit(status), throughTerminal)
}
