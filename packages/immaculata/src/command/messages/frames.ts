/** The line of a file with a caret below it. A line of minified code is too long to be seen, so only what is around the caret stays. */

/** So many characters of a line are shown. */
const widest = 160

/** How many of them stand before the caret. */
const before = 100

export function cutFrame(frame: string): string {
  const [line = '', caret] = frame.split('\n')
  if (line.length <= widest) return frame
  const at = caret === undefined ? 0 : caret.length - 1
  const start = at < before ? 0 : at - before
  const end = start + widest
  const shown = `${start > 0 ? '…' : ''}${line.slice(start, end)}${end < line.length ? '…' : ''}`
  if (caret === undefined) return shown
  // Tabs stay, so that the caret stands where they lead.
  return `${shown}\n${start > 0 ? ' ' : ''}${caret.slice(start)}`
}
