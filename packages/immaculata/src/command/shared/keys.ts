/** Reads keys at the terminal, until the program reads them itself. */
import { readFileSync } from 'node:fs'
import { isatty, ReadStream } from 'node:tty'

/**
 * Calls `commands[line]` for each line that is typed. As soon as the program reads `process.stdin`, it gets all lines that were not
 * commands, and all later ones. Does nothing unless stdin is a terminal. Returns what ends it.
 */
export function readKeys(commands: Record<string, () => void>): () => void {
  if (!isatty(0) || isInBackground()) return () => {}
  const terminal = new ReadStream(0)
  let rest = ''
  let unread = ''
  terminal.setEncoding('utf8')
  terminal.on('data', text => {
    rest += text
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
      const line = rest.slice(0, end + 1)
      rest = rest.slice(end + 1)
      const command = commands[line.trim()]
      if (command) command()
      else unread += line
    }
  })
  // The terminal is gone: SIGHUP comes.
  terminal.on('error', () => terminal.destroy())
  terminal.unref()
  whenStdinIsRead(stdin => {
    terminal.destroy()
    const text = unread + rest
    if (text !== '') stdin.unshift(text)
  })
  return () => terminal.destroy()
}

/** Calls `fn` right before the program reads `process.stdin` for the first time. Reading its `isTTY` does not count. */
function whenStdinIsRead(fn: (stdin: typeof process.stdin) => void): void {
  const descriptor = Object.getOwnPropertyDescriptor(process, 'stdin')
  if (!descriptor?.get) return
  const get = descriptor.get
  Object.defineProperty(process, 'stdin', {
    ...descriptor,
    get() {
      Object.defineProperty(process, 'stdin', descriptor)
      const stdin: typeof process.stdin = get.call(process)
      const { _read, setRawMode } = stdin
      const release = () => {
        Reflect.deleteProperty(stdin, '_read')
        Reflect.deleteProperty(stdin, 'setRawMode')
        fn(stdin)
      }
      define(stdin, '_read', (size: number) => {
        release()
        return _read.call(stdin, size)
      })
      define(stdin, 'setRawMode', (mode: boolean) => {
        release()
        return setRawMode.call(stdin, mode)
      })
      return stdin
    },
  })
}

function define(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, configurable: true, writable: true, enumerable: false })
}

/** Is this a background job? The kernel stops one that reads from its terminal. Only Linux tells it without running a program. */
function isInBackground(): boolean {
  try {
    const fields = readFileSync('/proc/self/stat', 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    const [group, foreground] = [fields[2], fields[5]]
    return group !== foreground
  } catch {
    return false
  }
}
