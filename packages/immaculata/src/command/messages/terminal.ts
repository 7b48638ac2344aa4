/** Where messages go: stderr, so that the program's own output stays as it is, with colours where those can be seen. */
import { writeSync } from 'node:fs'
import { isatty } from 'node:tty'
import { styleText } from 'node:util'

type Style = Parameters<typeof styleText>[0]

/** By itself it looks at stdout, which may go elsewhere. */
const withStyle = styleText as (style: Style, text: string, options: { validateStream: boolean }) => string

/**
 * Prints a message, under the name of the command. Past `process.stderr`: where that is closed or full, nobody is told, and the
 * program keeps running.
 */
export function say(text: string): void {
  let rest: Uint8Array = Buffer.from(`${paint('cyan', 'immaculata')} ${text}\n`)
  for (let tries = 0; rest.length > 0 && tries < 1_000; tries++) {
    try {
      rest = rest.subarray(writeSync(2, rest))
    } catch (error) {
      // A pipe that another process has made non-blocking, and whose reader is slow.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return
    }
  }
}

export function paint(style: Style, text: string): string {
  return text !== '' && hasColours() ? withStyle(style, text, { validateStream: false }) : text
}

/** As Node decides it: FORCE_COLOR, then NO_COLOR, then whether somebody looks at a terminal. */
function hasColours(): boolean {
  const { FORCE_COLOR, NO_COLOR, TERM } = process.env
  if (FORCE_COLOR !== undefined) return !/^(?:0|false)$/.test(FORCE_COLOR)
  return isatty(2) && !NO_COLOR && TERM !== 'dumb'
}
