/** The signals that other processes send to the one that they know, the command, and that are meant for the program. */
import { isatty } from 'node:tty'

const signals = ['SIGUSR1', 'SIGUSR2', 'SIGALRM', 'SIGVTALRM', 'SIGABRT', 'SIGIO', 'SIGXCPU', 'SIGXFSZ'] as const

/** A terminal sends these to all of its processes. */
const alsoOfTerminal = ['SIGWINCH', 'SIGCONT'] as const

export function passOnSignals(pass: (signal: NodeJS.Signals) => void): void {
  if (process.platform === 'win32') return
  const isAtTerminal = isatty(0) || isatty(1)
  for (const signal of isAtTerminal ? signals : [...signals, ...alsoOfTerminal]) process.on(signal, () => pass(signal))
}
