/** Prints messages to stderr, so that the program's own output stays as it is, and with colours if they can be seen. */
import { writeSync } from 'node:fs'
import { isatty } from 'node:tty'
import { styleText } from 'node:util'

type Style = Parameters<typeof styleText>[0]

/** `styleText` looks at stdout by default, which may go elsewhere. */
const withStyle = styleText as (style: Style, text: string, options: { validateStream: boolean }) => string

/**
 * Prints a message with the name of the command. It does not use `process.stderr`: if stderr is closed or full, the program must not
 * get an error.
 */
export function say(text: string): void {
  write(`${paint('cyan', 'immaculata')} ${text}\n`)
}

/** Prints text as it is. */
export function write(text: string): void {
  let rest: Uint8Array = Buffer.from(text)
  for (let tries = 0; rest.length > 0 && tries < 1_000; tries++) {
    try {
      rest = rest.subarray(writeSync(2, rest))
    } catch (error) {
      // The pipe was made non-blocking by another process, and its reader is slow.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return
    }
  }
}

/** Is stderr a terminal? */
export function isTerminal(): boolean {
  return isatty(2)
}

export function paint(style: Style, text: string): string {
  return text !== '' && hasColours() ? withStyle(style, text, { validateStream: false }) : text
}

/** Are colours wanted? Decided as Node does: FORCE_COLOR, then NO_COLOR, then whether stderr is a terminal. */
function hasColours(): boolean {
  const { FORCE_COLOR, NO_COLOR, TERM } = process.env
  if (FORCE_COLOR !== undefined) return !/^(?:0|false)$/.test(FORCE_COLOR)
  return isatty(2) && !NO_COLOR && TERM !== 'dumb'
}
